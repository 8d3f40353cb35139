'use client';
/**
 * Parallel coordinates of a sweep: an axis a varied parameter and a chosen summary, a line a run. Ranges are
 * dragged along an axis or typed below it; what lies in all of them stands out, and is listed.
 */
import { useMemo, useState } from 'react';
import { formatCount, formatNumber, plural } from '../../ui/text.ts';
import { type SweepSummary, summaryOf, valueWords } from './axes.ts';
import { type Brushes, chosenLines, keyOf, parallelOf } from './parallel.ts';
import { ParallelChart } from './parallel-chart.tsx';
import { RangeFields } from './range-fields.tsx';
import { LINE_RAMP } from './sequential.ts';
import styles from './sweep.module.css';
import type { SweepViewProps } from './sweep.tsx';
import { SweepTable } from './sweep-table.tsx';

/** Summaries shown at first; more are a checkbox away. */
const SHOWN = 2;
/** Runs listed at most: the rest is in the exports. */
const LISTED = 50;
const leftOut = (runs: number) =>
  `The first ${LISTED} of ${formatCount(runs)}; all are in the exports.`;

export function ParallelView({ params, summaries, cells, runs }: SweepViewProps) {
  const [shown, setShown] = useState<readonly string[]>(() =>
    summaries.slice(0, SHOWN).map((s) => s.name),
  );
  const [brushes, setBrushes] = useState<Brushes>({});
  const axes = useMemo(
    () => [...params, ...summaries.filter((s) => shown.includes(s.name))],
    [params, summaries, shown],
  );
  const { scales, lines } = useMemo(() => parallelOf(axes, cells, runs), [axes, cells, runs]);
  const chosen = useMemo(() => chosenLines(axes, lines, brushes), [axes, lines, brushes]);
  const through = lines.filter((_, i) => chosen[i]);
  const ranged = axes.filter((axis) => brushes[keyOf(axis)] !== undefined).length;
  const colors = axes.find((a): a is SweepSummary => a.kind === 'summary');
  const toggle = (name: string) =>
    setShown((all) => (all.includes(name) ? all.filter((n) => n !== name) : [...all, name]));

  if (lines.length === 0) return <p className="hint">No run is in yet.</p>;
  return (
    <>
      <fieldset className={styles.checks}>
        <legend className="label">Results shown</legend>
        {summaries.map(({ name, label }) => (
          <label key={name} className={styles.check}>
            <input type="checkbox" checked={shown.includes(name)} onChange={() => toggle(name)} />
            {label}
          </label>
        ))}
      </fieldset>
      <ParallelChart {...{ scales, lines, chosen, brushes, colors, onBrushes: setBrushes }} />
      {colors !== undefined && (
        <p className={styles.ramp}>
          low
          <span className={styles.rampBar} style={{ background: LINE_RAMP }} aria-hidden="true" />
          high <span className={styles.soft}>{colors.label}; grey: outside of a range</span>
        </p>
      )}
      <div className={styles.row}>
        <p aria-live="polite">
          {ranged === 0
            ? `${plural(lines.length, 'run')}, no range set.`
            : `${formatCount(through.length)} of ${plural(lines.length, 'run')} in ${ranged === 1 ? 'the range' : `all ${ranged} ranges`}.`}
        </p>
        {ranged > 0 && (
          <button type="button" className="button small" onClick={() => setBrushes({})}>
            Clear ranges
          </button>
        )}
      </div>
      <RangeFields {...{ scales, brushes, onBrushes: setBrushes }} />
      <SweepTable
        title={ranged === 0 ? 'Table of the runs' : 'Table of the runs in range'}
        {...(through.length > LISTED ? { note: leftOut(through.length) } : {})}
        head={['Seed', ...params.map((p) => p.label), ...summaries.map((s) => s.label)]}
        rows={through.slice(0, LISTED).map(({ run, config }) => ({
          key: run.id,
          entries: [
            run.seed,
            ...params.map((p) => valueWords(p, config[p.name] ?? '')),
            ...summaries.map((s) => {
              const value = summaryOf(run, s);
              return value === null ? '–' : formatNumber(value);
            }),
          ],
        }))}
      />
    </>
  );
}
