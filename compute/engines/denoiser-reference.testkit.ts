/**
 * Float64 reference of denoisers for the tests, written apart from what it checks: loops over pixels, one image
 * after another, no tensors; D, λ and the sampler as Karras et al. 2022 write them, and gradients by central
 * differences of every weight. It shares the spec, the initial weights by name, and the generator's numbers.
 */
import {
  batchRows,
  initialDenoisers,
  networkAddress,
  startingNoise,
} from '../programs/denoiser.ts';
import { denoiserWeights } from '../programs/denoiser-networks.ts';
import type { DenoiserSpec, Hyper } from '../programs/program.ts';
import { coarseNormals, STREAMS } from '../random.ts';
import { halfCosine, referenceAdam } from './adam-reference.testkit.ts';

export interface Array2 {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}
export type Weights = Readonly<Record<string, Array2>>;

/** Both networks of a run at the start. */
export function denoiserStart(spec: DenoiserSpec, seed: number, initScale: number): Weights[] {
  const values = initialDenoisers(spec, seed, initScale);
  return [0, 1].map((network) =>
    Object.fromEntries(
      denoiserWeights(spec).map(({ name, rows, columns }, i) => {
        const size = rows * columns;
        const own = (values[i] as Float32Array).subarray(network * size, (network + 1) * size);
        return [name, { rows, columns, values: Float64Array.from(own) }];
      }),
    ),
  );
}

type Row = number[];
const relu = (row: Row): Row => row.map((z) => Math.max(0, z));
const plus = (a: Row, b: Row): Row => a.map((x, i) => x + (b[i] as number));

