'use client';
/**
 * One panel: raw runs faint, cell means with intervals, the theory dashed, claims as rectangles. It
 * is read by pointer and by keys, a region is marked by dragging, and the same numbers are in a table.
 */
import { type KeyboardEvent, useCallback, useId, useMemo, useReducer, useState } from 'react';
import type { ClaimView, Region } from '../../server/protocol.ts';
import { plural } from '../ui/text.ts';
import { ChartBoundary } from './chart-boundary.tsx';
import { ChartFrame } from './chart-frame.tsx';
import { DataTable } from './data-table.tsx';
import { Legend } from './legend.tsx';
import styles from './panel-chart.module.css';
import { type DrawnFit, type Picture, type PictureInput, pictureOf } from './picture.ts';
import { NO_READING, ReadingContext, read } from './reading.ts';
import { ReadingLine } from './reading-line.tsx';
import { rowsOf, WALK_KEYS, walk } from './walk.ts';

export interface PanelChartProps extends PictureInput {
  readonly claims: readonly ClaimView[];
  /** Claim to highlight, or null. */
  readonly highlighted: string | null;
  /** Region being marked, or null. */
  readonly selection: Region | null;
  /** Called when a region was dragged with the pointer; absent: read-only. */
  readonly onSelect?: (region: Region) => void;
  /** Link to a run's point file. */
  readonly pointHref: (runId: string) => string;
}

export function PanelChart(props: PanelChartProps) {
  return (
    <ChartBoundary>
      <Chart {...props} />
    </ChartBoundary>
  );
}

const NO_FITS: readonly DrawnFit[] = [];

function Chart(props: PanelChartProps) {
  const { study, panel, isNull, cells, runs, isolated, fits = NO_FITS } = props;
  const picture = useMemo(
    () => pictureOf({ study, panel, isNull, cells, runs, isolated, fits }),
    [study, panel, isNull, cells, runs, isolated, fits],
  );
  const empty = picture.theory.length + picture.means.length + picture.raw.length === 0;
  return (
    <div className={styles.chart}>
      {empty ? (
        <p className={`${styles.frame} ${styles.empty}`}>Nothing here until the first run is in.</p>
      ) : (
        <ReadableChart {...props} picture={picture} />
      )}
      {picture.leftOut > 0 && (
        <p className={styles.note}>
          {plural(picture.leftOut, 'point')} of single runs cannot stand on these axes (zero,
          negative or not finite) and {picture.leftOut === 1 ? 'is' : 'are'} left out.
        </p>
      )}
      <DataTable panel={panel} picture={picture} />
    </div>
  );
}

const KEYS =
  'Arrow keys walk the points and lines, Enter names the run’s point file, Escape leaves.';
const POINT = 'Point at the chart to read it';
const ARMED = 'Drag over the chart to mark a region.';

function ReadableChart(props: PanelChartProps & { readonly picture: Picture }) {
  const { panel, picture, claims, highlighted, selection, onSelect, pointHref } = props;
  const id = useId();
  const [reading, dispatch] = useReducer(read, NO_READING);
  const [byKeys, setByKeys] = useState(false);
  const [armed, setArmed] = useState(false);
  const rows = useMemo(() => rowsOf(picture), [picture]);
  const onRegion = useCallback(
    (region: Region) => {
      setArmed(false);
      onSelect?.(region);
    },
    [onSelect],
  );

  const idle = picture.raw.length > 0 ? `${POINT}; press it for a run’s point file.` : `${POINT}.`;
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = WALK_KEYS.find((k) => k === event.key);
    if (key !== undefined) {
      const from = reading.kind === 'none' ? null : reading.spot;
      dispatch({ kind: 'walk', spot: walk(rows, from, key) });
    } else if (event.key === 'Enter' || event.key === ' ') {
      dispatch({ kind: 'pin' });
    } else if (event.key === 'Escape') {
      dispatch({ kind: 'clear' });
      setArmed(false);
      event.currentTarget.blur();
    } else return;
    event.preventDefault();
  };

  return (
    <ReadingContext value={reading}>
      <div
        className={styles.frame}
        role="application"
        aria-roledescription="chart"
        aria-label={`${panel.title}. ${panel.caption} A table follows.`}
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
        <div className={`${styles.drawing} ${armed ? styles.armed : ''}`} aria-hidden="true">
          <ChartFrame
            {...{ panel, picture, claims, highlighted, selection, armed, dispatch }}
            {...(onSelect === undefined ? {} : { onRegion })}
          />
        </div>
      </div>
      <p id={id} hidden>
        {KEYS}
      </p>
      <ReadingLine
        {...{ panel, picture, reading, pointHref }}
        hint={armed ? ARMED : byKeys ? KEYS : idle}
      />
      {onSelect !== undefined && (
        <button
          type="button"
          className={`button small ${styles.arm}`}
          aria-pressed={armed}
          onClick={() => setArmed(!armed)}
        >
          Mark a region
        </button>
      )}
      <Legend panel={panel} picture={picture} />
    </ReadingContext>
  );
}
