'use client';
/** One chart of a panel: drawn in its frame, read by pointer and by keys, what is read said below it. */
import { type KeyboardEvent, useEffect, useId, useMemo, useReducer, useState } from 'react';
import type { Panel } from '../../compute/studies/study.ts';
import { ChartFrame, type ChartFrameProps } from './chart-frame.tsx';
import { hoverRun } from './hovered-run.ts';
import type { Tool } from './marking.tsx';
import styles from './panel-chart.module.css';
import type { Picture } from './picture.ts';
import { NO_READING, type Reading, ReadingContext, read } from './reading.ts';
import { ReadingLine } from './reading-line.tsx';
import { lineAt, runAt, type Spot } from './spot.ts';
import { type Rows, rowsOf, WALK_KEYS, walk } from './walk.ts';

interface Props extends Omit<ChartFrameProps, 'dispatch'> {
  /** The facet's name; '' for the whole panel. */
  readonly name: string;
  readonly small: boolean;
  readonly onTool: (tool: Tool) => void;
  /** Zooms by this factor about a value of x; null: back to all. Absent: no keys for it. */
  readonly onZoomStep?: (factor: number | null, about: number | null) => void;
  readonly pointHref: (runId: string) => string;
  readonly onRun?: (runId: string) => void;
}

const WALKING = 'Arrow keys walk the points and lines, Page Up and Page Down in larger steps';
const POINT = 'Point at the chart to read it';
const HINTS: Readonly<Record<Exclude<Tool, 'none'>, string>> = {
  mark: 'Drag over the chart to mark a region.',
  zoom: 'Drag over the chart to zoom; along one axis to zoom that alone.',
};

export function ReadableChart(props: Props) {
  const { name, small, pointHref, onRun, onTool, onZoomStep, ...frame } = props;
  const { panel, picture, tool } = frame;
  const id = useId();
  const [reading, dispatch] = useReducer(read, NO_READING);
  const [byKeys, setByKeys] = useState(false);
  // Made at the first key: hardly any picture is walked, and most have many points.
  const rows = useMemo(() => lazily(() => rowsOf(picture)), [picture]);
  useHoveredFrom(picture, reading);

  const opens = onRun === undefined ? 'names the run’s point file' : 'opens the run';
  const keys = `${WALKING}, Enter ${opens}, ${onZoomStep === undefined ? '' : 'plus and minus zoom, 0 shows all, '}Escape leaves.`;
  const press = onRun === undefined ? 'press it for a run’s point file' : 'press it to open a run';
  const idle = picture.raw.length > 0 ? `${POINT}; ${press}.` : `${POINT}.`;
  const open = (spot: Spot) => {
    const run = runAt(picture, spot);
    if (run !== null) onRun?.(run.run);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = WALK_KEYS.find((k) => k === event.key);
    const spot = reading.kind === 'none' ? null : reading.spot;
    if (key !== undefined) {
      dispatch({ kind: 'walk', spot: walk(rows(), spot, key) });
    } else if (event.key === 'Enter' || event.key === ' ') {
      dispatch({ kind: 'pin' });
      if (spot !== null) open(spot);
    } else if (event.key === 'Escape') {
      dispatch({ kind: 'clear' });
      onTool('none');
      event.currentTarget.blur();
    } else if (onZoomStep !== undefined && (event.key === '+' || event.key === '=')) {
      onZoomStep(0.5, spot?.x ?? null);
    } else if (onZoomStep !== undefined && event.key === '-') {
      onZoomStep(2, spot?.x ?? null);
    } else if (onZoomStep !== undefined && event.key === '0') {
      onZoomStep(null, null);
    } else return;
    event.preventDefault();
  };

  return (
    <ReadingContext value={reading}>
      <div className={styles.readable}>
        {name !== '' && <h4 className={styles.facetName}>{name}</h4>}
        <div
          className={`${styles.frame} ${small ? styles.small : ''}`}
          role="application"
          aria-roledescription="chart"
          aria-label={labelOf(panel, name)}
          aria-describedby={id}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: an application takes keys, and so focus.
          tabIndex={0}
          onKeyDown={onKeyDown}
          onFocus={(event) => setByKeys(event.currentTarget.matches(':focus-visible'))}
          onBlur={() => {
            setByKeys(false);
            dispatch({ kind: 'blur' });
          }}
        >
          <div
            className={`${styles.drawing} ${tool === 'none' ? '' : styles.armed}`}
            aria-hidden="true"
            data-drawing={name}
          >
            <ChartFrame {...frame} dispatch={dispatch} />
          </div>
        </div>
        <p id={id} hidden>
          {keys}
        </p>
        <ReadingLine
          {...{ panel, picture, reading, pointHref }}
          {...(onRun === undefined ? {} : { onRun })}
          hint={tool !== 'none' ? HINTS[tool] : byKeys ? keys : idle}
        />
      </div>
    </ReadingContext>
  );
}

function labelOf(panel: Panel, name: string): string {
  return `${panel.title}${name === '' ? '' : `, ${name}`}. ${panel.caption} A table follows.`;
}

/** Tells the other charts which run is read here: a run pointed at, or the one that Enter would open. */
function useHoveredFrom(picture: Picture, reading: Reading): void {
  const spot = reading.kind === 'none' ? null : reading.spot;
  const kind = spot === null ? null : lineAt(picture, spot)?.kind;
  const names = kind === 'raw' || (kind === 'mean' && reading.kind !== 'passing');
  const run = spot === null || !names ? null : (runAt(picture, spot)?.run ?? null);
  useEffect(() => {
    if (run === null) return;
    hoverRun(run);
    return () => hoverRun(null);
  }, [run]);
}

function lazily(make: () => Rows): () => Rows {
  let made: Rows | null = null;
  return () => {
    made ??= make();
    return made;
  };
}
