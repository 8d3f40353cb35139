/**
 * Nonlinear networks in high dimension, where a few numbers tell all. Two that are solved: the soft committee machine,
 * whose overlaps with its teacher follow ordinary differential equations (Saad & Solla 1995), and single-index models,
 * where the first Hermite polynomial of the target says how many samples it takes to find one direction (Ben Arous,
 * Gheissari & Jagannath 2021). Both see every input once. What is judged, and how its bands were found, stands in
 * `beyond-linear-criteria.ts`; the third of the text, networks of quadratic units and their threshold in n/d, is not
 * here.
 */
import { HYPER } from '../programs/program.ts';
import { analysisOf, summaryOf } from './beyond-linear-criteria.ts';
import { panels } from './beyond-linear-panels.ts';
import {
  dimensionOf,
  firstOverlap,
  REPLICAS,
  rateOf,
  START,
  scheduleOf,
  TASKS,
  taskOf,
} from './beyond-linear-tasks.ts';
import type { Study } from './study.ts';

const STATEMENT =
  'In high dimension nonlinear networks follow closed equations: the overlaps of a committee machine with its teacher stay as near to them as d^−½, and the time to find the direction of a single-index target grows with d as its information exponent says.';

/** A run is committed so often that a verifier replays a small part of it. */
const COMMITS = 10;

export const beyondLinear: Study = {
  id: 'beyond-linear',
  version: '1.0.0',
  title: 'Beyond linear, in high dimension',
  pillar: 'Solvable settings',
  statement: STATEMENT,
  about:
    'Two nonlinear networks that are solved exactly when their inputs have very many dimensions. One learns its teacher’s units alike, stays on a plateau, and then each unit takes a teacher of its own. The other looks for one direction, and the shape of the target alone says how long it will see nothing.',
  student: {
    see: 'Points of real trainings on curves that were drawn before them: overlaps that wait on a plateau and then part, and times until a direction is found that grow as d, d log d and d².',
    matters:
      'A network of thousands of weights is told by a handful of numbers. That is what a theory of learning would be for larger ones, and it explains why training can look stuck and then is not.',
    wrong:
      'Overlaps whose distance from the equations does not shrink as one over the root of the dimension, or a cubic target that is found as soon as a linear one.',
  },
  references: [
    {
      authors: 'Saad & Solla',
      year: 1995,
      title: 'On-line learning in soft committee machines',
      where: 'Physical Review E 52, 4225 (equations of R and Q, their integrals, plateau)',
    },
    {
      authors: 'Ben Arous, Gheissari & Jagannath',
      year: 2021,
      title:
        'Online stochastic gradient descent on non-convex losses from high-dimensional inference',
      where: 'JMLR 22(106), arXiv:2003.10409 (information exponent)',
    },
    {
      authors: 'Goldt, Advani, Saxe, Krzakala & Zdeborová',
      year: 2019,
      title:
        'Dynamics of stochastic gradient descent for two-layer neural networks in the teacher-student setup',
      where: 'arXiv:1906.08632 (the equations hold as d → ∞; more students than teachers)',
    },
  ],
  params: [
    {
      kind: 'choice',
      name: 'task',
      label: 'network and target',
      help: 'A committee with as many students as teachers, or one more; or one direction, seen through the Hermite polynomial of degree k, which hides it the better the higher its degree.',
      choices: Object.entries(TASKS).map(([value, { label }]) => ({ value, label })),
    },
    {
      ...{ kind: 'number', name: 'dimension', label: 'dimension of the inputs', symbol: 'd' },
      ...{ integer: true, min: 32, max: 1000 },
      help: 'The theory is that of infinitely many. An exponent needs two. Cubic targets take steps as d²: no run has more than a million.',
    },
    {
      ...{ kind: 'number', name: 'rate', label: 'step size, as a multiple of the task’s own' },
      ...{ integer: false, min: 0.25, max: 2 },
      help: 'Larger steps are noisier: a committee then ends with a larger error, as its equations say.',
    },
    {
      ...{ kind: 'number', name: 'length', label: 'length, as a multiple of the usual' },
      ...{ integer: false, min: 0.05, max: 4 },
      help: 'Usual are 60 samples a dimension for committees, and for one direction four times the predicted time, or one and a half times where the target is cubic.',
    },
  ],
  grids: {
    default: {
      params: {
        task: ['committee', 'wide', 'linear', 'quadratic', 'cubic'],
        ...{ dimension: [32, 64, 128, 256], rate: [1], length: [1] },
      },
      seeds: [1, 2, 3, 4],
    },
    quick: {
      params: {
        task: ['committee', 'linear', 'quadratic', 'cubic'],
        ...{ dimension: [32, 64, 128], rate: [1], length: [1] },
      },
      seeds: [1, 2, 3, 4],
    },
  },
  nullCase: {
    label: 'Labels of other inputs',
    explanation:
      'Gives every input the label of another one. There is nothing left to learn: committees stay away from their teacher, no direction is ever found, and the verdict must fail.',
  },
  panels,
  summaries: {
    scaled: {
      label: '√d times the largest deviation of an order parameter, mean of replicas',
      scale: 'log',
    },
    deviation: { label: 'largest deviation of an order parameter, mean of replicas', scale: 'log' },
    time: { label: 'steps until the direction is found, median of replicas', scale: 'log' },
    ratio: { label: 'those steps over the predicted ones', scale: 'log' },
    found: { label: 'share of replicas that find the direction', scale: 'linear' },
  },
  packSize: 1,
  plan(config, options) {
    const task = taskOf(config);
    const { steps, recordEvery } = scheduleOf(config);
    const committee = task.kind === 'committee';
    const records = Math.ceil(steps / recordEvery);
    return {
      program: {
        ...{ kind: 'online', dimension: dimensionOf(config) },
        model: committee
          ? { kind: 'committee', students: task.students, teachers: task.teachers }
          : { kind: 'single-index', degree: task.degree },
        replicas: REPLICAS[task.kind],
        overlap: committee ? START.overlap : firstOverlap(config),
        labels: options.null ? 'other' : 'own',
        ...{ steps, recordEvery },
        checkpointEvery: recordEvery * Math.max(1, Math.round(records / COMMITS)),
      },
      hyper: { ...HYPER, learningRate: rateOf(config), initScale: START.norm },
    };
  },
  summarise: summaryOf,
  analyse(runs, { expected, null: isNull }) {
    const statement = isNull ? `${STATEMENT} Even with labels of other inputs.` : STATEMENT;
    return analysisOf(statement, runs, expected);
  },
};
