'use client';
/**
 * Squares over the plane of two parameters, with lines over them. One stop of the Tab key: arrows walk from
 * square to square, Enter chooses; what a square says stands in a line below.
 */
import { type CSSProperties, type KeyboardEvent, type ReactNode, useId, useState } from 'react';
import { colorOf, dashOf } from '../palette.ts';
import { type SweepParam, valueWords } from './axes.ts';
import type { PlaneLine } from './phase.ts';
import type { Square } from './squares.ts';
import styles from './sweep.module.css';

interface Props<S extends Square> {
  /** What the map is of, for a screen reader. */
  readonly label: string;
  readonly x: SweepParam;
  readonly y: SweepParam | null;
  readonly squares: readonly S[];
  readonly lines?: readonly PlaneLine[];
  readonly styleOf: (square: S) => CSSProperties;
  readonly inside: (square: S) => ReactNode;
  readonly wordsOf: (square: S) => string;
  /** Shows one cell alone in the figure. */
  readonly onCell: (cell: number) => void;
}

const HINT = 'Point at a square, or walk with the arrow keys.';
const CHOOSE = 'Enter or a press shows its cell alone in the figure.';

export function GridMap<S extends Square>(props: Props<S>) {
  const { label, x, y, squares, lines = [], styleOf, inside, wordsOf, onCell } = props;
  const id = useId();
  const [at, setAt] = useState<{ column: number; row: number } | null>(null);
  const [width, height] = [x.values.length, y?.values.length ?? 1];
  const here = at === null ? undefined : squares[at.row * width + at.column];
  const choose = (square: S | undefined) => {
    const [only, ...more] = square?.cells ?? [];
    if (only !== undefined && more.length === 0) onCell(only.index);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = STEPS[event.key];
    if (step !== undefined) {
      const from = at ?? { column: 0, row: 0 };
      const held = (v: number, most: number) => Math.max(0, Math.min(most - 1, v));
      setAt(
        at === null
          ? from
          : { column: held(from.column + step[0], width), row: held(from.row + step[1], height) },
      );
    } else if (event.key === 'Enter' || event.key === ' ') choose(here);
    else if (event.key === 'Escape') setAt(null);
    else return;
    event.preventDefault();
  };
  const rows = Array.from({ length: height }, (_, i) => height - 1 - i);

  return (
    <div className={styles.map}>
      <div
        className={styles.scroll}
        role="application"
        aria-roledescription="map of squares"
        aria-label={`${label}. A table follows.`}
        aria-describedby={id}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: an application takes keys, and so focus.
        tabIndex={0}
        onKeyDown={onKeyDown}
        onPointerLeave={() => setAt(null)}
        onBlur={() => setAt(null)}
      >
        <div
          className={styles.plane}
          style={{ '--columns': width } as CSSProperties}
          aria-hidden="true"
        >
          <p className={styles.yName}>{y?.label ?? ''}</p>
          {rows.map((row) => (
            <RowOf key={row} name={y === null ? '' : valueWords(y, y.values[row] ?? '')} row={row}>
              {squares.slice(row * width, (row + 1) * width).map((square) => (
                // biome-ignore lint/a11y/noStaticElementInteractions: keys walk the whole map.
                // biome-ignore lint/a11y/useKeyWithClickEvents: Enter does it, on the map.
                <div
                  key={square.column}
                  className={`${styles.square} ${square === here ? styles.here : ''}`}
                  style={styleOf(square)}
                  onPointerEnter={() => setAt({ column: square.column, row })}
                  onClick={() => choose(square)}
                >
                  {inside(square)}
                </div>
              ))}
            </RowOf>
          ))}
          {lines.length > 0 && <Lines lines={lines} width={width} height={height} />}
          <span />
          {x.values.map((value) => (
            <span key={value} className={styles.xValue}>
              {valueWords(x, value)}
            </span>
          ))}
          <p className={styles.xName}>{x.label}</p>
        </div>
      </div>
      <p id={id} hidden>
        {HINT} {CHOOSE}
      </p>
      <p className={styles.reading} aria-live="polite">
        {here === undefined ? (
          <span className={styles.soft}>{HINT}</span>
        ) : (
          `${wordsOf(here)}${here.cells.length === 1 ? ` ${CHOOSE}` : ''}`
        )}
      </p>
      {lines.length > 0 && (
        <ul className={styles.legend} aria-label="Lines">
          {lines.map((line, i) => (
            <li key={line.label}>
              <svg width="26" height="12" aria-hidden="true">
                <path d="M0 6h26" className={styles.boundary} strokeDasharray={dashOf(i)} />
              </svg>
              theory: {line.label}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Columns and rows that a key moves by; rows are counted from the bottom. */
const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
  Home: [-1e9, 0],
  End: [1e9, 0],
};

interface RowProps {
  readonly name: string;
  readonly row: number;
  readonly children: ReactNode;
}

function RowOf({ name, children }: RowProps) {
  return (
    <>
      <span className={styles.yValue}>{name}</span>
      {children}
    </>
  );
}

interface LinesProps {
  readonly lines: readonly PlaneLine[];
  readonly width: number;
  readonly height: number;
}

/** Over the squares, stretched with them. */
function Lines({ lines, width, height }: LinesProps) {
  const d = ({ points }: PlaneLine) =>
    points
      .map(
        (p, i) =>
          `${i === 0 ? 'M' : 'L'}${(p.x + 0.5).toFixed(3)} ${(height - p.y - 0.5).toFixed(3)}`,
      )
      .join('');
  return (
    <svg
      className={styles.lines}
      style={{ gridRow: `2 / span ${height}` }}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {lines.map((line, i) => (
        <g key={line.label}>
          <path d={d(line)} className={styles.boundaryEdge} />
          <path d={d(line)} className={styles.boundary} strokeDasharray={dashOf(i)} />
        </g>
      ))}
    </svg>
  );
}

/** A square that waits for its first value, or that the grid does not have. */
export const EMPTY: CSSProperties = {
  background: 'repeating-linear-gradient(45deg, var(--rule) 0 2px, var(--sunken) 2px 7px)',
};

export const tint = (index: number): string =>
  `color-mix(in oklab, ${colorOf(index)} 38%, var(--surface))`;
