/** Aggregates: what a chart reads. Means over the seeds of a cell at equal x, with intervals; runs thinned. */
import { decimate } from '../compute/analysis/decimate.ts';
import { mean, tInterval } from '../compute/analysis/stats.ts';
import type { Panel, RunRecord, Study, Trace } from '../compute/studies/study.ts';
import type { AggregateLine } from './protocol.ts';

/** A line has at most so many points, of a run and of a cell alike: this bounds what a delta weighs. */
const POINTS_A_LINE = 240;

/** Six significant digits, and so few characters in a message. */
export function short(x: number): number {
  const size = Math.floor(Math.log10(Math.abs(x)));
  if (!Number.isFinite(size)) return x;
  const digits = 5 - size;
  // Powers of ten up to 10²² are exact, and so the nearest number to the decimal comes out.
  if (Math.abs(digits) > 22) return Number(x.toPrecision(6));
  if (digits < 0) return Math.round(x / 10 ** -digits) * 10 ** -digits;
  return Math.round(x * 10 ** digits) / 10 ** digits;
}

/** The thinned traces of one run, by panel. */
export function tracesOf(study: Study, run: RunRecord, isNull: boolean): Record<string, Trace[]> {
  return Object.fromEntries(
    study.panels.map((panel) => [
      panel.id,
      panel.observe(run, { null: isNull }).map((trace) => {
        const thin = decimate(trace, POINTS_A_LINE);
        return { line: thin.line, x: thin.x.map(short), y: thin.y.map(short) };
      }),
    ]),
  );
}

/**
 * The lines of one cell, by panel, from all its runs, thinned: recomputed whole, so folding twice
 * changes nothing.
 */
export function cellLines(
  study: Study,
  runs: readonly RunRecord[],
  isNull: boolean,
): Record<string, AggregateLine[]> {
  return Object.fromEntries(
    study.panels.map((panel) => {
      const lines = linesOf(panel, runs, isNull);
      return [panel.id, [...lines].map(([name, points]) => lineOf(name, points))];
    }),
  );
}

/**
 * The mean of a cell at one x of a line, as `cellLines` shows it there, also where a line of more runs
 * would be thinned otherwise; null where no run has that point.
 */
export function meanAt(
  panel: Panel,
  runs: readonly RunRecord[],
  isNull: boolean,
  at: { readonly line: string; readonly x: number },
): {
  readonly mean: number;
  readonly interval: [number, number] | null;
  readonly n: number;
} | null {
  const points = linesOf(panel, runs, isNull).get(at.line) ?? new Map<number, number[]>();
  // What a chart shows has six digits.
  const values = [...points].find(([x]) => short(x) === at.x)?.[1];
  if (values === undefined) return null;
  const interval = tInterval(values);
  return {
    mean: short(mean(values)),
    interval: interval === null ? null : [short(interval[0]), short(interval[1])],
    n: values.length,
  };
}

/** What the runs of a cell show at each x, by line. */
function linesOf(
  panel: Panel,
  runs: readonly RunRecord[],
  isNull: boolean,
): Map<string, Map<number, number[]>> {
  const lines = new Map<string, Map<number, number[]>>();
  const options = { null: isNull };
  const traces =
    panel.observeTogether?.(runs, options) ?? runs.flatMap((run) => panel.observe(run, options));
  for (const trace of traces) {
    const line = lines.get(trace.line) ?? new Map<number, number[]>();
    lines.set(trace.line, line);
    for (const [i, x] of trace.x.entries()) {
      const values = line.get(x) ?? [];
      line.set(x, values);
      values.push(trace.y[i] ?? Number.NaN);
    }
  }
  return lines;
}

function lineOf(line: string, byX: ReadonlyMap<number, readonly number[]>): AggregateLine {
  const all = [...byX].map(([x, values]) => ({ x, values })).sort((a, b) => a.x - b.x);
  const means = all.map(({ values }) => mean(values));
  // The means decide which points stay. Given positions for x, what stays is positions.
  const kept = decimate({ line, x: [...all.keys()], y: means }, POINTS_A_LINE).x;
  const points = kept.flatMap((i) => all[i] ?? []);
  const intervals = points.map(({ values }) => tInterval(values));
  return {
    line,
    x: points.map(({ x }) => short(x)),
    mean: points.map(({ values }) => short(mean(values))),
    lo: intervals.map((i) => (i === null ? null : short(i[0]))),
    hi: intervals.map((i) => (i === null ? null : short(i[1]))),
    n: points.map(({ values }) => values.length),
  };
}
