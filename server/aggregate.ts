/** Aggregates: what a chart reads. Means over the seeds of a cell at equal x, with intervals; runs thinned. */
import { decimate } from '../compute/analysis/decimate.ts';
import { mean, tInterval } from '../compute/analysis/stats.ts';
import type { RunRecord, Study, Trace } from '../compute/studies/study.ts';
import type { AggregateLine } from './protocol.ts';

const POINTS_A_RUN = 240;
const four = (x: number) => Number(x.toPrecision(6));

/** The thinned traces of one run, by panel. */
export function tracesOf(study: Study, run: RunRecord, isNull: boolean): Record<string, Trace[]> {
  return Object.fromEntries(
    study.panels.map((panel) => [
      panel.id,
      panel.observe(run, { null: isNull }).map((trace) => {
        const thin = decimate(trace, POINTS_A_RUN);
        return { line: thin.line, x: thin.x.map(four), y: thin.y.map(four) };
      }),
    ]),
  );
}

/** The lines of one cell, by panel, from all its runs: recomputed whole, so folding twice changes nothing. */
export function cellLines(
  study: Study,
  runs: readonly RunRecord[],
  isNull: boolean,
): Record<string, AggregateLine[]> {
  return Object.fromEntries(
    study.panels.map((panel) => {
      const lines = new Map<string, Map<number, number[]>>();
      for (const trace of runs.flatMap((run) => panel.observe(run, { null: isNull }))) {
        const line = lines.get(trace.line) ?? new Map<number, number[]>();
        lines.set(trace.line, line);
        for (const [i, x] of trace.x.entries()) {
          line.set(x, [...(line.get(x) ?? []), trace.y[i] ?? Number.NaN]);
        }
      }
      return [panel.id, [...lines].map(([name, points]) => lineOf(name, points))];
    }),
  );
}

function lineOf(line: string, points: ReadonlyMap<number, readonly number[]>): AggregateLine {
  const sorted = [...points].sort(([a], [b]) => a - b);
  const intervals = sorted.map(([, values]) => tInterval(values));
  return {
    line,
    x: sorted.map(([x]) => four(x)),
    mean: sorted.map(([, values]) => four(mean(values))),
    lo: intervals.map((i) => (i === null ? null : four(i[0]))),
    hi: intervals.map((i) => (i === null ? null : four(i[1]))),
    n: sorted.map(([, values]) => values.length),
  };
}
