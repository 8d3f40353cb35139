/** A reference of comparisons for the tests: neighbours by sorting, CKA by its definition, and what a pack came to. */
import { expect } from 'vitest';
import type { Pack } from '../programs/program.ts';
import type { Engine, RunResult } from './engine.ts';

/** What a network makes of each sample of a probe. */
export type Forward = readonly {
  readonly hidden: number[];
  readonly label: number;
  readonly outputs: number[];
}[];

/** Trains a pack of one run to its end. */
export async function finished(on: Engine, pack: Pack): Promise<RunResult> {
  const training = await on.start(pack);
  while (!(await training.advance()));
  const [result] = training.results();
  training.dispose();
  if (result === undefined) throw new Error('No run came back.');
  return result;
}

const lossOf = (all: Forward) =>
  all.reduce((sum, { outputs, label }) => {
    const z = outputs.reduce((s, f) => s + Math.exp(f), 0);
    return sum + Math.log(z) - (outputs[label] ?? 0);
  }, 0) / all.length;
const accuracyOf = (all: Forward) =>
  all.filter(({ outputs, label }) => outputs.indexOf(Math.max(...outputs)) === label).length /
  all.length;

export function near(all: Forward, k: number): Set<number>[] {
  const cosine = (a: number[], b: number[]) =>
    a.reduce((s, v, j) => s + v * (b[j] ?? 0), 0) / (Math.hypot(...a) * Math.hypot(...b));
  // A sample at which every unit is off points nowhere, and is nobody's neighbour.
  const isOff = (j: number) => all[j]?.hidden.every((v) => v === 0) ?? true;
  return all.map(({ hidden }, i) => {
    if (isOff(i)) return new Set();
    const others = all.map((_, j) => j).filter((j) => j !== i && !isOff(j));
    const by = (j: number) => cosine(hidden, all[j]?.hidden ?? []);
    return new Set(others.sort((p, q) => by(q) - by(p)).slice(0, k));
  });
}

/** Tr(KHLH) over the geometric mean of each with itself, with Gram matrices and the centring matrix. */
function cka(a: Forward, b: Forward): number {
  const gram = (all: Forward) => {
    const g = all.map((p) =>
      all.map((q) => p.hidden.reduce((s, v, j) => s + v * (q.hidden[j] ?? 0), 0)),
    );
    const row = g.map((r) => r.reduce((s, v) => s + v, 0) / all.length);
    const all2 = row.reduce((s, v) => s + v, 0) / all.length;
    return g.map((r, i) => r.map((v, j) => v - (row[i] ?? 0) - (row[j] ?? 0) + all2));
  };
  const [k, l] = [gram(a), gram(b)];
  const inner = (p: number[][], q: number[][]) =>
    p.reduce((s, r, i) => s + r.reduce((t, v, j) => t + v * (q[i]?.[j] ?? 0), 0), 0);
  return inner(k, l) / Math.sqrt(inner(k, k) * inner(l, l));
}

/** Expects a row of a comparison to say what these two networks share. @returns shared neighbours of each sample */
export function expectCompared(
  { series }: RunResult,
  row: number,
  [a, b]: readonly [Forward, Forward],
  k: number,
): number[] {
  const [m, n] = [near(a, k), near(b, k)];
  const shared = m.map((own, i) => [...own].filter((j) => n[i]?.has(j)).length);
  const value = (name: string) => series.columns[name]?.[row] ?? Number.NaN;
  const total = shared.reduce((s, v) => s + v, 0);
  expect(value('alignment')).toBeCloseTo(total / (k * a.length), 6);
  expect(value('cka')).toBeCloseTo(cka(a, b), 5);
  expect(value('loss')).toBeCloseTo((lossOf(a) + lossOf(b)) / 2, 5);
  expect(value('accuracy1')).toBeCloseTo(accuracyOf(a), 6);
  expect(value('accuracy2')).toBeCloseTo(accuracyOf(b), 6);
  return shared;
}
