'use client';
/** The heat map of a sweep: which two parameters, which summary, the squares, and the same as a table. */
import { useId, useMemo, useState } from 'react';
import { formatNumber } from '../../ui/text.ts';
import { type SweepSummary, shortNumber } from './axes.ts';
import { EMPTY, GridMap } from './grid-map.tsx';
import { heatOf, heatWords } from './heat.ts';
import { PlaneFields, usePlane } from './plane-fields.tsx';
import { inkOn, RAMP, sequentialColor } from './sequential.ts';
import styles from './sweep.module.css';
import type { SweepViewProps } from './sweep.tsx';
import { SweepTable } from './sweep-table.tsx';

/** With more columns, numbers do not fit into the squares. */
const NUMBERS_UP_TO = 12;

export function HeatMapView({ params, summaries, cells, runs, onCell }: SweepViewProps) {
  const id = useId();
  const [name, setName] = useState(summaries[0]?.name);
  const summary = summaries.find((s) => s.name === name) ?? summaries[0];
  const plane = usePlane(params, null);
  if (summary === undefined || plane.x === undefined)
    return <p className="hint">No summary of a run is in yet.</p>;
  return (
    <>
      <div className={styles.fields}>
        <label className={styles.field} htmlFor={id}>
          <span className="label">Mean of</span>
          <select
            id={id}
            className="field"
            value={summary.name}
            onChange={(e) => setName(e.target.value)}
          >
            {summaries.map((s) => (
              <option key={s.name} value={s.name}>
                {s.label}
              </option>
            ))}
          </select>
        </label>
        <PlaneFields params={params} plane={plane} />
      </div>
      <Heat {...{ cells, runs, onCell, summary }} x={plane.x} y={plane.y} />
    </>
  );
}

interface HeatProps extends Pick<SweepViewProps, 'cells' | 'runs' | 'onCell'> {
  readonly summary: SweepSummary;
  readonly x: SweepViewProps['params'][number];
  readonly y: SweepViewProps['params'][number] | null;
}

function Heat({ cells, runs, onCell, summary, x, y }: HeatProps) {
  const heat = useMemo(() => heatOf(cells, runs, x, y, summary), [cells, runs, x, y, summary]);
  const numbers = x.values.length <= NUMBERS_UP_TO;
  return (
    <>
      <GridMap
        label={`Heat map: mean of ${summary.label}`}
        {...{ x, y, squares: heat.squares, onCell }}
        styleOf={({ part }) =>
          part === null ? EMPTY : { background: sequentialColor(part), color: inkOn(part) }
        }
        inside={({ mean }) => (numbers && mean !== null ? shortNumber(mean) : null)}
        wordsOf={(square) => heatWords(square, summary)}
      />
      {heat.range === null ? (
        <p className="hint">No run has this yet.</p>
      ) : (
        <p className={styles.ramp}>
          {formatNumber(heat.range[0], 3)}
          <span className={styles.rampBar} style={{ background: RAMP }} aria-hidden="true" />
          {formatNumber(heat.range[1], 3)}
          <span className={styles.soft}>
            {summary.label}
            {summary.scale === 'log' ? ', spread by its logarithm' : ''}
          </span>
          <span className={styles.swatch} style={EMPTY} aria-hidden="true" />
          <span className={styles.soft}>nothing measured</span>
        </p>
      )}
      <SweepTable
        title="Table of the heat map"
        head={['Where', `Mean: ${summary.label}`, '95% interval', 'Runs', 'Diverged']}
        rows={heat.squares
          .filter((s) => s.cells.length > 0)
          .map((s) => ({
            key: s.where,
            entries: [
              s.where,
              s.mean === null ? 'none yet' : formatNumber(s.mean),
              s.interval === null
                ? '–'
                : `${formatNumber(s.interval[0])} to ${formatNumber(s.interval[1])}`,
              s.n,
              s.diverged,
            ],
          }))}
      />
    </>
  );
}
