/**
 * Two denoisers alike in architecture, trained on two sets of images that share none, by seeds of their own
 * (initial weights, batches, noise): what Kadkhodaie et al. 2023 (arXiv:2310.02557) compare. Each learns by Adam on
 * a half cosine of its rate to take off Gaussian noise that is drawn afresh at every update: λ(σ) ‖D(x + σz; σ) − x‖²
 * with λ = 1/c_out² (Karras et al. 2022, table 1 and eq. 8; `diffusion.ts`), mean over pixels and images. At a
 * record both make pictures by the deterministic sampler, from the same noise.
 *
 * Both networks of a run lie in one array of weights each, the first above the second.
 */

import type { Scalar, Tensor, Tensor3D } from '@tensorflow/tfjs';
import {
  type GaussianModel,
  gaussianModel,
  gaussianPictures,
} from '../observables/gaussian-pictures.ts';
import { cosines, nearest, type Pictures, sameAndDifferent } from '../observables/pictures.ts';
import { coarseNormals, integersAt, normals, STREAMS } from '../random.ts';
import { at } from './at.ts';
import { denoisersOn } from './denoiser-forward.ts';
import { denoiserActivations, denoiserWeights, HEAD, PATCHES } from './denoiser-networks.ts';
import type { Tf } from './dense.ts';
import { type DifferentiableOn, type DifferentiableProgram, numbersIn } from './differentiable.ts';
import {
  eulerStep,
  FEATURES,
  preconditioning,
  SIGMA_MAX,
  samplerSigmas,
  sigmaFeatures,
  trainedSigma,
} from './diffusion.ts';
import { type DigitPool, disjointSets } from './digit-pool.ts';
import {
  ARCHITECTURES,
  columnsOf,
  type DenoiserSpec,
  HALVES,
  type PackedRun,
  PIXELS,
  pixelColumn,
} from './program.ts';
import { rateFactor } from './schedule.ts';

/** Addresses of the noise of probes, beyond every step. */
const PROBES = { trained: 0xffffffff, heldOut: 0xfffffffe } as const;

/** What tells a network's numbers from those of every other of its seed: no two see the same batches or noise. */
export const networkAddress = (
  { architecture }: Pick<DenoiserSpec, 'architecture'>,
  half: number,
) => 2 * ARCHITECTURES.indexOf(architecture) + half;

/** Factor on the matrix to the image at the start: a network that begins near F = 0 need not unlearn first. */
const OUT = 0.1;

/** More arrays than an architecture has. */
const PARTS = 256;

/** Initial weights of a run, row-major each, of the first network and then of the second; a function of its seed alone. */
export function initialDenoisers(
  spec: Pick<DenoiserSpec, 'architecture' | 'width' | 'layers'>,
  seed: number,
  initScale: number,
): Float32Array[] {
  return denoiserWeights(spec).map(({ name, rows, columns }, part) => {
    const std = (initScale * (name === 'out' ? OUT : 1)) / Math.sqrt(rows);
    return Float32Array.from(
      normals(seed, STREAMS.weights, PARTS * networkAddress(spec, 0) + part, 2 * rows * columns),
      (z) => z * std,
    );
  });
}

/** Noisy images, as a network gets them and as it should answer. */
export interface Noisy {
  /** c_in (x + σz) [count × pixels], features of σ [count × features], (x − c_skip (x + σz))/c_out [count × pixels]. */
  readonly x: Float32Array;
  readonly told: Float32Array;
  readonly target: Float32Array;
}

/**
 * Images with fresh noise.
 * @param rows which of the images @param address of the noise
 */
export function noisyImages(
  images: Float32Array,
  rows: ArrayLike<number>,
  [seed, step, network]: readonly [seed: number, step: number, network: number],
): Noisy {
  const count = rows.length;
  const drawn = coarseNormals(seed, STREAMS.noise, [step, network], count * (PIXELS + 1));
  const x = new Float32Array(count * PIXELS);
  const target = new Float32Array(count * PIXELS);
  const told = new Float32Array(count * FEATURES);
  for (let i = 0; i < count; i++) {
    const sigma = trainedSigma(drawn[count * PIXELS + i] ?? 0);
    const c = preconditioning(sigma);
    told.set(sigmaFeatures(sigma), i * FEATURES);
    const row = (rows[i] ?? 0) * PIXELS;
    for (let k = 0; k < PIXELS; k++) {
      const clean = images[row + k] ?? 0;
      const noisy = clean + sigma * (drawn[i * PIXELS + k] ?? 0);
      x[i * PIXELS + k] = c.in * noisy;
      target[i * PIXELS + k] = (clean - c.skip * noisy) / c.out;
    }
  }
  return { x, told, target };
}