/** F of one image that is scaled already. */
function network(spec: DenoiserSpec, weights: Weights, x: Row, sigma: number): Row {
  const t = (2 * Math.log(sigma / 0.02)) / Math.log(10 / 0.02) - 1;
  const told = Array.from({ length: 8 }, (_, k) =>
    Math.cos(k * Math.acos(Math.min(1, Math.max(-1, t)))),
  );
  const w = (name: string): Array2 => {
    const found = weights[name];
    if (found === undefined) throw new Error(`no weights ${name}`);
    return found;
  };
  const times = (row: Row, name: string): Row => {
    const { columns, values } = w(name);
    const out: Row = new Array(columns).fill(0);
    // Plain loops: central differences go through here millions of times.
    for (let i = 0; i < row.length; i++) {
      const v = row[i] as number;
      for (let j = 0; j < columns; j++)
        out[j] = (out[j] as number) + v * (values[i * columns + j] as number);
    }
    return out;
  };
  const blocks = Array.from({ length: spec.layers }, (_, i) => i + 1);
  /** Value of a channel at a place, zero outside. */
  const conv = (image: Row[][], name: string, sigmaName: string): Row[][] =>
    image.map((line, r) =>
      line.map((_, c) => {
        // Column after column of the three rows: the order of the rows of the weights.
        const taps: Row = [];
        const zeros: Row = line[c]?.map(() => 0) ?? [];
        for (let dc = -1; dc <= 1; dc++)
          for (let dr = -1; dr <= 1; dr++) taps.push(...(image[r + dr]?.[c + dc] ?? zeros));
        return plus(times(taps, name), times(told, sigmaName));
      }),
    );
  switch (spec.architecture) {
    case 'dense': {
      let h = relu(plus(times(x, 'in'), times(told, 'inSigma')));
      for (const l of blocks) h = plus(h, relu(plus(times(h, `w${l}`), times(told, `sigma${l}`))));
      return plus(times(h, 'out'), times(told, 'outSigma'));
    }
    case 'convolutional': {
      const grid = Array.from({ length: 8 }, (_, r) =>
        Array.from({ length: 8 }, (_c, c): Row => [x[r * 8 + c] as number]),
      );
      const each = (image: Row[][], of: (row: Row) => Row) => image.map((line) => line.map(of));
      const add = (a: Row[][], b: Row[][]) =>
        a.map((line, r) => line.map((row, c) => plus(row, b[r]?.[c] as Row)));
      const full = each(conv(grid, 'in', 'inSigma'), relu);
      const four = Array.from({ length: 4 }, (_, r) =>
        Array.from(
          { length: 4 },
          (_c, c): Row =>
            [0, 1].flatMap((dr) => [0, 1].flatMap((dc) => full[2 * r + dr]?.[2 * c + dc] as Row)),
        ),
      );
      let h = each(four, (row) => relu(plus(times(row, 'down'), times(told, 'downSigma'))));
      for (const l of blocks) h = add(h, each(conv(h, `w${l}`, `sigma${l}`), relu));
      const up = each(h, (row) => times(row, 'up'));
      const { width } = spec;
      const back = Array.from({ length: 8 }, (_, r) =>
        Array.from({ length: 8 }, (_c, c): Row => {
          const from = ((r % 2) * 2 + (c % 2)) * width;
          return ((up[r >> 1] as Row[])[c >> 1] as Row).slice(from, from + width);
        }),
      );
      let whole = add(full, back);
      whole = add(whole, each(conv(whole, 'full', 'fullSigma'), relu));
      return conv(whole, 'out', 'outSigma').flat(2);
    }
    case 'transformer':
    case 'mixer': {
      const norm = (row: Row): Row => {
        const mean = row.reduce((a, b) => a + b, 0) / row.length;
        const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / row.length;
        return row.map((v) => (v - mean) / Math.sqrt(variance + 1e-5));
      };
      const positions = w('positions');
      let h: Row[] = Array.from({ length: 16 }, (_, p) => {
        const corner = (p >> 2) * 16 + (p % 4) * 2;
        const patch = [0, 1, 8, 9].map((d) => x[corner + d] as number);
        const place = [...positions.values.subarray(p * spec.width, (p + 1) * spec.width)];
        return plus(plus(times(patch, 'embed'), times(told, 'embedSigma')), place);
      });
      for (const l of blocks) {
        const read = h.map(norm);
        if (spec.architecture === 'transformer') {
          const [q, k, v] = ['q', 'k', 'v'].map((n) => read.map((row) => times(row, n + l))) as [
            Row[],
            Row[],
            Row[],
          ];
          const written = q.map((from) =>
            Array.from({ length: spec.width }, (_, i) => {
              const head = Math.floor(i / 8);
              const dot = (to: Row) => {
                let sum = 0;
                for (let j = head * 8; j < head * 8 + 8; j++)
                  sum += (from[j] as number) * (to[j] as number);
                return Math.exp(sum / Math.sqrt(8));
              };
              const shares = k.map(dot);
              const total = shares.reduce((a, b) => a + b, 0);
              return shares.reduce((sum, s, t) => sum + (s / total) * (v[t]?.[i] as number), 0);
            }),
          );
          h = h.map((row, p) => plus(row, times(written[p] as Row, `o${l}`)));
        } else {
          const added = Array.from({ length: spec.width }, (_, i) =>
            times(
              relu(
                times(
                  read.map((row) => row[i] as number),
                  `mix${l}`,
                ),
              ),
              `mixed${l}`,
            ),
          );
          h = h.map((row, p) => row.map((v, i) => v + (added[i]?.[p] as number)));
        }
        h = h.map((row) =>
          plus(
            row,
            times(relu(plus(times(norm(row), `up${l}`), times(told, `sigma${l}`))), `down${l}`),
          ),
        );
      }
      const image: Row = new Array(64).fill(0);
      for (const [p, row] of h.entries()) {
        const out = plus(times(norm(row), 'out'), times(told, 'outSigma'));
        const corner = (p >> 2) * 16 + (p % 4) * 2;
        for (const [i, d] of [0, 1, 8, 9].entries()) image[corner + d] = out[i] as number;
      }
      return image;
    }
  }
}

