/**
 * Universal representations: networks that see different things of the same world come to order it alike, the
 * more so the better they are. Huh, Cheung, Wang & Isola 2024 find it between vision and language models; here
 * the two modalities are the left and the right halves of handwritten digits, and the networks small ones of
 * three architectures (dense layers, a convolutional network, a transformer on patches; `representations-networks.ts`)
 * and several lengths of training, which share no pixel and no random number.
 *
 * Two stages: networks are trained on either half; then each left one is compared with each right one of the
 * same seed and length of training, by the states that their volunteers committed (`comparison.ts`).
 *
 * What is judged is the excess: mutual nearest neighbours of the trained pair less those of the same pair as
 * drawn. Untrained networks of random weights are aligned already, because the halves are, and the more so the
 * wider they are, which is nothing that they learnt. The probe is one and the same for all pairs, as the number
 * falls with its size.
 *
 * The verdict asks whether the excess rises with what the pair can do, its mean share of held-out digits that
 * are classified rightly, by rank correlation over all pairs; and again over those pairs alone whose two networks
 * are of different architectures, where nothing of their build can be what they share. Pairs that share a network
 * are not independent; so the chance is worked out by dealing the performances out anew among networks, not among
 * pairs (Mantel 1967). A grid of one architecture is judged, and stated, without the second part. On seeds
 * 101–103 of the quick grid the correlations were 0.89 and 0.87.
 *
 * What is not shown: that it would be so of networks trained for different ends (both learn the same ten
 * classes), or of much larger ones. Past the best held-out loss the excess falls again (8192 digits learnt by
 * heart): the grid ends before that.
 */
import { COMPARING, HYPER } from '../programs/program.ts';
import { analyseRepresentations, STATEMENT } from './representations-criteria.ts';
import {
  hyperOf,
  isPair,
  NEIGHBOURS,
  NETWORK_LABELS,
  NETWORKS,
  networkOf,
  PROBE,
  STAGES,
  sideOf,
  TRAINED,
} from './representations-networks.ts';
import { columnAt, gained, PANELS, performanceOf } from './representations-panels.ts';
import type { Study } from './study.ts';

const ID = 'universal-representations';
const KIND_CHOICES = NETWORKS.map((value) => ({ value, label: NETWORK_LABELS[value] }));
const WIDTHS = { integer: true, min: 2, max: 256 } as const;