/** Rows of the images of an update of one of a run's two networks. */
export const batchRows = (spec: DenoiserSpec, seed: number, step: number, half: number) =>
  integersAt(
    seed,
    STREAMS.batch,
    [step, networkAddress(spec, half)],
    spec.batch,
    () => spec.images,
  );

/** What the sampler of a network begins with, of variance 1: [pictures × pixels]. */
export function startingNoise(spec: DenoiserSpec, seed: number, half: number): Float64Array {
  const own = 1 + networkAddress(spec, half);
  const [from, part] = spec.noise === 'shared' ? [0, 0] : [seed, own];
  return normals(from, STREAMS.sampler, part, spec.pictures * PIXELS);
}

/** Numbers that one run's update holds at once, at most: tested against what is held. */
function numbersOf(spec: DenoiserSpec): number {
  const count = Math.max(spec.batch, spec.probe, spec.pictures);
  const weights = numbersIn(denoiserWeights(spec));
  return 2 * (count * (8 * PIXELS + 2 * denoiserActivations(spec)) + 10 * weights);
}

export function denoiserProgram(
  spec: DenoiserSpec,
  runs: readonly PackedRun[],
  pool: DigitPool,
): DifferentiableProgram {
  const { architecture, width, batch, probe, pictures, steps } = spec;
  if (architecture === 'transformer' && width % HEAD !== 0)
    throw new Error(`A width of ${width} is no multiple of a head’s ${HEAD} dimensions.`);
  const perImage = architecture === 'transformer' ? PATCHES * (width / HEAD) : 1;
  return {
    columns: columnsOf(spec),
    weights: denoiserWeights(spec).map(({ rows, columns }) => ({ rows: 2 * rows, columns })),
    bytes: 4 * numbersOf(spec),
    rows: 2 * Math.max(batch, probe, pictures) * perImage,
    rateFactor: (step) => rateFactor({ schedule: 'cosine', steps }, step),
    initial(run) {
      const { seed, hyper } = at(runs, run);
      return initialDenoisers(spec, seed, hyper.initScale);
    },
    on: (tf) => denoisersIn(tf, spec, runs, pool),
  };
}

