/**
 * Statistics of natural data as runs: each step draws a batch of samples anew, by the run's seed and the step, and adds
 * them to running sums, which are the state. A record is the spectrum that the sums give, in shares of its whole and in
 * the bins of `rank-bins.ts`, 0 where it is not known. Sums are worked with in float64 and kept in float32, rounded once
 * a step, so a replayed segment has the same bits; counts are whole numbers, and exact.
 *
 * Nothing is learned, so the loss, which every run has, is how uncertain a mean over n samples still is beside a single
 * one, before the first and after n: (1 + n)^−½.
 */
import { integersAt, STREAMS } from '../random.ts';
import type { DataFiles } from './data-set.ts';
import { arrayOf, type HostedProgram, type NamedArrays } from './hosted.ts';
import { binColumn, type Measured, pairsOf, spectrumSize } from './measured.ts';
import { mnist } from './mnist.ts';
import { addMoments, covarianceSpectrum } from './moments.ts';
import { type Photograph, photograph } from './photographs.ts';
import { columnsOf, type PackedRun, type StatisticsSpec } from './program.ts';
import { radialPower } from './radial-power.ts';
import { binned, binsTo } from './rank-bins.ts';
import { novelWords, WORD_TYPES } from './words.ts';

/** One statistic: what it sums, and the spectrum in it. */
interface Statistic {
  /** Arrays of sums by name, and how long each is. */
  readonly sums: Readonly<Record<string, number>>;
  /** Adds the samples of a step. */
  add(sums: NamedArrays, seed: number, step: number): void;
  /** Of `count` samples: the value of rank or frequency k at k − 1, at least as many as the spectrum has. */
  spectrum(sums: NamedArrays, count: number): Float64Array;
}

/** Rejects where a file that it reads cannot be had. */
export async function statisticsProgram(
  spec: StatisticsSpec,
  runs: readonly PackedRun[],
  files: DataFiles,
): Promise<HostedProgram> {
  const { sums, add, spectrum } = await statisticOf(spec, files);
  const size = spectrumSize(spec.of);
  const bins = binsTo(size);
  return {
    how: 'sums over samples in float64 on the processor, run after run',
    columns: columnsOf(spec),
    names: ['count', ...Object.keys(sums)],
    initial: () =>
      Object.fromEntries(
        [['count', 1] as const, ...Object.entries(sums)].map(([name, length]) => [
          name,
          new Float32Array(length),
        ]),
      ),
    update(run, state, step) {
      add(state, runs[run]?.seed ?? 0, step);
      const count = arrayOf(state, 'count');
      count[0] = (count[0] ?? 0) + spec.batch;
    },
    read(_, state) {
      const [count = 0] = arrayOf(state, 'count');
      const own = count === 0 ? new Float64Array(size) : spectrum(state, count);
      const whole = own.reduce((sum, v) => sum + v, 0) || 1;
      const shares = binned(
        own.map((v) => v / whole),
        bins,
      );
      return {
        loss: 1 / Math.sqrt(1 + count),
        ...Object.fromEntries(shares.map((share, i) => [binColumn(i), share])),
      };
    },
  };
}

async function statisticOf(spec: StatisticsSpec, files: DataFiles): Promise<Statistic> {
  const { of } = spec;
  switch (of.kind) {
    case 'radial':
      return radialStatistic(spec, of, await photograph(of.photograph, files));
    case 'patches': {
      const pictures = await Promise.all(of.photographs.map((name) => photograph(name, files)));
      return covarianceStatistic(spec, patchesOf(of, pictures, spec.batch));
    }
    case 'digits':
      return covarianceStatistic(spec, await digitsOf(of, files, spec.batch));
    case 'words':
      return wordStatistic(spec, of, await novelWords(files));
  }
}

type Of<K extends Measured['kind']> = Extract<Measured, { kind: K }>;

/** Numbers that say which samples a step takes. */
const drawn = (seed: number, step: number, count: number, below: (index: number) => number) =>
  integersAt(seed, STREAMS.samples, [step, 0], count, below);

/** Puts any pixel of the same sample in the place of each, by the run's seed, the step and the sample's number. */
function shuffle(pixels: Float64Array, seed: number, step: number, sample: number): void {
  const own = pixels.slice();
  const from = integersAt(
    seed,
    STREAMS.shuffled,
    [step, sample],
    pixels.length,
    () => pixels.length,
  );
  for (let i = 0; i < pixels.length; i++) pixels[i] = own[from[i] ?? 0] ?? 0;
}

