/**
 * The part of the study implicit-regularization that nobody solved: a small network on handwritten digits,
 * by batches of several sizes at several rates, for the same physical time. What noise does there, how the
 * sharpness that training ends with and the held-out error go with η/B, is contested: measured, not judged.
 */
import { type SeedPoint, seedSlope } from '../analysis/slope.ts';
import { MLP, type MlpSpec, type Schedule } from '../programs/program.ts';
import { standardScales } from '../programs/scales.ts';
import type { Judged } from './bands.ts';
import type { Config, Panel, RunRecord, RunSummary, Summary, Trace } from './study.ts';
import { pointOf, valueAt } from './traces.ts';

const DIGIT_LAYERS = [49, 32, 10] as const;
/** Physical time of the digits, over that of the solvable parts: they learn more slowly. */
export const DIGIT_TIME = 20;

/** Samples a step; null for full-batch descent. */
export const batchOf = ({ setting }: Config): number | null =>
  setting === 'descent' ? null : Number(String(setting).replace(/^\D+/, ''));

const ratioOf = ({ config }: { readonly config: Config }) =>
  Number(config.learningRate) / (batchOf(config) ?? 1);

/** A small network on digits, most of them held out, by batches and at a constant rate. */
export const digitsSpec = (batch: number, schedule: Schedule): MlpSpec => ({
  ...{ ...MLP, layers: DIGIT_LAYERS, scales: standardScales(DIGIT_LAYERS), batch },
  data: {
    ...{ kind: 'mnist', samples: 2048, pool: 4 },
    classes: Array.from({ length: 10 }, (_, c) => c),
  },
  train: { count: 512, draw: 'first' },
  observe: ['loss', 'testAccuracy', 'sharpness'],
  ...schedule,
});

/** What it ended with; nulls where it ended with nothing. */
export function digitSummary(run: RunRecord): Summary {
  const [sharp, error] = [valueAt(run, 'sharpness'), 1 - valueAt(run, 'testAccuracy')];
  return Number.isFinite(sharp + error) ? { sharp, error } : { sharp: null, error: null };
}

/**
 * What noise does where nothing is solved: how the sharpness that training ends with, and the held-out
 * accuracy, go with η/B. Contested for real networks, so measured and not judged.
 */
export function measureDigits(runs: readonly RunSummary[]): Omit<Judged, 'band'>[] {
  const slopeOf = (label: string, pick: (run: RunSummary) => number | null | undefined) => {
    const points = runs.flatMap((run): SeedPoint[] => {
      const y = pick(run);
      return y == null ? [] : [{ seed: run.seed, x: ratioOf(run), y }];
    });
    const slope = seedSlope(points);
    return slope === null ? [] : { label, ...slope, runs: points.length };
  };
  return [
    slopeOf('exponent of the final sharpness in η/B (digits, not judged)', (r) => r.summary.sharp),
    slopeOf('exponent of the held-out error in η/B (digits, not judged)', (r) => r.summary.error),
  ].flat();
}

/** What a run on digits ended with, at its η/B. */
const digitsPoint =
  (column: string, of: (value: number) => number) =>
  (run: RunRecord): readonly Trace[] =>
    String(run.config.setting).startsWith('digits')
      ? pointOf(`B = ${batchOf(run.config)}`, run, ratioOf(run), of(valueAt(run, column)))
      : [];

export const digitPanels: readonly Panel[] = [
  {
    id: 'sharpness',
    title: 'Digits: where noise ends',
    caption:
      'Curvature at the end of training against η/B. What large networks do is contested: measured, not judged.',
    x: { label: 'η/B', scale: 'log' },
    y: { label: 'sharpness', scale: 'log' },
    ...{ draw: 'points', colorBy: 'line' },
    observe: digitsPoint('sharpness', (value) => value),
    theory: () => [],
  },
  {
    id: 'accuracy',
    title: 'Digits: what it is worth',
    caption: 'Share of held-out digits that are mistaken, against the same η/B.',
    x: { label: 'η/B', scale: 'log' },
    y: { label: 'held-out error', scale: 'log' },
    ...{ draw: 'points', colorBy: 'line' },
    observe: digitsPoint('testAccuracy', (accuracy) => 1 - accuracy),
    theory: () => [],
  },
];
