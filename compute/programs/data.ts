/** Data sets, made from a few numbers or read from a file: the same on every machine, to the last bit. */
import { distinctRows, normals, STREAMS, uniformAt } from '../random.ts';
import type { DataFiles, DataSet } from './data-set.ts';
import { mnist } from './mnist.ts';
import type { DataSpec, MadeDataSpec } from './program.ts';

/** Hidden units of the teacher network. */
const TEACHER_WIDTH = 16;

/** The data set of a spec, for a network of so many inputs and outputs. */
export async function dataSet(
  spec: DataSpec,
  inputs: number,
  outputs: number,
  files: DataFiles,
): Promise<DataSet> {
  return spec.kind === 'mnist'
    ? await mnist(spec, inputs, outputs, files)
    : madeSet(spec, inputs, outputs);
}

/** A data set made from its numbers alone. */
export function madeSet(spec: MadeDataSpec, inputs: number, outputs: number): DataSet {
  const { samples } = spec;
  switch (spec.kind) {
    case 'chebyshev': {
      if (inputs !== 1 || outputs !== 1)
        throw new Error('The Chebyshev task has one input and one output.');
      const x = Float32Array.from({ length: samples }, (_, i) =>
        samples === 1 ? 0 : -1 + (2 * i) / (samples - 1),
      );
      return { samples, x, y: x.map((t) => chebyshev(spec.degree, t)) };
    }
    case 'teacher': {
      const x = Float32Array.from(normals(spec.seed, STREAMS.data, 0, samples * inputs));
      const first = normals(spec.seed, STREAMS.target, 0, inputs * TEACHER_WIDTH);
      const second = normals(spec.seed, STREAMS.target, 1, TEACHER_WIDTH * outputs);
      const hidden = product(x, first, samples, inputs, TEACHER_WIDTH, Math.sqrt(inputs));
      // A rational sigmoid, not tanh: only + − × ÷ and sqrt have the same bits everywhere.
      const active = hidden.map((z) => z / Math.sqrt(1 + z * z));
      const y = product(active, second, samples, TEACHER_WIDTH, outputs, Math.sqrt(TEACHER_WIDTH));
      return { samples, x, y: Float32Array.from(y) };
    }
    case 'cube': {
      if (samples !== 2 ** inputs || outputs !== 1)
        throw new Error(
          `A cube of ${inputs} dimensions has ${2 ** inputs} corners and one output.`,
        );
      const side = (i: number, k: number) => ((i >>> k) & 1 ? 1 : -1);
      const x = Float32Array.from({ length: samples * inputs }, (_, at) =>
        side(Math.floor(at / inputs), at % inputs),
      );
      const y = Float32Array.from({ length: samples }, (_, i) =>
        spec.terms.reduce(
          (sum, { on, coefficient }) => sum + on.reduce((v, k) => v * side(i, k), coefficient),
          0,
        ),
      );
      return { samples, x, y };
    }
    case 'relu-teacher': {
      const { neurons, factor } = spec;
      if (neurons > inputs || outputs !== 1)
        throw new Error('A ReLU teacher has no more neurons than inputs, and one output.');
      const x = Float32Array.from(normals(spec.seed, STREAMS.data, 0, samples * inputs));
      const y = Float32Array.from({ length: samples }, (_, i) => {
        let sum = 0;
        for (let k = 0; k < neurons; k++)
          sum += (k % 2 === 0 ? 1 : -1) * Math.max(0, x[i * inputs + k] ?? 0);
        return factor * sum;
      });
      return { samples, x, y };
    }
    case 'quadratic-teacher': {
      const { rank, seed, labels } = spec;
      if (rank > inputs || outputs !== 1)
        throw new Error('A quadratic teacher has no more units than inputs, and one output.');
      const x = Float32Array.from(normals(seed, STREAMS.data, 0, samples * inputs));
      const target = (i: number) => {
        let sum = 0;
        for (let k = 0; k < rank; k++) {
          const value = x[i * inputs + k] ?? 0;
          sum += value * value;
        }
        return sum / rank;
      };
      const order = labels === 'shuffled' ? distinctRows(seed, samples, samples, 1) : null;
      const y = Float32Array.from({ length: samples }, (_, i) => target(order?.[i] ?? i));
      return { samples, x, y };
    }
    case 'modular': {
      const { modulus: p, table } = spec;
      if (samples !== p * p || inputs !== 2 * p || outputs !== p)
        throw new Error(
          `Addition modulo ${p} has ${p * p} pairs, ${2 * p} inputs and ${p} outputs.`,
        );
      const x = new Float32Array(samples * inputs);
      const y = new Float32Array(samples * outputs);
      for (let i = 0; i < samples; i++) {
        const [a, b] = [Math.floor(i / p), i % p];
        const sum =
          table === 'sum'
            ? (a + b) % p
            : Math.floor(uniformAt(table.random, STREAMS.target, 0, i) * p);
        x[i * inputs + a] = 1;
        x[i * inputs + p + b] = 1;
        y[i * outputs + sum] = 1;
      }
      return { samples, x, y };
    }
    case 'clusters': {
      const centres = normals(spec.seed, STREAMS.target, 0, outputs * inputs);
      const noise = normals(spec.seed, STREAMS.data, 0, samples * inputs);
      const x = new Float32Array(samples * inputs);
      const y = new Float32Array(samples * outputs);
      const { around, named } = clusterClasses(spec, outputs);
      for (const [i, label] of around.entries()) {
        y[i * outputs + (named[i] ?? 0)] = 1;
        for (let k = 0; k < inputs; k++) {
          x[i * inputs + k] =
            (centres[label * inputs + k] ?? 0) + spec.spread * (noise[i * inputs + k] ?? 0);
        }
      }
      return { samples, x, y };
    }
  }
}

/** The class that each sample is drawn around, and the one that its target names. */
function clusterClasses(
  { classes, samples, seed }: Extract<MadeDataSpec, { kind: 'clusters' }>,
  count: number,
): { readonly around: readonly number[]; readonly named: readonly number[] } {
  const many = Math.ceil(count / 2);
  const around = Array.from({ length: samples }, (_, i) => {
    if (classes !== 'unequal') return i % count;
    // Ten turns of the first classes, then one of the others.
    const place = i % (10 * many + count - many);
    return place < 10 * many ? place % many : place - 9 * many;
  });
  const named =
    classes === 'random'
      ? Array.from(distinctRows(seed, samples, samples), (i) => around[i] ?? 0)
      : around;
  return { around, named };
}

function chebyshev(degree: number, t: number): number {
  let [before, now] = [1, t];
  if (degree === 0) return before;
  for (let k = 1; k < degree; k++) [before, now] = [now, 2 * t * now - before];
  return now;
}

/** A [m × k] times B [k × n], over `divisor`, in float64. */
function product(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  m: number,
  k: number,
  n: number,
  divisor: number,
): Float64Array {
  const c = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let q = 0; q < k; q++) {
      const factor = (a[i * k + q] ?? 0) / divisor;
      for (let j = 0; j < n; j++) c[i * n + j] = (c[i * n + j] ?? 0) + factor * (b[q * n + j] ?? 0);
    }
  }
  return c;
}
