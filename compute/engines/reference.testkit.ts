/**
 * Float64 references for the tests, written apart from what they check: plain loops over samples and
 * units, no tensors, no shared code but the specs, the data and the initial weights.
 */
import { madeSet } from '../programs/data.ts';
import { initialMlp } from '../programs/mlp.ts';
import type { Hyper, MlpSpec } from '../programs/program.ts';
import { batchAt, distinctRows } from '../random.ts';

/** Weights by layer, row-major [in + bias, out], bias last. */
export type Weights = Float64Array[];

export function mlpStart(spec: MlpSpec, seed: number, initScale: number): Weights {
  return initialMlp(spec, seed, initScale).map((w) => Float64Array.from(w));
}

const tableOf = ({ data, layers }: MlpSpec) => {
  if (data.kind === 'mnist') throw new Error('The reference has no files.');
  return madeSet(data, number(layers, 0), number(layers, layers.length - 1));
};

/** Rows that a run trains on, and those held out. */
export function rowsOf(spec: MlpSpec, seed: number): { trained: number[]; heldOut: number[] } {
  const all = Array.from({ length: spec.data.samples }, (_, i) => i);
  const { train } = spec;
  if (train === 'all') return { trained: all, heldOut: [] };
  const trained =
    train.draw === 'first'
      ? all.slice(0, train.count)
      : [...distinctRows(seed, train.count, spec.data.samples)];
  return { trained, heldOut: all.filter((i) => !trained.includes(i)) };
}

const number = (list: ArrayLike<number>, i: number) => list[i] as number;

/**
 * Mean loss over the given samples (all of them by default), and its gradient by reverse
 * accumulation, sample by sample.
 */
export function mlpLossAndGradient(
  spec: MlpSpec,
  weights: Weights,
  outputScale = 1,
  samples?: ArrayLike<number>,
): { loss: number; gradient: Weights; margin: number } {
  const { layers } = spec;
  const [inputs, outputs] = [number(layers, 0), number(layers, layers.length - 1)];
  const data = tableOf(spec);
  const picked = samples ?? Array.from({ length: data.samples }, (_, i) => i);
  const n = picked.length;
  const gradient = weights.map((w) => new Float64Array(w.length));
  const last = weights.length - 1;
  const branch = spec.branch ?? 1;
  const skips = (l: number) => spec.skip && l > 0 && l < last && layers[l] === layers[l + 1];
  const phi = (z: number) =>
    spec.activation === 'tanh'
      ? Math.tanh(z)
      : spec.activation === 'relu'
        ? Math.max(0, z)
        : spec.activation === 'square'
          ? z * z
          : z;
  const slope = (z: number) =>
    spec.activation === 'tanh'
      ? 1 - Math.tanh(z) ** 2
      : spec.activation === 'relu'
        ? Number(z > 0)
        : spec.activation === 'square'
          ? 2 * z
          : 1;
  let loss = 0;
  let margin = Number.POSITIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    const s = number(picked, i);
    const below: number[][] = [
      Array.from({ length: inputs }, (_, k) => number(data.x, s * inputs + k)),
    ];
    const sums: number[][] = [];
    for (const [l, w] of weights.entries()) {
      const a = below[l] as number[];
      const out = number(layers, l + 1);
      const z = Array.from({ length: out }, (_, j) => {
        let sum = spec.scales[l]?.bias == null ? 0 : number(w, a.length * out + j);
        for (const [k, v] of a.entries()) sum += v * number(w, k * out + j);
        return sum;
      });
      sums.push(z);
      if (spec.activation === 'relu' && l < last) margin = Math.min(margin, ...z.map(Math.abs));
      below.push(
        l === last ? z : z.map((v, j) => (skips(l) ? branch * phi(v) + number(a, j) : phi(v))),
      );
    }
    const f = (below[last + 1] as number[]).map((v) => v * outputScale);
    const y = Array.from({ length: outputs }, (_, j) => number(data.y, s * outputs + j));
    let error: number[];
    if (spec.loss === 'half-mean') {
      loss += f.reduce((sum, v, j) => sum + (v - number(y, j)) ** 2 / 2, 0) / n;
      error = f.map((v, j) => ((v - number(y, j)) * outputScale) / n);
    } else {
      const total = f.reduce((sum, v) => sum + Math.exp(v), 0);
      loss -= f.reduce((sum, v, j) => sum + number(y, j) * Math.log(Math.exp(v) / total), 0) / n;
      error = f.map((v, j) => ((Math.exp(v) / total - number(y, j)) * outputScale) / n);
    }
    for (let l = last; l >= 0; l--) {
      const [w, g, a] = [
        weights[l] as Float64Array,
        gradient[l] as Float64Array,
        below[l] as number[],
      ];
      const out = number(layers, l + 1);
      const z = sums[l] as number[];
      const delta =
        l === last ? error : error.map((e, j) => (skips(l) ? branch : 1) * e * slope(number(z, j)));
      for (const [j, d] of delta.entries()) {
        for (const [k, v] of a.entries()) g[k * out + j] = number(g, k * out + j) + v * d;
        if (spec.scales[l]?.bias != null) g[a.length * out + j] = number(g, a.length * out + j) + d;
      }
      error = a.map((_, k) => {
        let sum = skips(l) ? number(error, k) : 0;
        for (const [j, d] of delta.entries()) sum += d * number(w, k * out + j);
        return sum;
      });
    }
  }
  return { loss, gradient, margin };
}

