/**
 * Averaging over parameters as well as seeds: which cells agree in everything else, and the means of
 * all their runs together, at equal x. The coordinator sends means over seeds alone, as who looks
 * chooses what else to average over. Pure.
 */
import { mean, tInterval } from '../../compute/analysis/stats.ts';
import type { Trace } from '../../compute/studies/study.ts';
import type { AggregateLine, CellView } from '../../server/protocol.ts';

/** Cells that agree in all parameters but the pooled ones; known by the lowest index among them. */
export interface CellGroup {
  readonly index: number;
  readonly cells: readonly CellView[];
}

/** The groups of the cells, by index; without pooled parameters every cell is one of its own. */
export function groupCells(cells: readonly CellView[], pooled: readonly string[]): CellGroup[] {
  const groups = new Map<string, CellView[]>();
  for (const cell of cells) {
    const rest = Object.entries(cell.config)
      .filter(([name]) => !pooled.includes(name))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const key = pooled.length === 0 ? String(cell.index) : JSON.stringify(rest);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [cell]);
    else group.push(cell);
  }
  return [...groups.values()]
    .map((members) => ({ index: Math.min(...members.map((c) => c.index)), cells: members }))
    .sort((a, b) => a.index - b.index);
}

/**
 * Mean of the traces of each line at equal x, with the 95% interval of Student's t over runs, of
 * finite values only. Traces are thinned one by one: an x that most of the runs reaching across it
 * lack was thinned away there, and the few that kept it would be no mean of them all, so it is left out.
 */
export function pooledLines(traces: readonly Trace[]): AggregateLine[] {
  const byLine = new Map<string, Trace[]>();
  for (const trace of traces) {
    const same = byLine.get(trace.line);
    if (same === undefined) byLine.set(trace.line, [trace]);
    else same.push(trace);
  }
  return [...byLine].map(([line, same]) => {
    const byX = new Map<number, number[]>();
    for (const { x, y } of same) {
      for (const [i, at] of x.entries()) {
        const value = y[i] ?? Number.NaN;
        if (!Number.isFinite(at) || !Number.isFinite(value)) continue;
        const values = byX.get(at);
        if (values === undefined) byX.set(at, [value]);
        else values.push(value);
      }
    }
    const ends = same.map(({ x }) => [x[0] ?? Number.NaN, x.at(-1) ?? Number.NaN] as const);
    const reaching = (x: number) => ends.filter(([from, to]) => from <= x && x <= to).length;
    const points = [...byX]
      .sort(([a], [b]) => a - b)
      .filter(([x, values]) => 2 * values.length >= reaching(x));
    const intervals = points.map(([, values]) => tInterval(values));
    return {
      line,
      x: points.map(([x]) => x),
      mean: points.map(([, values]) => mean(values)),
      lo: intervals.map((i) => i?.[0] ?? null),
      hi: intervals.map((i) => i?.[1] ?? null),
      n: points.map(([, values]) => values.length),
    };
  });
}
