/**
 * Float64 references for the tests, written apart from what they check: plain loops, no tensors, no
 * shared code but the specs and the initial weights. Gradients here are by central differences of a
 * loss that is a direct transcription of its formula.
 */
import { chebyshevData, initialMlp } from '../programs/mlp.ts';
import type { Hyper, MlpSpec } from '../programs/program.ts';

/** Weights by layer, row-major [in + 1, out], bias last. */
export type Weights = Float64Array[];

export function mlpStart(spec: MlpSpec, seed: number, initScale: number): Weights {
  return initialMlp(spec, seed, initScale).map((w) => Float64Array.from(w));
}

/** (1/2n) Σ (f(x) − y)², and its gradient by reverse accumulation, sample by sample. */
export function mlpLossAndGradient(
  spec: MlpSpec,
  weights: Weights,
): { loss: number; gradient: Weights } {
  const { x, y } = chebyshevData(spec.data.degree, spec.data.samples);
  const n = x.length;
  const gradient = weights.map((w) => new Float64Array(w.length));
  let loss = 0;
  for (let i = 0; i < n; i++) {
    const layers: number[][] = [[x[i] as number]];
    const sums: number[][] = [];
    for (const [l, w] of weights.entries()) {
      const [below, out] = [layers[l] as number[], spec.layers[l + 1] as number];
      const z = Array.from({ length: out }, (_, j) => {
        let sum = w[below.length * out + j] as number;
        for (const [k, a] of below.entries()) sum += a * (w[k * out + j] as number);
        return sum;
      });
      sums.push(z);
      const last = l === weights.length - 1;
      layers.push(
        last ? z : z.map((v) => (spec.activation === 'tanh' ? Math.tanh(v) : Math.max(0, v))),
      );
    }
    const residual = (layers.at(-1)?.[0] as number) - (y[i] as number);
    loss += residual ** 2 / (2 * n);
    let delta = [residual / n];
    for (let l = weights.length - 1; l >= 0; l--) {
      const [below, out, w, g] = [
        layers[l] as number[],
        spec.layers[l + 1] as number,
        weights[l] as Float64Array,
        gradient[l] as Float64Array,
      ];
      for (const [j, d] of delta.entries()) {
        for (const [k, a] of below.entries()) g[k * out + j] = (g[k * out + j] as number) + a * d;
        g[below.length * out + j] = (g[below.length * out + j] as number) + d;
      }
      if (l === 0) break;
      const z = sums[l - 1] as number[];
      delta = below.map((a, k) => {
        let sum = 0;
        for (const [j, d] of delta.entries()) sum += d * (w[k * out + j] as number);
        return sum * (spec.activation === 'tanh' ? 1 - a * a : (z[k] as number) > 0 ? 1 : 0);
      });
    }
  }
  return { loss, gradient };
}

/** Loss after each of `steps` updates of gradient descent with heavy-ball momentum, step 0 first. */
export function mlpDescent(spec: MlpSpec, seed: number, hyper: Hyper, steps: number) {
  const weights = mlpStart(spec, seed, hyper.initScale);
  const velocity = weights.map((w) => new Float64Array(w.length));
  const losses: number[] = [];
  for (let t = 0; t <= steps; t++) {
    const { loss, gradient } = mlpLossAndGradient(spec, weights);
    losses.push(loss);
    for (const [l, w] of weights.entries()) {
      const [v, g] = [velocity[l] as Float64Array, gradient[l] as Float64Array];
      for (let i = 0; i < w.length && t < steps; i++) {
        v[i] = hyper.momentum * (v[i] as number) + (g[i] as number);
        w[i] = (w[i] as number) - hyper.learningRate * (v[i] as number);
      }
    }
  }
  return { losses, weights };
}

/** The dense Hessian by central differences of the gradient, symmetrised. */
export function mlpHessian(spec: MlpSpec, weights: Weights): number[][] {
  const flat = weights.flatMap((w, l) => [...w].map((_, i) => [l, i] as const));
  const step = 1e-5;
  const columns = flat.map(([l, i]) => {
    const at = (sign: number) => {
      const moved = weights.map((w) => Float64Array.from(w));
      const layer = moved[l] as Float64Array;
      layer[i] = (layer[i] as number) + sign * step;
      return mlpLossAndGradient(spec, moved).gradient.flatMap((g) => [...g]);
    };
    const [plus, minus] = [at(1), at(-1)];
    return plus.map((p, k) => (p - (minus[k] as number)) / (2 * step));
  });
  return columns.map((c, i) => c.map((v, j) => (v + (columns[j]?.[i] as number)) / 2));
}
