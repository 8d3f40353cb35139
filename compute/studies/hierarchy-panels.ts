/** The figure of random hierarchies: errors over data, on their own axes and on those of the law, and P* over n_c m^L. */
import { LEARNT, learningCurve, neededData } from './hierarchy-criteria.ts';
import { hierarchyOf, lawOf, samplesOf } from './hierarchy-tasks.ts';
import type { Config, Panel } from './study.ts';
import { moved, pointOf, spanOf, traceOf } from './traces.ts';

const ERROR = { label: 'error on new strings over that of guessing', scale: 'linear' } as const;

const tasksIn = (cells: readonly Config[]) => cells.flatMap((c) => hierarchyOf(c)?.task ?? []);

export const HIERARCHY_PANELS: readonly Panel[] = [
  {
    id: 'hierarchy',
    title: 'Learning random hierarchies',
    caption:
      'Networks on more and more strings of the same rules, one line a hierarchy. Divided by n_c m^L these lines should be one.',
    x: { label: 'strings P that are trained on', scale: 'log' },
    y: { ...ERROR, include: [0, 1] },
    ...{ draw: 'curves', colorBy: 'cell' },
    observe: (run) =>
      run.outcome.kind === 'completed' ? traceOf('error', learningCurve(run)) : [],
    theory(cells) {
      const amounts = tasksIn(cells).flatMap(samplesOf);
      if (amounts.length === 0) return [];
      const line = 'learnt: a tenth of guessing';
      return [{ cell: null, line, x: spanOf(amounts), y: [LEARNT, LEARNT], guide: true }];
    },
    collapse: {
      x: { label: 'P / (n_c m^L)', scale: 'log' },
      y: ERROR,
      caption:
        'What differs in hierarchies is divided out: their learning curves should lie on one.',
      source: 'Cagnetta et al. 2023, arXiv:2307.02129',
      onto: 'curve',
      rescale(config, trace) {
        const hierarchy = hierarchyOf(config);
        if (hierarchy === null) return null;
        return moved('hierarchies', trace, (x, y) => [x / lawOf(hierarchy.task), y]);
      },
    },
  },
  {
    id: 'needed',
    title: 'Data that a hierarchy takes',
    caption: 'Each point is one set of rules: strings until its error is a tenth of guessing.',
    x: { label: 'n_c m^L', scale: 'log' },
    y: { label: 'strings P* that it takes', scale: 'log' },
    ...{ draw: 'points', colorBy: 'line' },
    observe(run) {
      const hierarchy = hierarchyOf(run.config);
      if (hierarchy === null) return [];
      const needed = neededData(learningCurve(run)) ?? Number.NaN;
      return pointOf(`L = ${hierarchy.task.levels}`, run, lawOf(hierarchy.task), needed);
    },
    theory(cells) {
      const laws = tasksIn(cells).map(lawOf);
      if (laws.length === 0) return [];
      const ends = spanOf(laws);
      // The law has no prefactor of its own: the line is for its slope.
      const y = ends.map((v) => 3 * v);
      return [{ cell: null, line: '∝ n_c m^L', x: ends, y, guide: true }];
    },
  },
];
