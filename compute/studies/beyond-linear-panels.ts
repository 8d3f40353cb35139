/** The figure of the study beyond-linear. */
import { mean, median } from '../analysis/stats.ts';
import { ofReplica, replicaColumns } from '../programs/program.ts';
import { deviationOf, foundAt, replicasOf } from './beyond-linear-criteria.ts';
import { isQuadratic } from './beyond-linear-quadratic.ts';
import { quadraticPanels } from './beyond-linear-quadratic-panels.ts';
import {
  alphasOf,
  type CommitteeTask,
  dimensionOf,
  escapeCurve,
  escapeTime,
  FOUND,
  type IndexTask,
  orderTheory,
  taskOf,
} from './beyond-linear-tasks.ts';
import type { Config, Panel, RunRecord, TheoryTrace } from './study.ts';
import { between, pointOf, spanOf, tasksOf, traceOf, valueAt } from './traces.ts';

/** Points of a predicted curve over α. */
const CURVE_POINTS = 61;

/** The committee of a cell, or null. */
function committeeOf(config: Config): CommitteeTask | null {
  if (isQuadratic(config)) return null;
  const task = taskOf(config);
  return task.kind === 'committee' ? task : null;
}

function indexOf(config: Config): IndexTask | null {
  if (isQuadratic(config)) return null;
  const task = taskOf(config);
  return task.kind === 'single-index' ? task : null;
}

/** Columns of one replica of a committee that begin so; its loss, which is the run's own. */
const columnsWith = ({ students, teachers }: CommitteeTask, letter: string): readonly string[] =>
  letter === 'loss'
    ? ['loss']
    : replicaColumns({ kind: 'committee', students, teachers }).filter((c) => c.startsWith(letter));

/** A column's mean over replicas at a record. */
const meanAt = (run: RunRecord, name: string, row: number) =>
  name === 'loss'
    ? valueAt(run, name, row)
    : mean(replicasOf(run).map((i) => valueAt(run, ofReplica(name, i), row)));

/** Curves over α of some columns; theory once for all dimensions of a task. */
function alphaPanel(
  own: Pick<Panel, 'id' | 'title' | 'caption' | 'y' | 'colorBy'>,
  letter: string,
): Panel {
  const positive = own.y.scale === 'log';
  return {
    ...own,
    x: { label: 'samples a dimension α', scale: 'linear' },
    draw: 'curves',
    observe(run: RunRecord) {
      const task = committeeOf(run.config);
      if (task === null) return [];
      const d = dimensionOf(run.config);
      return columnsWith(task, letter).flatMap((name) =>
        traceOf(
          name,
          [...run.series.steps].map((step, row) => [step / d, meanAt(run, name, row)]),
          positive,
        ),
      );
    },
    theory: (cells) =>
      tasksOf(cells, (c) => (committeeOf(c) === null ? null : [c.task, c.rate, c.length])).flatMap(
        ({ config, cells: same }): TheoryTrace[] => {
          const task = committeeOf(config);
          if (task === null) return [];
          const last = alphasOf(config).at(-1) ?? 0;
          const x = Array.from({ length: CURVE_POINTS }, (_, i) => (i * last) / (CURVE_POINTS - 1));
          const orders = orderTheory(config, task, x);
          return columnsWith(task, letter).map((name) => ({
            ...{ cell: null, cells: same, line: name, x },
            y: orders.map((order) => order[name] ?? Number.NaN),
          }));
        },
      ),
  };
}

const DIMENSION = { label: 'dimension d', scale: 'log' } as const;

export const panels: readonly Panel[] = [
  alphaPanel(
    {
      ...{ id: 'overlaps', title: 'Each student’s overlap with each teacher', colorBy: 'line' },
      caption:
        'First all students learn all teachers alike and wait on a plateau; then each takes one. Curves: the equations of infinite dimension.',
      y: { label: 'R = J·B', scale: 'linear', include: [0, 1] },
    },
    'R',
  ),
  alphaPanel(
    {
      ...{ id: 'lengths', title: 'Students’ overlaps with each other', colorBy: 'line' },
      caption: 'Those with themselves go to the teachers’ length, one; the others to zero.',
      y: { label: 'Q = J·J′', scale: 'linear', include: [0, 1] },
    },
    'Q',
  ),
  alphaPanel(
    {
      ...{ id: 'error', title: 'Generalization error', colorBy: 'cell' },
      caption: 'Flat on the plateau, and falling when units part.',
      y: { label: '½ (student − teacher)²', scale: 'log' },
    },
    'loss',
  ),
  {
    ...{ id: 'deviation', title: 'Distance from infinite dimension', draw: 'points' },
    caption:
      'The largest distance of an order parameter from its equation, mean of a run’s replicas: as d^−½.',
    ...{ x: DIMENSION, y: { label: 'max |ΔR|, |ΔQ|', scale: 'log' }, colorBy: 'line' },
    observe(run) {
      const task = committeeOf(run.config);
      if (task === null) return [];
      return pointOf(task.label, run, dimensionOf(run.config), deviationOf(run));
    },
    theory(cells) {
      const own = cells.filter((c) => committeeOf(c) !== null);
      if (own.length === 0) return [];
      const x = spanOf(own.map(dimensionOf));
      const y = x.map((d) => 3 / Math.sqrt(d));
      return [{ cell: null, line: 'at most, 3/√d', x, y, guide: true }];
    },
  },
  {
    ...{ id: 'escape', title: 'Time to find one direction', draw: 'points', colorBy: 'line' },
    caption: `Steps until the overlap is ${FOUND}, median of a run’s replicas. Curves: what drift alone takes, with no constant fitted.`,
    ...{ x: DIMENSION, y: { label: 'steps', scale: 'log' } },
    observe(run) {
      const task = indexOf(run.config);
      const time = task === null ? null : foundAt(run);
      if (task === null || time === null) return [];
      return pointOf(task.label, run, dimensionOf(run.config), time);
    },
    theory: (cells) =>
      tasksOf(cells, (c) => (indexOf(c) === null ? null : [c.task, c.rate])).flatMap(
        ({ config, cells: same }): TheoryTrace[] => {
          const x = between(
            same.map((i) => dimensionOf(cells[i] ?? config)),
            9,
          );
          const y = x.map((dimension) => escapeTime({ ...config, dimension }));
          return [{ cell: null, cells: same, line: taskOf(config).label, x, y }];
        },
      ),
  },
  {
    ...{ id: 'overlap', title: 'Overlap with the direction', draw: 'curves', colorBy: 'cell' },
    caption:
      'Over the predicted time all curves would be found at one. Degree three waits longest near nothing.',
    x: { label: 'steps / predicted time', scale: 'linear' },
    y: { label: 'overlap', scale: 'linear', include: [0, 1] },
    observe(run) {
      const task = indexOf(run.config);
      if (task === null) return [];
      const unit = escapeTime(run.config);
      const points = [...run.series.steps].map(
        (step, row) =>
          [
            step / unit,
            median(replicasOf(run).map((i) => valueAt(run, ofReplica('overlap', i), row))),
          ] as const,
      );
      return traceOf(task.label, points);
    },
    theory: (cells) =>
      cells.flatMap((config, cell): TheoryTrace[] => {
        const task = indexOf(config);
        if (task === null) return [];
        const { steps, overlaps } = escapeCurve(config);
        const unit = steps.at(-1) ?? 1;
        return [{ cell, line: task.label, x: steps.map((t) => t / unit), y: overlaps }];
      }),
  },
  ...quadraticPanels,
];
