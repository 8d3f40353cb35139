/**
 * Float64 reference of classifiers for the tests, written apart from what it checks: images as grids of channels,
 * one after another, no tensors and no im2col, Math.exp. It shares the spec, the table, the generator's numbers,
 * and the initial weights by name.
 */
import { initialClassifier } from '../programs/classifier.ts';
import { classifierWeights } from '../programs/classifier-networks.ts';
import type { DataSet } from '../programs/data-set.ts';
import type { ClassifierSpec, Hyper } from '../programs/program.ts';
import { integersAt, STREAMS } from '../random.ts';
import { referenceAdam } from './adam-reference.testkit.ts';

export interface NamedArray {
  readonly name: string;
  readonly columns: number;
  readonly values: Float64Array;
}

type Row = number[];
type Grid = Row[][];

const relu = (row: Row): Row => row.map((z) => Math.max(0, z));
const plus = (a: Row, b: Row): Row => a.map((v, i) => v + (b[i] as number));

export const classifierArrays = (
  spec: ClassifierSpec,
  values: readonly ArrayLike<number>[],
): NamedArray[] =>
  classifierWeights(spec).map(({ name, columns }, i) => ({
    ...{ name, columns, values: Float64Array.from(values[i] ?? []) },
  }));

/** What the last matrix reads of one image, and what it makes of it. */
export function classified(
  spec: ClassifierSpec,
  weights: readonly NamedArray[],
  image: ArrayLike<number>,
): { features: Row; outputs: Row } {
  const find = (name: string) => weights.find((w) => w.name === name);
  const times = (row: Row, name: string): Row => {
    const w = find(name);
    if (w === undefined || w.values.length !== row.length * w.columns)
      throw new Error(`no weights ${name} for ${row.length} numbers`);
    const { columns, values } = w;
    const out: Row = Array.from({ length: columns }, (_, j) => find(`${name}Bias`)?.values[j] ?? 0);
    for (let i = 0; i < row.length; i++)
      for (let j = 0; j < columns; j++)
        out[j] = (out[j] as number) + (row[i] as number) * (values[i * columns + j] as number);
    return out;
  };
  const down = 28 / spec.data.pool;
  const across = spec.data.half === undefined ? down : Math.floor(down / 2);
  const grid: Grid = Array.from({ length: down }, (_, r) =>
    Array.from({ length: across }, (_c, c): Row => [image[r * across + c] as number]),
  );
  const zerosOf = (g: Grid): Row => (g[0]?.[0] ?? []).map(() => 0);
  /** Of each 2 × 2 pixels what is made of the four, those beyond the image zero. */
  const byFour = (g: Grid, of: (four: Row[]) => Row): Grid =>
    Array.from({ length: Math.ceil(g.length / 2) }, (_, r) =>
      Array.from({ length: Math.ceil((g[0]?.length ?? 0) / 2) }, (_c, c) =>
        of([0, 1].flatMap((i) => [0, 1].map((j) => g[2 * r + i]?.[2 * c + j] ?? zerosOf(g)))),
      ),
    );
  const outputsOf = (features: Row) => ({ features, outputs: times(features, 'out') });
  if (spec.architecture === 'convolutional') {
    const convolved = (g: Grid, name: string): Grid =>
      g.map((line, r) =>
        line.map((_, c) => {
          // Column after column: the order of the rows of the weights.
          const seen = [-1, 0, 1].flatMap((j) =>
            [-1, 0, 1].flatMap((i) => g[r + i]?.[c + j] ?? zerosOf(g)),
          );
          return relu(times(seen, name));
        }),
      );
    const pooled = (g: Grid): Grid => byFour(g, (four) => four.reduce(plus).map((sum) => sum / 4));
    const last = pooled(convolved(pooled(convolved(grid, 'first')), 'second'));
    return outputsOf(relu(times(last.flat(2), 'hidden')));
  }
  const normed = (row: Row): Row => {
    const mean = row.reduce((a, b) => a + b, 0) / row.length;
    const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / row.length;
    return row.map((v) => (v - mean) / Math.sqrt(variance + 1e-5));
  };
  const { width } = spec;
  const places = find('positions')?.values ?? new Float64Array();
  const join = (g: Grid) => byFour(g, (four) => four.flat());
  let h = join(join(grid))
    .flat()
    .map((patch) => times(patch, 'embed'))
    .map((row, p) => plus(row, [...places.subarray(p * width, (p + 1) * width)]));
  for (const l of [1, 2]) {
    const read = h.map(normed);
    const [keys, values] = [
      read.map((row) => times(row, `k${l}`)),
      read.map((row) => times(row, `v${l}`)),
    ];
    h = h.map((row, p) => {
      const query = times(read[p] as Row, `q${l}`);
      const shares = keys.map((key) =>
        Math.exp(key.reduce((sum, v, i) => sum + v * (query[i] as number), 0) / Math.sqrt(width)),
      );
      const total = shares.reduce((a, b) => a + b, 0);
      const mixed = values
        .map((value, t) => value.map((v) => (v * (shares[t] as number)) / total))
        .reduce(plus);
      return plus(row, times(mixed, `o${l}`));
    });
    h = h.map((row) => plus(row, times(relu(times(normed(row), `up${l}`)), `down${l}`)));
  }
  const sum = h.map(normed).reduce(plus);
  return outputsOf(sum.map((v) => v / h.length));
}

/** Mean cross-entropy of α f, and share of images whose largest output is their class. */
export function classifierLoss(
  spec: ClassifierSpec,
  weights: readonly NamedArray[],
  { x, y, samples }: DataSet,
  rows: ArrayLike<number>,
  outputScale: number,
): { loss: number; accuracy: number } {
  const [pixels, classes] = [x.length / samples, y.length / samples];
  let [loss, right] = [0, 0];
  for (const row of Array.from(rows)) {
    const { outputs } = classified(spec, weights, x.subarray(row * pixels, (row + 1) * pixels));
    const own = y.subarray(row * classes, (row + 1) * classes).indexOf(1);
    const total = outputs.reduce((sum, f) => sum + Math.exp(outputScale * f), 0);
    loss += (Math.log(total) - outputScale * (outputs[own] as number)) / rows.length;
    right += Number(outputs.indexOf(Math.max(...outputs)) === own) / rows.length;
  }
  return { loss, accuracy: right };
}

/** Weights after each of so many steps of Adam (0 too); worked out once for all backends. */
export function classifierAdam(
  spec: ClassifierSpec,
  seed: number,
  hyper: Hyper,
  table: DataSet,
): NamedArray[][] {
  const key = JSON.stringify([spec, seed, hyper]);
  const all = known.get(key) ?? adam(spec, seed, hyper, table);
  known.set(key, all);
  return all;
}

const known = new Map<string, NamedArray[][]>();

function adam(spec: ClassifierSpec, seed: number, hyper: Hyper, table: DataSet): NamedArray[][] {
  const now = classifierArrays(spec, initialClassifier(spec, seed, hyper.initScale));
  const descent = referenceAdam(
    now.map(({ values }) => values),
    hyper,
  );
  const all = [structuredClone(now)];
  for (let done = 0; done < spec.steps; done++) {
    const below = () => spec.train;
    const rows = integersAt(seed, STREAMS.batch, [done, 0], spec.batch, below);
    descent.update(
      hyper.learningRate,
      () => classifierLoss(spec, now, table, rows, hyper.outputScale).loss,
    );
    all.push(structuredClone(now));
  }
  return all;
}