function radialStatistic(
  { batch, order }: StatisticsSpec,
  { side }: Of<'radial'>,
  { width, height, grey }: Photograph,
): Statistic {
  if (width < side || height < side)
    throw new Error(`A photograph of ${width} × ${height} has no window of ${side} × ${side}.`);
  if (batch % 2 !== 0) throw new Error('Windows of photographs are taken two by two.');
  const powerOf = radialPower(side);
  const pair = [new Float64Array(side * side), new Float64Array(side * side)] as const;
  return {
    sums: { power: side / 2 },
    add(sums, seed, step) {
      const power = arrayOf(sums, 'power');
      const total = new Float64Array(side / 2);
      const corners = drawn(seed, step, 2 * batch, (i) => (i % 2 ? height : width) - side + 1);
      for (let b = 0; b < batch; b += 2) {
        for (const [i, window] of pair.entries()) {
          const [left = 0, top = 0] = corners.subarray(2 * (b + i), 2 * (b + i) + 2);
          for (let at = 0; at < window.length; at++)
            window[at] = grey[(top + Math.floor(at / side)) * width + left + (at % side)] ?? 0;
          if (order === 'shuffled') shuffle(window, seed, step, b + i);
        }
        for (const [ring, p] of powerOf(...pair).entries()) total[ring] = (total[ring] ?? 0) + p;
      }
      for (const [ring, p] of total.entries()) power[ring] = (power[ring] ?? 0) + p;
    },
    spectrum: (sums, count) =>
      Float64Array.from(arrayOf(sums, 'power').subarray(1), (p) => p / count),
  };
}

/** Samples of a covariance: fills a batch of vectors, [batch × size], for a seed and a step. */
interface Vectors {
  readonly size: number;
  fill(batch: Float64Array, seed: number, step: number): void;
}

function covarianceStatistic({ batch, order }: StatisticsSpec, { size, fill }: Vectors): Statistic {
  const vectors = new Float64Array(batch * size);
  return {
    sums: { sum: size, products: pairsOf(size) },
    add(sums, seed, step) {
      fill(vectors, seed, step);
      if (order === 'shuffled')
        for (let b = 0; b < batch; b++)
          shuffle(vectors.subarray(b * size, (b + 1) * size), seed, step, b);
      addMoments(vectors, size, arrayOf(sums, 'sum'), arrayOf(sums, 'products'));
    },
    spectrum: (sums, count) =>
      covarianceSpectrum(count, arrayOf(sums, 'sum'), arrayOf(sums, 'products')),
  };
}

/** Patches from anywhere in photographs, each of these as likely: grey from −½ to ½. */
function patchesOf(
  { side, pool }: Of<'patches'>,
  pictures: readonly Photograph[],
  batch: number,
): Vectors {
  const across = side * pool;
  return {
    size: side * side,
    fill(vectors, seed, step) {
      const which = drawn(seed, step, batch, () => pictures.length);
      const corners = integersAt(seed, STREAMS.samples, [step, 1], 2 * batch, (i) => {
        const { width = across, height = across } = pictures[which[i >> 1] ?? 0] ?? {};
        return (i % 2 ? height : width) - across + 1;
      });
      vectors.fill(-0.5);
      for (let b = 0; b < batch; b++) {
        const { width = 0, grey = new Uint8Array() } = pictures[which[b] ?? 0] ?? {};
        const [left, top] = [corners[2 * b] ?? 0, corners[2 * b + 1] ?? 0];
        for (let y = 0; y < across; y++)
          for (let x = 0; x < across; x++) {
            const at = b * side * side + Math.floor(y / pool) * side + Math.floor(x / pool);
            const value = (grey[(top + y) * width + left + x] ?? 0) / (255 * pool * pool);
            vectors[at] = (vectors[at] ?? 0) + value;
          }
      }
    },
  };
}

async function digitsOf(measured: Of<'digits'>, files: DataFiles, batch: number): Promise<Vectors> {
  const { images, pool } = measured;
  const size = spectrumSize(measured);
  const classes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const spec = { kind: 'mnist', samples: images, classes, pool } as const;
  const { x } = await mnist(spec, size, classes.length, files);
  return {
    size,
    fill(vectors, seed, step) {
      const which = drawn(seed, step, batch, () => images);
      for (const [b, image] of which.entries())
        vectors.set(x.subarray(image * size, (image + 1) * size), b * size);
    },
  };
}

function wordStatistic(
  { batch, order }: StatisticsSpec,
  { passage }: Of<'words'>,
  words: Int32Array,
): Statistic {
  return {
    sums: { counts: WORD_TYPES },
    add(sums, seed, step) {
      const counts = arrayOf(sums, 'counts');
      const count = (word: number) => {
        counts[word] = (counts[word] ?? 0) + 1;
      };
      if (order === 'shuffled') {
        const any = integersAt(
          ...([seed, STREAMS.shuffled, [step, 0], batch * passage] as const),
          () => WORD_TYPES,
        );
        for (const word of any) count(word);
        return;
      }
      const starts = drawn(seed, step, batch, () => words.length - passage + 1);
      for (const from of starts)
        for (const word of words.subarray(from, from + passage)) count(word);
    },
    spectrum: (sums) => Float64Array.from(arrayOf(sums, 'counts')).sort().reverse(),
  };
}
