/** Pictures of quadratic networks in the study beyond-linear. */
import {
  countOf,
  inputsOf,
  isQuadratic,
  leftAt,
  multipleOf,
  RECOVERED,
  rankOf,
  samplesOf,
} from './beyond-linear-quadratic.ts';
import type { Config, Panel, RunRecord, TheoryTrace } from './study.ts';
import { pointOf, tasksOf, traceOf } from './traces.ts';

const LEFT = { label: 'variance of held-out targets that is left', scale: 'log' } as const;

const LINES = { loss: 'trained on', testLoss: 'held out' } as const;

const nameOf = (config: Config) => `d = ${inputsOf(config)}, r = ${rankOf(config)}`;

/** The last of what a run leaves, over some number of its config. */
const lastOver = (x: (config: Config) => number) => (run: RunRecord) =>
  isQuadratic(run.config)
    ? pointOf(nameOf(run.config), run, x(run.config), leftAt(run, 'testLoss'))
    : [];

/** The level below which a teacher counts as recovered, over these values. */
function recoveredOver(cells: readonly Config[], x: (config: Config) => number): TheoryTrace[] {
  const values = cells.filter(isQuadratic).map(x);
  if (values.length === 0) return [];
  return [
    {
      ...{ cell: null, line: 'recovered below', guide: true },
      x: [Math.min(...values), Math.max(...values)],
      y: [RECOVERED, RECOVERED],
    },
  ];
}

export const quadraticPanels: readonly Panel[] = [
  {
    ...{ id: 'recovery', title: 'Samples until a quadratic teacher is recovered', draw: 'points' },
    caption:
      'In multiples of the count n₀ networks of every size fall at about the same place: the number of samples goes as d.',
    ...{ x: { label: 'samples n/n₀', scale: 'linear' }, y: LEFT, colorBy: 'line' },
    observe: lastOver(multipleOf),
    theory: (cells) => recoveredOver(cells, multipleOf),
  },
  {
    ...{ id: 'samples', title: 'The same over samples', draw: 'points', colorBy: 'line' },
    caption:
      'Dots end where all d(d + 1)/2 numbers of a quadratic form are counted: a network that may be any positive form needs fewer.',
    ...{ x: { label: 'samples n', scale: 'log' }, y: LEFT },
    observe: lastOver(samplesOf),
    theory: (cells) => [
      ...recoveredOver(cells, samplesOf),
      ...tasksOf(cells, (c) => (isQuadratic(c) ? [c.inputs] : null)).map(
        ({ config, cells: same }): TheoryTrace => {
          const d = inputsOf(config);
          const all = countOf(d, d - 1);
          return {
            ...{ cell: null, cells: same, line: `d(d + 1)/2, d = ${d}`, guide: true },
            ...{ x: [all, all], y: [RECOVERED, 1] },
          };
        },
      ),
    ],
  },
  {
    ...{ id: 'training', title: 'What training leaves', draw: 'curves', colorBy: 'cell' },
    caption:
      'What a run trains on it fits, always. On held-out samples the rest falls without end where there are enough, and stays where another network fits too few as well.',
    ...{ x: { label: 'steps an input', scale: 'log' } },
    y: { ...LEFT, label: 'variance of targets that is left' },
    observe(run) {
      if (!isQuadratic(run.config)) return [];
      const d = inputsOf(run.config);
      const steps = [...run.series.steps];
      return (['loss', 'testLoss'] as const).flatMap((column) => {
        // The start has no place on a logarithmic axis.
        const left = (row: number) => (row > 0 ? leftAt(run, column, row) : Number.NaN);
        const points = steps.map((step, row) => [step / d, left(row)] as const);
        return traceOf(LINES[column], points, true);
      });
    },
    theory: (cells) => {
      const d = cells.filter(isQuadratic).map(inputsOf);
      return d.length === 0
        ? []
        : [
            {
              ...{ cell: null, line: 'as steps^−2', guide: true },
              ...{ x: [30, 300], y: [1e-3, 1e-5] },
            },
          ];
    },
  },
];