/** Loss on what is trained on, loss on what is held out, and how near a ReLU comes to its kink, after each of `steps` updates, step 0 first; and the last weights. */
export function mlpDescent(spec: MlpSpec, seed: number, hyper: Hyper, steps: number) {
  const weights = mlpStart(spec, seed, hyper.initScale);
  const beta2 = spec.beta2 ?? 0.999;
  const first = weights.map((w) => new Float64Array(w.length));
  const second = weights.map((w) => new Float64Array(w.length));
  const losses: number[] = [];
  const testLosses: number[] = [];
  const margins: number[] = [];
  const { trained, heldOut } = rowsOf(spec, seed);
  const seen = (rows: number[]) => (spec.probe === 'all' ? rows : rows.slice(0, spec.probe));
  const at = (rows: ArrayLike<number>) =>
    mlpLossAndGradient(spec, weights, hyper.outputScale, rows);
  for (let t = 0; t <= steps; t++) {
    const whole = at(trained);
    losses.push(spec.probe === 'all' ? whole.loss : at(seen(trained)).loss);
    testLosses.push(heldOut.length === 0 ? Number.NaN : at(seen(heldOut)).loss);
    margins.push(whole.margin);
    if (t === steps) break;
    const gradient =
      spec.batch === 'full'
        ? whole.gradient
        : at([...batchAt(seed, t, spec.batch, trained.length)].map((i) => number(trained, i)))
            .gradient;
    const factor =
      spec.schedule === 'constant' ? 1 : (1 + Math.cos((Math.PI * t) / spec.steps)) / 2;
    for (const [l, w] of weights.entries()) {
      const [m, v, g] = [first[l], second[l], gradient[l]] as [
        Float64Array,
        Float64Array,
        Float64Array,
      ];
      const matrix = number(spec.layers, l) * number(spec.layers, l + 1);
      for (let i = 0; i < w.length; i++) {
        const scale = spec.scales[l];
        const eta =
          hyper.learningRate * factor * ((i < matrix ? scale?.rate : scale?.bias?.rate) ?? 0);
        const old = number(w, i);
        if (spec.optimizer === 'descent') {
          m[i] = hyper.momentum * number(m, i) + number(g, i) + hyper.weightDecay * old;
          w[i] = old - eta * number(m, i);
          continue;
        }
        m[i] = hyper.momentum * number(m, i) + (1 - hyper.momentum) * number(g, i);
        v[i] = beta2 * number(v, i) + (1 - beta2) * number(g, i) ** 2;
        const mean = number(m, i) / (1 - hyper.momentum ** (t + 1));
        const square = number(v, i) / (1 - beta2 ** (t + 1));
        w[i] = old - eta * (mean / (Math.sqrt(square) + 1e-8) + hyper.weightDecay * old);
      }
    }
  }
  return { losses, testLosses, margins, weights, second };
}

/** The dense Hessian by central differences of the gradient, symmetrised. */
export function mlpHessian(spec: MlpSpec, weights: Weights, outputScale = 1): number[][] {
  const flat = weights.flatMap((w, l) => [...w].map((_, i) => [l, i] as const));
  const step = 1e-5;
  const columns = flat.map(([l, i]) => {
    const at = (sign: number) => {
      const moved = weights.map((w) => Float64Array.from(w));
      const layer = moved[l] as Float64Array;
      layer[i] = number(layer, i) + sign * step;
      return mlpLossAndGradient(spec, moved, outputScale).gradient.flatMap((g) => [...g]);
    };
    const [plus, minus] = [at(1), at(-1)];
    return plus.map((p, k) => (p - number(minus, k)) / (2 * step));
  });
  return columns.map((c, i) => c.map((v, j) => (v + number(columns[j] ?? [], i)) / 2));
}
