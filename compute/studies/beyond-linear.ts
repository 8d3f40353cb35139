/**
 * Nonlinear networks in high dimension, where a few numbers tell all. Two that are solved: the soft committee machine,
 * whose overlaps with its teacher follow ordinary differential equations (Saad & Solla 1995), and single-index models,
 * where the first Hermite polynomial of the target says how many samples it takes to find one direction (Ben Arous,
 * Gheissari & Jagannath 2021). Both see every input once; what is judged of them, and how its bands were found, stands
 * in `beyond-linear-criteria.ts`. The third are networks of quadratic units on fixed samples, and the number of samples
 * from which they recover their teacher: `beyond-linear-quadratic.ts` and `beyond-linear-threshold.ts`.
 */
import { HYPER } from '../programs/program.ts';
import { analysisOf, summaryOf } from './beyond-linear-criteria.ts';
import { panels } from './beyond-linear-panels.ts';
import { isQuadratic, quadraticPlan, STAGES } from './beyond-linear-quadratic.ts';
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
  'In high dimension a few numbers tell what nonlinear networks do: the overlaps of a committee machine with its teacher stay as near to closed equations as d^−½, the time to find the direction of a single-index target grows with d as its information exponent says, and the samples that quadratic units need to recover their teacher grow as d, not as the d² numbers of a quadratic form.';

/** A run is committed so often that a verifier replays a small part of it. */
const COMMITS = 10;

export const beyondLinear: Study = {
  id: 'beyond-linear',
  version: '1.1.0',
  title: 'Beyond linear, in high dimension',
  pillar: 'Solvable settings',
  statement: STATEMENT,
  about:
    'Three nonlinear networks of which theory speaks when their inputs have very many dimensions. One learns its teacher’s units alike, stays on a plateau, and then each unit takes a teacher of its own. One looks for a direction, and the shape of the target alone says how long it will see nothing. One, of quadratic units, has more weights than samples and yet recovers its teacher, from some number of samples on.',
  student: {
    see: 'Points of real trainings on curves that were drawn before them: overlaps that wait on a plateau and then part, and times until a direction is found that grow as d, d log d and d². Quadratic networks fit too few samples and know nothing of others; with more they know all.',
    matters:
      'A network of thousands of weights is told by a handful of numbers. That is what a theory of learning would be for larger ones, and it explains why training can look stuck and then is not.',
    wrong:
      'Overlaps whose distance from the equations does not shrink as one over the root of the dimension, a cubic target that is found as soon as a linear one, or quadratic units that need as many samples as a quadratic form has numbers.',
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
    {
      authors: 'Sarao Mannelli, Vanden-Eijnden & Zdeborová',
      year: 2020,
      title:
        'Optimization and generalization of shallow neural networks with quadratic activation functions',
      where:
        'arXiv:2006.15459 (no spurious minima of wide students from some number of samples on)',
    },
    {
      authors: 'Gamarnik, Kızıldağ & Zadik',
      year: 2025,
      title:
        'Stationary points of a shallow neural network with quadratic activations and the global optimality of the gradient descent algorithm',
      where:
        'Mathematics of Operations Research 50, 209–251 (when every minimizer on the samples generalizes, whatever the teacher)',
    },
    {
      authors: 'Candès & Li',
      year: 2014,
      title:
        'Solving quadratic equations via PhaseLift when there are about as many equations as unknowns',
      where: 'arXiv:1208.6247 (a form of rank one is recovered from samples in proportion to d)',
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
      help: 'Usual are 60 samples a dimension for committees, and for one direction four times the predicted time, or one and a half times where the target is cubic; for quadratic networks 300 updates an input.',
    },
    {
      ...{ kind: 'number', name: 'inputs', label: 'inputs of quadratic networks', symbol: 'D' },
      ...{ integer: true, min: 4, max: 40 },
      help: 'As many units has the student. An exponent needs two. A run’s work goes as the fourth power.',
    },
    {
      ...{ kind: 'number', name: 'rank', label: 'units of the quadratic teacher', symbol: 'r' },
      ...{ integer: true, min: 1, max: 4 },
      help: 'The rank of its quadratic form. It takes more samples to recover the more units it has.',
    },
    {
      ...{
        kind: 'number',
        name: 'samples',
        label: 'samples of quadratic networks',
        symbol: 'n/n₀',
      },
      ...{ integer: false, min: 0.2, max: 4 },
      help: 'In multiples of n₀ = (r + 1)D − r(r + 1)/2, the free numbers of a form of rank r + 1. Few and ample ones are needed, and some between.',
    },
  ],
  grids: {
    default: {
      params: {
        task: ['committee', 'wide', 'linear', 'quadratic', 'cubic'],
        ...{ dimension: [32, 64, 128, 256], rate: [1], length: [1] },
        ...{ inputs: [12, 20, 32], rank: [1, 3], samples: [0.6, 0.8, 1, 1.2, 1.4, 1.8] },
      },
      seeds: [1, 2, 3, 4],
    },
    quick: {
      params: {
        task: ['committee', 'linear', 'quadratic', 'cubic'],
        ...{ dimension: [32, 64, 128], rate: [1], length: [1] },
        ...{ inputs: [8, 20], rank: [3], samples: [0.6, 1, 1.4, 1.8] },
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
    unexplained: { label: 'variance of held-out targets that is left, as a share', scale: 'log' },
    recovered: { label: 'whether the teacher of quadratic units is recovered', scale: 'linear' },
  },
  packSize: 1,
  stages: STAGES,
  plan(config, options) {
    if (isQuadratic(config)) return quadraticPlan(config, options);
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