function denoisersIn(
  tf: Tf,
  spec: DenoiserSpec,
  runs: readonly PackedRun[],
  { heldOut, images }: DigitPool,
): DifferentiableOn {
  const { batch, probe, samplerSteps } = spec;
  const networks = denoisersOn(tf, spec);
  const sets = runs.map(({ seed }) => disjointSets(images, seed, spec.images));
  const models = new Map<number, GaussianModel[]>();
  const firstRows = (count: number, of: number) => Array.from({ length: count }, (_, i) => i % of);

  /** Each network's own slice: [2 runs × rows × columns]. */
  const apart = (weights: readonly Tensor3D[]): Tensor3D[] =>
    weights.map((w) => tf.reshape(w, [2 * w.shape[0], w.shape[1] / 2, w.shape[2]]));

  /** Mean weighted squared error over pixels and images, summed over networks. */
  function lossOn(weights: readonly Tensor3D[], all: readonly Noisy[], count: number): Scalar {
    const packed = (pick: (noisy: Noisy) => Float32Array, columns: number): Tensor3D => {
      const values = new Float32Array(all.length * count * columns);
      for (const [i, noisy] of all.entries()) values.set(pick(noisy), i * count * columns);
      return tf.tensor3d(values, [all.length, count, columns]);
    };
    const [x, told] = [packed((n) => n.x, PIXELS), packed((n) => n.told, FEATURES)];
    const answer = networks.apply(apart(weights), x, told);
    const errors = tf.sum(
      tf.square(
        tf.sub(
          answer,
          packed((n) => n.target, PIXELS),
        ),
      ),
    );
    return tf.mul(errors, tf.scalar(1 / (count * PIXELS)));
  }

  /** Pictures of the two networks of a run: [2 × pictures × pixels]. */
  function sampled(weights: readonly Tensor3D[], seed: number): Tensor3D {
    const shape: [number, number, number] = [2, spec.pictures, PIXELS];
    const noise = HALVES.map((_, h) => startingNoise(spec, seed, h));
    const start = Float32Array.from(noise.flatMap((z) => Array.from(z, (v) => SIGMA_MAX * v)));
    const sigmas = samplerSigmas(samplerSteps);
    let x: Tensor3D = tf.tensor3d(start, shape);
    for (let i = 0; i < samplerSteps; i++) {
      const [sigma, next] = [at(sigmas, i), at(sigmas, i + 1)];
      const { keep, add } = eulerStep(sigma, next);
      const before = x;
      x = tf.tidy(() => {
        const row = sigmaFeatures(sigma);
        const told = tf.tensor3d(Array.from({ length: 2 * spec.pictures }, () => row).flat(), [
          2,
          spec.pictures,
          FEATURES,
        ]);
        const raw = networks.apply(
          apart(weights),
          tf.mul(before, tf.scalar(preconditioning(sigma).in)),
          told,
        );
        return tf.add(tf.mul(before, tf.scalar(keep)), tf.mul(raw, tf.scalar(add)));
      });
      before.dispose();
    }
    return x;
  }

  /** What Gaussian models of the two sets make of the same noise, made once a run. */
  function gaussians(run: number): Pictures[] {
    const { seed } = at(runs, run);
    const known =
      models.get(run) ?? at(sets, run).map((values) => gaussianModel({ values, pixels: PIXELS }));
    models.set(run, known);
    return known.map((model, h) => {
      const values = startingNoise(spec, seed, h).map((v) => SIGMA_MAX * v);
      return {
        pixels: PIXELS,
        values: gaussianPictures(model, { values, pixels: PIXELS }, SIGMA_MAX),
      };
    });
  }

  function measured(run: number, values: Float32Array): Record<string, number> {
    const each = spec.pictures * PIXELS;
    const [a, b] = [0, 1].map(
      (h): Pictures => ({ values: values.subarray(h * each, (h + 1) * each), pixels: PIXELS }),
    ) as [Pictures, Pictures];
    const [own, other] = at(sets, run).map(
      (set): Pictures => ({ values: set, pixels: PIXELS }),
    ) as [Pictures, Pictures];
    const [g, h] = gaussians(run) as [Pictures, Pictures];
    const same = (p: Pictures, q: Pictures) => sameAndDifferent(cosines(p, q)).same;
    const pixels = [a, b].flatMap((of, network) =>
      Array.from(of.values, (value, i) => {
        const half = HALVES[network] ?? 'a';
        return [pixelColumn(half, Math.floor(i / PIXELS), i % PIXELS), value] as const;
      }),
    );
    return {
      ...sameAndDifferent(cosines(a, b)),
      nearestOwn: (nearest(a, own) + nearest(b, other)) / 2,
      nearestOther: (nearest(a, other) + nearest(b, own)) / 2,
      gaussian: (same(a, g) + same(b, h)) / 2,
      gaussianPair: same(g, h),
      ...Object.fromEntries(pixels),
    };
  }

  return {
    loss(weights, own, step): Scalar {
      const drawn = own.flatMap((r) => {
        const { seed } = at(runs, r);
        return at(sets, r).map((set, h) =>
          noisyImages(set, batchRows(spec, seed, step, h), [seed, step, networkAddress(spec, h)]),
        );
      });
      return lossOn(weights, drawn, batch);
    },
    async read(weights, run) {
      const { seed } = at(runs, run);
      const { losses, pictures } = tf.tidy(() => {
        const trained = at(sets, run).map((set, h) =>
          noisyImages(set, firstRows(probe, spec.images), [
            seed,
            PROBES.trained,
            networkAddress(spec, h),
          ]),
        );
        const held = HALVES.map((_, h) =>
          noisyImages(heldOut, firstRows(probe, heldOut.length / PIXELS), [
            seed,
            PROBES.heldOut,
            networkAddress(spec, h),
          ]),
        );
        const both = tf.stack([lossOn(weights, trained, probe), lossOn(weights, held, probe)]);
        return {
          losses: tf.mul(both, tf.scalar(1 / 2)) as Tensor,
          pictures: sampled(weights, seed) as Tensor,
        };
      });
      const [loss = Number.NaN, testLoss = Number.NaN] = await losses.data<'float32'>();
      const values = await pictures.data<'float32'>();
      tf.dispose([losses, pictures]);
      return { loss, testLoss, ...measured(run, values) };
    },
    dispose: () => networks.dispose(),
  };
}
