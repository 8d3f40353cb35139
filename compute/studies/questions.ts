/**
 * Questions that the field calls open (“There will be a scientific theory of deep learning”,
 * arXiv:2604.21691, open directions), and the studies that bear on them. Whoever opens an investigation
 * may open it for one of them.
 */

export const QUESTION_IDS = [
  'solvable-depth',
  'natural-data',
  'exponents',
  'features',
  'finite-and-infinite',
] as const;
export type QuestionId = (typeof QUESTION_IDS)[number];

export interface Question {
  readonly id: QuestionId;
  readonly title: string;
  /** What is known, what is not, and what an investigation here can add. */
  readonly about: string;
  /** Ids of studies; some may not be offered by this version. */
  readonly studies: readonly string[];
}

export const QUESTIONS: readonly Question[] = [
  {
    id: 'solvable-depth',
    title: 'Which networks that are both deep and nonlinear can be solved?',
    about:
      'Deep linear networks are solved exactly, and so are shallow nonlinear ones in high dimension and wide ones that stay lazy. Nothing comparable is known where depth and nonlinearity act together. Leave the solved corner one step at a time, and see where its curves stop to fit.',
    studies: ['deep-linear', 'beyond-linear', 'ntk', 'lazy-rich', 'infinite-depth'],
  },
  {
    id: 'natural-data',
    title: 'What is it about natural data that makes them learnable?',
    about:
      'Spectra that fall as power laws, and a hierarchy of parts, are found in images and text alike. Which of these matter for what a network learns, and when, has no theory yet. Train on digits, on noise with their spectrum, and on neither.',
    studies: ['ntk', 'neural-collapse', 'universal-data', 'universal-biases', 'scaling-laws'],
  },
  {
    id: 'exponents',
    title: 'Can the exponents of scaling laws be predicted before training?',
    about:
      'Loss falls as a power of data, size and compute so regularly that large trainings are planned by it. In solvable models the exponent follows from the spectrum of the data; for networks that learn features it is only measured.',
    studies: ['scaling-laws', 'ntk', 'infinite-width', 'mup'],
  },
  {
    id: 'features',
    title: 'What is a feature, and what is a circuit?',
    about:
      'Interpretability speaks of both, and finds them, without a definition that a theory could start from. Where a network provably learns few things (a teacher’s neurons, the frequencies of a modular sum, a head that copies) candidates can be tested.',
    studies: [
      'lazy-rich',
      'neural-collapse',
      'grokking',
      'induction-heads',
      'universal-representations',
    ],
  },
  {
    id: 'finite-and-infinite',
    title: 'Are finite networks approximations of infinite ones?',
    about:
      'With the right scaling, wide networks seem to approach a limit as a finer grid approaches a continuous system. How fast, how late in training, and where it fails, is measured in few places.',
    studies: ['infinite-width', 'ntk', 'mup', 'infinite-depth', 'lazy-rich'],
  },
];
