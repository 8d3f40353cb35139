/**
 * Float64 reference of a transformer for the tests, written apart from what it checks: plain loops over
 * positions and dimensions, one sequence after another, no tensors, and gradients by central differences of
 * every weight. It shares the spec, the sequences and the initial weights, by name.
 */
import type { Hyper, TransformerSpec } from '../programs/program.ts';
import type { Sequences } from '../programs/sequences.ts';
import { initialTransformer, namedWeights } from '../programs/transformer.ts';
import { halfCosine, referenceAdam } from './adam-reference.testkit.ts';

export interface Named {
  readonly name: string;
  readonly columns: number;
  readonly values: Float64Array;
}

export function transformerStart(spec: TransformerSpec, seed: number, initScale: number): Named[] {
  const values = initialTransformer(spec, seed, initScale);
  return namedWeights(spec).map(({ name, columns }, i) => ({
    ...{ name, columns, values: Float64Array.from(values[i] ?? []) },
  }));
}

type Rows = number[][];

/** Mean cross-entropy of the next of some symbols, and each layer's patterns [sequence][head][from][to]. */
export function transformerLoss(
  spec: TransformerSpec,
  weights: readonly Named[],
  symbols: Int32Array,
  outputScale = 1,
): { loss: number; patterns: number[][][][][] } {
  const { width, heads, layers, task } = spec;
  const { context } = task;
  const size = width / heads;
  const find = (name: string): Named => {
    const found = weights.find((w) => w.name === name);
    if (found === undefined) throw new Error(`no weights ${name}`);
    return found;
  };
  const entry = ({ columns, values }: Named, i: number, j: number) =>
    values[i * columns + j] as number;
  const times = (rows: Rows, name: string): Rows => {
    const w = find(name);
    return rows.map((row) =>
      Array.from({ length: w.columns }, (_, j) =>
        row.reduce((sum, x, i) => sum + x * entry(w, i, j), 0),
      ),
    );
  };
  const plus = (a: Rows, b: Rows): Rows =>
    a.map((row, t) => row.map((x, i) => x + ((b[t] as number[])[i] as number)));
  const biased = (rows: Rows, name: string): Rows =>
    rows.map((row) => row.map((x, i) => x + entry(find(name), 0, i)));
  const normed = (rows: Rows, name: string): Rows =>
    !spec.norm
      ? rows
      : rows.map((row) => {
          const mean = row.reduce((s, x) => s + x, 0) / row.length;
          const variance = row.reduce((s, x) => s + (x - mean) ** 2, 0) / row.length;
          return row.map(
            (x, i) =>
              ((x - mean) / Math.sqrt(variance + 1e-5)) * entry(find(`${name}Gain`), 0, i) +
              entry(find(`${name}Shift`), 0, i),
          );
        });
  const softmax = (scores: number[]): number[] => {
    const top = Math.max(...scores);
    const e = scores.map((s) => Math.exp(s - top));
    const sum = e.reduce((a, b) => a + b, 0);
    return e.map((x) => x / sum);
  };
  let total = 0;
  const patterns: number[][][][][] = Array.from({ length: layers }, () => []);
  const count = symbols.length / (context + 1);
  for (let n = 0; n < count; n++) {
    const own = [...symbols.subarray(n * (context + 1), (n + 1) * (context + 1))];
    let x: Rows = own.slice(0, context).map((symbol, t) =>
      Array.from({ length: width }, (_, i) => {
        const placed = spec.positions === 'learned' ? entry(find('positions'), t, i) : 0;
        return entry(find('embed'), symbol, i) + placed;
      }),
    );
    for (let l = 1; l <= layers; l++) {
      const read = normed(x, `attention${l}`);
      const [q, k, v] = [times(read, `q${l}`), times(read, `k${l}`), times(read, `v${l}`)];
      const written: Rows = x.map(() => new Array<number>(width).fill(0));
      const byHead: number[][][] = [];
      for (let h = 0; h < heads; h++) {
        const dot = (a: number[], b: number[]) => {
          let sum = 0;
          for (let i = h * size; i < (h + 1) * size; i++)
            sum += (a[i] as number) * (b[i] as number);
          return sum / Math.sqrt(size);
        };
        const pattern = q.map((from, t) => softmax(k.slice(0, t + 1).map((to) => dot(from, to))));
        byHead.push(pattern);
        for (const [t, row] of pattern.entries())
          for (const [s, p] of row.entries())
            for (let i = h * size; i < (h + 1) * size; i++)
              (written[t] as number[])[i] =
                ((written[t] as number[])[i] as number) + p * ((v[s] as number[])[i] as number);
      }
      (patterns[l - 1] as number[][][][]).push(byHead);
      x = plus(x, times(written, `o${l}`));
      if (spec.hidden === 0) continue;
      const inner = biased(times(normed(x, `hidden${l}`), `in${l}`), `inBias${l}`);
      const active = inner.map((row) => row.map((z) => Math.max(0, z)));
      x = plus(x, biased(times(active, `out${l}`), `outBias${l}`));
    }
    const logits = times(normed(x, 'output'), 'unembed');
    for (const [t, row] of logits.entries()) {
      const p = softmax(row.map((z) => z * outputScale));
      total -= Math.log(p[own[t + 1] as number] as number);
    }
  }
  return { loss: total / (count * context), patterns };
}

/** Weights after each step of Adam (0 too), the decay decoupled; worked out once for all backends. */
export function transformerAdam(
  spec: TransformerSpec,
  sequences: Sequences,
  seed: number,
  hyper: Hyper,
): Named[][] {
  const key = JSON.stringify([spec, seed, hyper]);
  const all = known.get(key) ?? adam(spec, sequences, seed, hyper);
  known.set(key, all);
  return all;
}

const known = new Map<string, Named[][]>();

function adam(spec: TransformerSpec, sequences: Sequences, seed: number, hyper: Hyper): Named[][] {
  const weights = transformerStart(spec, seed, hyper.initScale);
  const descent = referenceAdam(
    weights.map(({ values }) => values),
    hyper,
  );
  const all: Named[][] = [structuredClone(weights)];
  for (let done = 0; done < spec.steps; done++) {
    const drawn = sequences.at(seed, done);
    const left = spec.schedule === 'cosine' ? halfCosine(done, spec.steps) : 1;
    descent.update(
      hyper.learningRate * left,
      () => transformerLoss(spec, weights, drawn, hyper.outputScale).loss,
    );
    all.push(structuredClone(weights));
  }
  return all;
}