/** D(x; σ), Karras et al. 2022, eq. 7 with the first line of table 1 of the last column. */
export function denoised(spec: DenoiserSpec, weights: Weights, x: Row, sigma: number): Row {
  const scale = Math.hypot(sigma, 0.5);
  const raw = network(
    spec,
    weights,
    x.map((v) => v / scale),
    sigma,
  );
  return x.map((v, i) => (0.25 / scale ** 2) * v + ((sigma * 0.5) / scale) * (raw[i] as number));
}

/** Mean over images and pixels of λ (D − x)², λ = (σ² + ¼)/(σ/2)². */
export function denoiserLoss(
  spec: DenoiserSpec,
  weights: Weights,
  images: Float32Array,
  rows: ArrayLike<number>,
  address: readonly [seed: number, step: number, network: number],
): number {
  const drawn = coarseNormals(
    address[0],
    STREAMS.noise,
    [address[1], address[2]],
    rows.length * 65,
  );
  let total = 0;
  for (let i = 0; i < rows.length; i++) {
    const z = drawn[rows.length * 64 + i] as number;
    const sigma = Math.min(10, Math.max(0.02, Math.exp(-1.2 + 1.2 * z)));
    const clean = [...images.subarray((rows[i] as number) * 64, (rows[i] as number) * 64 + 64)];
    const noisy = clean.map((v, k) => v + sigma * (drawn[i * 64 + k] as number));
    const lambda = (sigma ** 2 + 0.25) / (sigma * 0.5) ** 2;
    const answer = denoised(spec, weights, noisy, sigma);
    for (let k = 0; k < 64; k++)
      total += lambda * ((answer[k] as number) - (clean[k] as number)) ** 2;
  }
  return total / (rows.length * 64);
}

/** Euler steps of dx/dσ = (x − D)/σ over the levels of eq. 5, from σ_max and its noise. */
export function sampledPictures(
  spec: DenoiserSpec,
  weights: Weights,
  seed: number,
  which: number,
): Row[] {
  const noise = startingNoise(spec, seed, which);
  const n = spec.samplerSteps;
  const level = (i: number) =>
    i === n ? 0 : (10 ** (1 / 7) + (i / (n - 1)) * (0.02 ** (1 / 7) - 10 ** (1 / 7))) ** 7;
  return Array.from({ length: spec.pictures }, (_, p) => {
    let x: Row = Array.from(noise.subarray(p * 64, p * 64 + 64), (z) => 10 * z);
    for (let i = 0; i < n; i++) {
      const [sigma, next] = [level(i), level(i + 1)];
      const d = denoised(spec, weights, x, sigma);
      x = x.map((v, k) => v + ((next - sigma) * (v - (d[k] as number))) / sigma);
    }
    return x;
  });
}

/** Both networks after each of so many steps of Adam (0 too) on a half cosine; worked out once for all backends. */
export function denoiserAdam(
  spec: DenoiserSpec,
  seed: number,
  hyper: Hyper,
  sets: readonly Float32Array[],
): Weights[][] {
  const key = JSON.stringify([spec, seed, hyper]);
  const all = known.get(key) ?? adam(spec, seed, hyper, sets);
  known.set(key, all);
  return all;
}

const known = new Map<string, Weights[][]>();

function adam(
  spec: DenoiserSpec,
  seed: number,
  hyper: Hyper,
  sets: readonly Float32Array[],
): Weights[][] {
  const now = denoiserStart(spec, seed, hyper.initScale);
  const descents = now.map((weights) =>
    referenceAdam(
      Object.values(weights).map(({ values }) => values),
      hyper,
    ),
  );
  const all: Weights[][] = [structuredClone(now)];
  for (let done = 0; done < spec.steps; done++) {
    const rate = hyper.learningRate * halfCosine(done, spec.steps);
    for (const [h, weights] of now.entries()) {
      const rows = batchRows(spec, seed, done, h);
      const address = [seed, done, networkAddress(spec, h)] as const;
      descents[h]?.update(rate, () =>
        denoiserLoss(spec, weights, sets[h] as Float32Array, rows, address),
      );
    }
    all.push(structuredClone(now));
  }
  return all;
}
