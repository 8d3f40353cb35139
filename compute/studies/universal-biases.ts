/**
 * Universal biases: denoisers that share neither weights nor data make nearly the same picture of the same
 * noise, once they are trained on enough images. Zhang et al. 2023 saw it across architectures, Kadkhodaie et al.
 * 2023 between networks on disjoint halves of one data set: on few images each makes its own images again, on many
 * both make the same new ones. Here a run trains two networks of one architecture on N digits each, and both begin
 * from the same noise; runs of one seed and different architectures are compared with each other.
 *
 * How the bands of `biases-criteria.ts` were found: that likeness at the largest N must be 0.8, and p below 0.001, is
 * asked for beforehand; the same is asked across architectures. The other two leave more than half of the least that seeds
 * 101 and 102 showed on the quick grid: likeness rose by 0.32 and 0.22, and what is learned by heart fell by 0.28
 * and 0.17 (likeness 0.92 twice, across architectures 0.89 and 0.85, every p 1/40,320). On the default grid's cells,
 * 500 steps, they were 0.51 to 0.63 and 0.31 to 0.40. With noise of their own, p is 0.58 and likeness −0.01.
 *
 * What likeness is not: a proof that networks are needed for it. Two Gaussian models, fitted to the same disjoint
 * images, agree at least as well on many images (0.99); networks and Gaussian model by 0.7 to 0.9. The figure shows both.
 */
import { greyOf } from '../programs/mean-digit.ts';
import { ARCHITECTURES, HALVES, HYPER, PIXELS, SIDE } from '../programs/program.ts';
import { analysisOf, BANDS, PICTURES, picturesOf, summaryOf } from './biases-criteria.ts';
import { number } from './criteria.ts';
import type { Config, RunRecord, Study, Trace } from './study.ts';
import { curveOf, spanOf, traceOf, valueAt } from './traces.ts';

const BATCH = 16;
const PROBE = 64;
const SAMPLER_STEPS = 40;
const RECORDS = 4;
const BLOCKS = 2;
/** Of about as many multiplications, but for the dense one, which is cheaper. */
const WIDTHS: Readonly<Record<(typeof ARCHITECTURES)[number], number>> = {
  ...{ dense: 96, convolutional: 8, transformer: 16, mixer: 16 },
};

const STATEMENT =
  'From the same noise, denoisers of different architectures, and of disjoint images, make nearly the same picture: the more images each has seen, the more alike, and the less their own.';

const architectureOf = ({ architecture }: Config) =>
  ARCHITECTURES.find((a) => a === architecture) ?? 'dense';

/** Each picture of each network, in grey of two digits. */
function picturesShown(run: RunRecord): Trace[] {
  if (run.outcome.kind !== 'completed') return [];
  return HALVES.flatMap((half) => {
    const { values } = picturesOf(run, half);
    return Array.from({ length: PICTURES }, (_, p) =>
      traceOf(
        `images ${half.toUpperCase()}, noise ${p + 1}`,
        Array.from({ length: PIXELS }, (_p, k) => [
          k,
          Math.round(100 * greyOf(values[p * PIXELS + k] ?? Number.NaN, k)) / 100,
        ]),
      ),
    ).flat();
  });
}

const imagesAxis = { label: 'images of each network', scale: 'log' } as const;
/** What a run ended with, at its number of images; below zero too. */
const likeness = (run: RunRecord, line: string, column: string): Trace[] =>
  run.outcome.kind === 'completed'
    ? traceOf(line, [[number(run.config, 'images'), valueAt(run, column)]])
    : [];

