/**
 * Scaling laws: the loss falls as a power of parameters, data and compute. In a linear model on inputs whose covariance
 * is a power law the exponents follow from the spectrum, and are drawn before the first run; of networks on real data
 * they are measured, and the law of the small ones must foretell the large one.
 */

import { meanOf } from '../analysis/law-fit.ts';
import { powerLawWithFloor } from '../analysis/laws.ts';
import { analysisOf } from './criteria.ts';
import { withCriteria } from './scaling-criteria.ts';
import { finalLoss, PANELS, ratioOf } from './scaling-panels.ts';
import {
  dataOf,
  isMeasured,
  MOST_DATA,
  SETTINGS,
  settingIdOf,
  settingOf,
  sizeOf,
} from './scaling-settings.ts';
import type { RunSummary, SizeLaw, Study } from './study.ts';

const SOLVED =
  'in the solvable model the loss falls with data, size and training time by the exponents that its spectrum predicts, within 0.05';
const FORETOLD =
  'the law L = E + A N^−α + B D^−β of the smaller three quarters of trained networks foretells the loss of the largest within its 90% interval';

/** The sentence, of the settings that are trained. */
function statementOf(runs: readonly RunSummary[]): string {
  const ids = new Set(runs.map((r) => settingIdOf(r.config)));
  const [solved, measured] = [false, true].map((is) =>
    [...ids].some((id) => isMeasured(id) === is),
  );
  const parts = [
    ...(solved || !measured ? [SOLVED] : []),
    ...(measured || !solved ? [FORETOLD] : []),
  ];
  const sentence = parts.join('; and ');
  return `${sentence[0]?.toUpperCase()}${sentence.slice(1)}.`;
}

/** Of trained networks only: the solvable model is predicted by its theory. */
const LOSS_LAW: SizeLaw = {
  ...{ parameter: 'size', x: (size) => size, over: [], law: powerLawWithFloor },
  ...{ of: 'the loss', label: 'size', panel: 'size', lines: [] },
  measure(runs) {
    if (runs.some((r) => !isMeasured(settingIdOf(r.config)))) return null;
    const losses = runs.flatMap((r) => r.summary.loss ?? []);
    return losses.length === 0 ? null : meanOf(losses);
  },
};

const DATA = [64, 128, 256, 512];

export const scalingLaws: Study = {
  id: 'scaling-laws',
  version: '1.1.0',
  title: 'Scaling laws',
  pillar: 'Simple laws',
  statement: statementOf([]),
  about:
    'Loss falls as a power of parameters, data and compute, so regularly that large trainings are planned by small ones. In a linear model the exponents follow from the spectrum of the data; here they are predicted first, then measured, and beside them those of networks that read digits, and of transformers that read a novel letter by letter.',
  student: {
    see: 'Straight lines on logarithmic axes, one a size or an amount of data. Those of the solvable model lie on lines that were drawn before any run; each bends where something else begins to bind.',
    matters:
      'Whoever trains a large model decides by such a law how large it should be and how much data it needs, years of computation ahead.',
    wrong:
      'An exponent off by more than 0.05 from what the spectrum says, or a largest network outside of the interval that the smaller ones foretell. With shuffled labels, or letters in no order, there is no law at all.',
  },
  references: [
    {
      ...{ authors: 'Bahri, Dyer, Kaplan, Lee & Sharma', year: 2021 },
      title: 'Explaining neural scaling laws',
      where: 'arXiv:2102.06701 (variance- and resolution-limited scaling; exponents from spectra)',
    },
    {
      ...{ authors: 'Maloney, Roberts & Sully', year: 2022 },
      title: 'A solvable model of neural scaling laws',
      where: 'arXiv:2210.16859 (power-law spectra; N and D as the two bottlenecks, together)',
    },
    {
      ...{ authors: 'Bordelon & Pehlevan', year: 2022 },
      title: 'Learning curves for SGD on structured features',
      where: 'arXiv:2106.02713 (expected loss of online descent, mode by mode)',
    },
    {
      ...{ authors: 'Simon, Dickens, Karkada & DeWeese', year: 2021 },
      title:
        'The eigenlearning framework: a conservation law perspective on kernel regression and wide neural networks',
      where: 'arXiv:2110.03922 (the eigenlearning equations: 𝓛, κ and test error)',
    },
    {
      authors: 'Hoffmann, Borgeaud, Mensch et al.',
      year: 2022,
      title: 'Training compute-optimal large language models',
      where:
        'arXiv:2203.15556, §3.3, eqs. 2–4 (the law in N and D, its fit, the best N for a compute)',
    },
    {
      ...{ authors: 'Kaplan, McCandlish, Henighan et al.', year: 2020 },
      title: 'Scaling laws for neural language models',
      where: 'arXiv:2001.08361, §2.1 (compute C = 6 N D; transformers that learn a text)',
    },
    {
      ...{ authors: 'Besiroglu, Erdil, Barnett & You', year: 2024 },
      title: 'Chinchilla scaling: a replication attempt',
      where: 'arXiv:2404.10102 (how intervals of such fits go wrong)',
    },
  ],
  published: {
    value: 'L = 1.82 + 482 N^−0.348 + 2085 D^−0.366 (language models)',
    source: 'Besiroglu et al. 2024, arXiv:2404.10102, of the runs of Hoffmann et al. 2022',
  },
  params: [
    {
      kind: 'choice',
      name: 'setting',
      label: 'setting',
      help: 'The solvable model, on a stream of fresh samples or on kept ones until nothing changes; networks on handwritten digits; or transformers on the letters of a novel.',
      choices: SETTINGS.map((value) => ({ value, label: settingOf({ setting: value }).label })),
    },
    {
      ...{ kind: 'number', name: 'size', label: 'size', symbol: 's', integer: true },
      help: 'Hidden units of a network; of a transformer, four for each dimension beyond two. In the solvable model four modes are seen for each, of 1024.',
      ...{ min: 8, max: 256 },
    },
    {
      ...{ kind: 'number', name: 'data', label: 'data', symbol: 'T', integer: true },
      help: 'Batches of 32 samples each, or 512 letters, one an update, so that more data are a longer training. Where samples are kept, two for each.',
      ...{ min: 8, max: MOST_DATA },
    },
  ],
  grids: {
    default: {
      params: { setting: [...SETTINGS], size: [8, 16, 32, 64, 128], data: DATA },
      seeds: [1, 2, 3, 4],
    },
    quick: {
      params: { setting: ['online', 'kept', 'mnist'], size: [8, 16, 32, 64], data: DATA },
      seeds: [1, 2, 3],
    },
  },
  nullCase: {
    label: 'Shuffled labels',
    explanation:
      'Gives every input the label of another, and puts the letters of the novel in no order. There is nothing to learn, more data and more parameters do not help, and the verdict must fail.',
  },
  panels: PANELS,
  effect: 'loss',
  summaries: {
    loss: { label: 'loss on new data', scale: 'log' },
    ratio: { label: 'loss over that of theory', scale: 'log' },
  },
  size: LOSS_LAW,
  packSize: 8,
  plan: (config, options) => settingOf(config).plan(sizeOf(config), dataOf(config), options),
  summarise(run) {
    const loss = finalLoss(run);
    const whole = run.outcome.kind === 'completed' && loss > 0;
    return { loss: whole ? loss : null, ratio: whole ? ratioOf(run) : null };
  },
  analyse(runs, { expected }) {
    const { criteria, more } = withCriteria(runs, runs.length >= expected);
    return analysisOf(statementOf(runs), criteria, runs, expected, more);
  },
};