export const universalRepresentations: Study = {
  id: ID,
  version: '2.0.0',
  title: 'Universal representations',
  pillar: 'Universality',
  statement: STATEMENT,
  about:
    'Two networks never see the same pixel: one is shown left halves of digits, the other right halves. Yet what the one finds similar the other finds similar too, more and more as both learn. Networks are trained first; then volunteers compare them, pair by pair.',
  student: {
    see: 'Pairs that climb: the more digits two networks recognise, the more nearest neighbours they have in common, beyond those that they had in common before they learnt anything.',
    matters:
      'If good networks agree on what is like what, whatever they look at, then there is something to agree on, and one network’s features can be read in another’s terms.',
    wrong:
      'Excess alignment that stays where it was as networks become better, or that is as large when the halves are of different digits.',
  },
  references: [
    {
      authors: 'Huh, Cheung, Wang & Isola',
      year: 2024,
      title: 'The Platonic representation hypothesis',
      where:
        'arXiv:2405.07987, §2 (alignment grows with competence) and appendix A (mutual k-nearest neighbours)',
    },
    {
      authors: 'Kornblith, Norouzi, Lee & Hinton',
      year: 2019,
      title: 'Similarity of neural network representations revisited',
      where: 'arXiv:1905.00414, §3 (linear CKA)',
    },
    {
      authors: 'Mantel',
      year: 1967,
      title: 'The detection of disease clustering and a generalized regression approach',
      where: 'Cancer Research 27, 209–220 (permuting members, not pairs)',
    },
  ],
  params: [
    {
      ...{ kind: 'choice', name: 'leftNetwork', label: 'left architecture', choices: KIND_CHOICES },
      help: 'What networks that see left halves are: two dense layers, a small convolutional network, or a small transformer on patches.',
    },
    {
      ...{ kind: 'number', name: 'left', label: 'left width', symbol: 'N₁', ...WIDTHS },
      help: 'Units of each of two dense layers, channels of a convolution, or numbers a patch of a transformer, of networks that see left halves. Each is trained once, and compared with every right one.',
    },
    {
      ...{ kind: 'choice', name: 'rightNetwork', label: 'right architecture' },
      choices: KIND_CHOICES,
      help: 'The same of networks that see right halves.',
    },
    {
      ...{ kind: 'number', name: 'right', label: 'right width', symbol: 'N₂', ...WIDTHS },
      help: 'The same of networks that see right halves.',
    },
    {
      kind: 'number',
      name: 'updates',
      label: 'training steps',
      symbol: 'T',
      help: 'Updates of both networks of a pair. More make them better, up to some thousands; then they learn by heart, and the excess falls.',
      integer: true,
      min: 1,
      max: 20_000,
    },
    {
      kind: 'number',
      name: 'learningRate',
      label: 'learning rate',
      symbol: 'η',
      help: 'Step size of dense networks, under momentum 0.9; Adam has a quarter of it, for the other architectures. At several times 0.02 they soon learn by heart, and the excess falls.',
      integer: false,
      min: 1e-4,
      max: 1,
    },
  ],
  grids: {
    default: {
      params: {
        leftNetwork: NETWORKS,
        left: [16],
        rightNetwork: NETWORKS,
        right: [16],
        updates: [10, 40, 160],
        learningRate: [0.02],
      },
      seeds: [1, 2, 3],
    },
    quick: {
      params: {
        leftNetwork: ['mlp', 'convolutional'],
        left: [16],
        rightNetwork: ['mlp', 'transformer'],
        right: [16],
        updates: [10, 60],
        learningRate: [0.02],
      },
      seeds: [1, 2, 3],
    },
  },
  nullCase: {
    label: 'Halves of different digits',
    explanation:
      'The networks are the same, and as good. But the right one is shown the right half of some other digit, drawn at random: what the two have in common is then chance, trained or not, and has nothing to do with how good they are.',
  },
  panels: PANELS,
  effect: 'excess',
  summaries: {
    excess: { label: 'shared neighbours, trained less untrained', scale: 'linear' },
    performance: { label: 'held-out digits classified rightly, mean of the pair', scale: 'linear' },
    alignment: { label: 'shared neighbours, trained', scale: 'linear' },
    untrained: { label: 'shared neighbours, untrained', scale: 'linear' },
    beyondClass: { label: 'excess beyond the class', scale: 'linear' },
    ckaExcess: { label: 'CKA, trained less untrained', scale: 'linear' },
    accuracy1: { label: 'held-out accuracy of the left network', scale: 'linear' },
    accuracy2: { label: 'held-out accuracy of the right network', scale: 'linear' },
  },
  stages: STAGES,
  packSize: 16,
  plan(config, options) {
    if (!isPair(config)) {
      const side = sideOf(config);
      return { program: networkOf(config, side), hyper: hyperOf(config, side) };
    }
    return {
      program: {
        ...{ ...COMPARING, of: [networkOf(config, 'left'), networkOf(config, 'right')] },
        ...{ probe: { from: TRAINED, count: PROBE }, neighbours: NEIGHBOURS },
        pairing: options.null ? 'shuffled' : 'same',
      },
      hyper: HYPER,
    };
  },
  summarise(run) {
    if (run.outcome.kind !== 'completed') return {};
    if (!isPair(run.config)) {
      const accuracy = columnAt(run, 'testAccuracy', -1);
      return sideOf(run.config) === 'left' ? { accuracy1: accuracy } : { accuracy2: accuracy };
    }
    return {
      ...{ excess: gained(run, 'alignment'), performance: performanceOf(run) },
      ...{ alignment: columnAt(run, 'alignment', -1), untrained: columnAt(run, 'alignment', 0) },
      beyondClass: gained(run, 'alignment') - gained(run, 'classAlignment'),
      ckaExcess: gained(run, 'cka'),
      ...{ accuracy1: columnAt(run, 'accuracy1', -1), accuracy2: columnAt(run, 'accuracy2', -1) },
    };
  },
  analyse: analyseRepresentations,
};