export const universalBiases: Study = {
  id: 'universal-biases',
  version: '1.0.0',
  title: 'Universal biases',
  pillar: 'Universality',
  statement: STATEMENT,
  about:
    'Two networks learn to take noise off handwritten digits, each on digits that the other never sees. Then both start from the same noise and make a picture. On four digits each draws its own again. On thousands they draw the same new digit, and so does a network of another architecture.',
  student: {
    see: 'Rows of small pictures, a column for each noise. With few images the rows have nothing in common; with many they agree, column by column.',
    matters:
      'What a network adds to the data is called its inductive bias. If networks that share nothing agree on what they never saw, that bias is not a matter of one architecture.',
    wrong:
      'Likeness that does not grow with the number of images, or is no greater from the same noise than from different noise.',
  },
  references: [
    {
      authors: 'Kadkhodaie, Guth, Simoncelli & Mallat',
      year: 2023,
      title:
        'Generalization in diffusion models arises from geometry-adaptive harmonic representations',
      where: 'arXiv:2310.02557, §2 and figures 1 and 2 (disjoint halves, memorising at small N)',
    },
    {
      authors: 'Zhang et al.',
      year: 2023,
      title: 'The emergence of reproducibility and generalizability in diffusion models',
      where: 'arXiv:2310.05264, §2 (architectures from one noise)',
    },
    {
      authors: 'Karras, Aittala, Aila & Laine',
      year: 2022,
      title: 'Elucidating the design space of diffusion-based generative models',
      where: 'arXiv:2206.00364, table 1 and eq. 1, 5, 7 and 8 (preconditioning, weights, sampler)',
    },
  ],
  params: [
    {
      ...{ kind: 'number', name: 'images', label: 'images of each network', symbol: 'N' },
      ...{ integer: true, min: 2, max: 8192 },
      help: 'Digits of 8 × 8 that each of the two networks learns from; none is of both. On few it learns them by heart.',
    },
    {
      ...{ kind: 'choice', name: 'architecture', label: 'architecture' },
      help: 'Of both networks of a run. Runs of one seed and different architectures are compared too.',
      choices: [
        { value: 'convolutional', label: 'convolutional (small U-Net)' },
        { value: 'transformer', label: 'transformer on patches' },
        { value: 'mixer', label: 'mixer on patches' },
        { value: 'dense', label: 'dense' },
      ],
    },
    {
      ...{ kind: 'number', name: 'learningRate', label: 'learning rate', symbol: 'η' },
      ...{ integer: false, min: 0.0001, max: 0.1 },
      help: 'Of Adam at the start; it falls by half a cosine.',
    },
    {
      ...{ kind: 'number', name: 'steps', label: 'training steps', integer: true },
      ...{ min: 20, max: 20000 },
      help: 'Updates on sixteen images each, with fresh noise. Longer training makes sharper pictures, and learns few images by heart.',
    },
  ],
  grids: {
    default: {
      params: {
        ...{ images: [4, 64, 2048], architecture: ['convolutional', 'transformer', 'mixer'] },
        ...{ learningRate: [0.012], steps: [300] },
      },
      seeds: [1, 2],
    },
    quick: {
      params: {
        ...{ images: [4, 1024], architecture: ['mixer', 'dense'] },
        ...{ learningRate: [0.012], steps: [100] },
      },
      seeds: [1, 2],
    },
  },
  nullCase: {
    label: 'Noise of its own',
    explanation:
      'Every network begins from noise that no other has. What they learned is the same as before, but pictures of one column have nothing in common beyond being digits: likeness falls to that of different noise, and the verdict must fail.',
  },
  panels: [
    {
      id: 'pictures',
      title: 'Pictures from the same noise',
      caption:
        'A column for each noise, two rows for each network’s images. Where N is large, columns agree; where it is small, rows keep to themselves.',
      x: { label: 'pixel', scale: 'linear' },
      y: { label: 'grey', scale: 'linear', include: [0, 1] },
      ...{
        draw: 'images',
        image: { width: SIDE, height: SIDE, columns: PICTURES },
        colorBy: 'line',
      },
      observe: picturesShown,
      theory: () => [],
    },
    {
      id: 'likeness',
      title: 'How alike two networks draw',
      caption:
        'Cosine of pictures less the mean digit, between networks on disjoint images. Two Gaussian models of the same images set the mark: what they agree on takes no network.',
      x: imagesAxis,
      y: { label: 'likeness', scale: 'linear', include: [0, 1] },
      ...{ draw: 'points', colorBy: 'line' },
      observe: (run) => [
        ...likeness(run, 'same noise', 'same'),
        ...likeness(run, 'different noise', 'different'),
        ...likeness(run, 'two Gaussian models, same noise', 'gaussianPair'),
        ...likeness(run, 'network and Gaussian model', 'gaussian'),
      ],
      theory: (cells) => {
        const sizes = cells.map((c) => number(c, 'images'));
        const flat = (line: string, y: number) => ({
          ...{ cell: null, line, guide: true as const },
          ...{ x: spanOf(sizes), y: [y, y] },
        });
        return [flat('asked for at the largest N', BANDS.same[0]), flat('nothing in common', 0)];
      },
    },
    {
      id: 'memorised',
      title: 'What is learned by heart',
      caption:
        'Cosine of a picture with the nearest of the images that its network has learned from, and of those that only the other has. Where they meet, nothing is copied.',
      x: imagesAxis,
      y: { label: 'likeness to the nearest image', scale: 'linear', include: [0, 1] },
      ...{ draw: 'points', colorBy: 'line' },
      observe: (run) => [
        ...likeness(run, 'its own images', 'nearestOwn'),
        ...likeness(run, 'the other’s images', 'nearestOther'),
      ],
      theory: () => [],
    },
    {
      id: 'losses',
      title: 'Loss on its own and on held-out images',
      caption: 'Weighted squared error of what is taken off. A gap is what is learned by heart.',
      x: { label: 'training step', scale: 'linear' },
      y: { label: 'loss', scale: 'log' },
      ...{ draw: 'curves', colorBy: 'line' },
      observe: (run) => [
        ...curveOf('its own images', run, (i) => valueAt(run, 'loss', i), true),
        ...curveOf('held-out images', run, (i) => valueAt(run, 'testLoss', i), true),
      ],
      theory: () => [],
    },
  ],
  effect: 'same',
  summaries: {
    same: { label: 'likeness from the same noise', scale: 'linear' },
    different: { label: 'likeness from different noise', scale: 'linear' },
    memorised: { label: 'nearer to its own images than to the other’s', scale: 'linear' },
    nearestOwn: { label: 'likeness to the nearest of its own images', scale: 'linear' },
    gaussian: { label: 'likeness to the Gaussian model', scale: 'linear' },
    testLoss: { label: 'loss on held-out images', scale: 'log' },
    loss: { label: 'loss on its own images', scale: 'log' },
  },
  packSize: 2,
  plan(config, options) {
    const steps = number(config, 'steps');
    const every = Math.ceil(steps / RECORDS);
    const architecture = architectureOf(config);
    return {
      program: {
        ...{ kind: 'denoiser', architecture, width: WIDTHS[architecture], layers: BLOCKS },
        ...{ images: number(config, 'images'), batch: BATCH, probe: PROBE, pictures: PICTURES },
        ...{ samplerSteps: SAMPLER_STEPS, noise: options.null ? 'own' : 'shared' },
        ...{ steps, recordEvery: every, checkpointEvery: every },
      },
      hyper: { ...HYPER, learningRate: number(config, 'learningRate'), momentum: 0.9 },
    };
  },
  summarise: (run) => summaryOf(run),
  analyse(runs, { expected, null: isNull }) {
    const statement = isNull ? `${STATEMENT} Even where each begins from its own.` : STATEMENT;
    return analysisOf(statement, runs, expected);
  },
};
