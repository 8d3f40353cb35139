/**
 * Induction heads: on repeated random sequences a transformer of two attention layers learns to look back to
 * what followed the same symbol before, and to copy it. It learns so all at once: loss on repeats, flat for
 * long, falls within a small part of the time passed, and at that very time a head's attention turns to where
 * the copy stands (Olsson et al. 2022). One layer cannot: a head sees symbols, not what came before them.
 * What is left to it is to know which symbols a sequence has, and that loss is known beforehand. What is
 * judged, and how its bands were found, stands in `induction-criteria.ts`.
 */
import { leastFirstLoss, orderlessRepeatLoss } from '../analysis/repeats.ts';
import { HYPER } from '../programs/program.ts';
import { number } from './criteria.ts';
import {
  analysisOf,
  fallenTo,
  formed,
  layersOf,
  rankedHeads,
  summaryOf,
  taskOf,
} from './induction-criteria.ts';
import type { Config, Study } from './study.ts';
import { curveOf, distinctBy, pointOf, valueAt } from './traces.ts';

const BATCH = 16;
const PROBE = 32;
/** Sharp enough for a change that takes a tenth of a run. */
const RECORDS = 25;
const MOMENTUM = 0.9;

const STATEMENT =
  'With two attention layers a head that looks up what followed the same symbol before forms all at once, and with it the loss on repeats is gone; with one layer it stays at what counting symbols gives.';

const lastStep = (cells: readonly Config[]) => Math.max(...cells.map((c) => number(c, 'steps')));
const whole = { label: 'training step', scale: 'linear' } as const;

export const inductionHeads: Study = {
  id: 'induction-heads',
  version: '1.0.0',
  title: 'Induction heads',
  pillar: 'Bridge to interpretability',
  statement: STATEMENT,
  about:
    'A small transformer reads random symbols that repeat with a period it is not told. For long it learns nearly nothing. Then, within a few steps, one of its attention heads starts to look at what followed the same symbol the last time, and from then on it foretells every repeat.',
  student: {
    see: 'Two losses that start together: on new symbols it stays, on repeated ones it suddenly drops, at the moment at which one head’s score rises.',
    matters:
      'It is one of the few things inside a transformer that we can read like a circuit: two heads in two layers that together look up and copy. Language models have it too, and learn from their context with it.',
    wrong:
      'Two layers that never form such a head, a head that forms long before or after the loss falls, or one layer that foretells repeats as well.',
  },
  references: [
    {
      authors: 'Olsson et al.',
      year: 2022,
      title: 'In-context learning and induction heads',
      where:
        'arXiv:2209.11895 (the phase change, scores of heads, one layer against two); here on random sequences alone',
    },
    {
      authors: 'Elhage et al.',
      year: 2021,
      title: 'A mathematical framework for transformer circuits',
      where:
        'transformer-circuits.pub/2021/framework (attention-only layers, copying by eigenvalues, why it takes two layers)',
    },
  ],
  params: [
    {
      ...{ kind: 'number', name: 'layers', label: 'layers', symbol: 'L', integer: true },
      ...{ min: 1, max: 4 },
      help: 'Attention layers. It takes two: the first tells each place which symbol came before, the second looks for it.',
    },
    {
      ...{ kind: 'number', name: 'heads', label: 'heads', symbol: 'H', integer: true },
      ...{ min: 1, max: 4 },
      help: 'Attention heads in each layer. With more of them some head forms sooner.',
    },
    {
      ...{ kind: 'number', name: 'headSize', label: 'dimensions of a head', symbol: 'd/H' },
      ...{ integer: true, min: 4, max: 32 },
      help: 'Each head’s share of the width d. Too few cannot tell the symbols apart.',
    },
    {
      ...{ kind: 'number', name: 'symbols', label: 'symbols', symbol: 'V', integer: true },
      ...{ min: 8, max: 24 },
      help: 'How many there are; sequences are twice as long. More of them mean longer periods, and a later change.',
    },
    {
      ...{ kind: 'number', name: 'learningRate', label: 'learning rate', symbol: 'η' },
      ...{ integer: false, min: 0.0001, max: 0.1 },
      help: 'Of Adam. Smaller ones put the change off.',
    },
    {
      ...{ kind: 'number', name: 'steps', label: 'training steps', integer: true },
      ...{ min: 25, max: 4000 },
      help: 'Updates on sixteen fresh sequences each. A run that ends before the change shows none.',
    },
  ],
  grids: {
    default: {
      params: {
        layers: [1, 2],
        ...{ heads: [2], headSize: [16], symbols: [10], learningRate: [0.01], steps: [300] },
      },
      seeds: [1, 2, 3, 4],
    },
    quick: {
      params: {
        layers: [2],
        ...{ heads: [2], headSize: [16], symbols: [10], learningRate: [0.01], steps: [240] },
      },
      seeds: [1, 2],
    },
  },
  nullCase: {
    label: 'One layer',
    explanation:
      'Trains every cell with a single attention layer. Its heads see which symbols there are, but not what came before each: no head can match, repeats stay as hard as counting leaves them, and the verdict must fail.',
  },
  panels: [
    {
      id: 'losses',
      title: 'Loss on new and on repeated symbols',
      caption:
        'Dashed: the least that anybody can reach on new symbols, what counting symbols gives on repeated ones, and zero for who copies.',
      x: whole,
      y: { label: 'cross-entropy', scale: 'linear', unit: 'nats', include: [0, 2.5] },
      draw: 'curves',
      colorBy: 'line',
      observe: (run) => [
        ...curveOf('new', run, (i) => valueAt(run, 'firstLoss', i)),
        ...curveOf('repeated', run, (i) => valueAt(run, 'repeatLoss', i)),
      ],
      theory: (cells) =>
        distinctBy(cells, ({ symbols }) => [symbols]).flatMap((config) => {
          const [task, x] = [taskOf(config), [0, lastStep(cells)]];
          const flat = (line: string, y: number) => ({ cell: null, line, x, y: [y, y] });
          return [
            flat(`new, at least (V = ${task.vocabulary})`, leastFirstLoss(task)),
            flat(`repeated, counting (V = ${task.vocabulary})`, orderlessRepeatLoss(task)),
            flat('repeated, copying', 0),
          ];
        }),
    },
    {
      id: 'heads',
      title: 'Prefix matching of each head',
      caption:
        'Share of attention on what followed the same symbol before. Heads of a layer are in order of it.',
      x: whole,
      y: { label: 'prefix matching', scale: 'linear', include: [0, 1] },
      draw: 'curves',
      colorBy: 'line',
      observe: (run, options) =>
        rankedHeads(run, options).flatMap((head) =>
          curveOf(head.label, run, (i) => valueAt(run, head.column('prefix'), i)),
        ),
      theory: (cells) => [
        { cell: null, line: 'an induction head, at least', x: [0, lastStep(cells)], y: [0.8, 0.8] },
      ],
    },
    {
      id: 'together',
      title: 'When the head forms, and when the loss falls',
      caption: 'Each at half of its way. On the line, both happen at once.',
      x: { label: 'step at which the loss on repeats is halved', scale: 'log' },
      y: { label: 'step at which the best head is half formed', scale: 'log' },
      draw: 'points',
      colorBy: 'cell',
      observe(run, options) {
        const [loss, head] = [fallenTo(run, 1 / 2), formed(run, options)];
        return loss === null || head === null ? [] : pointOf('change', run, loss, head);
      },
      theory: (cells) => {
        const ends = [lastStep(cells) / 10, lastStep(cells)];
        return [{ cell: null, line: 'at once', x: ends, y: ends }];
      },
    },
    {
      id: 'copying',
      title: 'Copying of each head',
      caption: 'One: attending to a symbol raises that very symbol. Minus one: it lowers it.',
      x: whole,
      y: { label: 'copying', scale: 'linear', include: [-1, 1] },
      draw: 'curves',
      colorBy: 'line',
      observe: (run, options) =>
        rankedHeads(run, options).flatMap((head) =>
          curveOf(head.label, run, (i) => valueAt(run, head.column('copying'), i)),
        ),
      theory: () => [],
    },
  ],
  effect: 'prefix',
  summaries: {
    prefix: { label: 'prefix matching of the best head', scale: 'linear' },
    copying: { label: 'copying of the best head', scale: 'linear' },
    ratio: { label: 'loss on repeats over loss on new symbols', scale: 'log' },
    overCounting: { label: 'loss on repeats over that of counting symbols', scale: 'log' },
    inContext: { label: 'in-context score', scale: 'linear' },
    window: { label: 'width of the change over its time', scale: 'linear' },
    together: { label: 'time of the head over time of the loss', scale: 'log' },
  },
  packSize: 4,
  plan(config, options) {
    const [heads, steps] = [number(config, 'heads'), number(config, 'steps')];
    const recordEvery = Math.max(1, Math.round(steps / RECORDS));
    return {
      program: {
        ...{ kind: 'transformer', task: taskOf(config), heads, layers: layersOf(config, options) },
        ...{ width: heads * number(config, 'headSize'), positions: 'learned' },
        ...{ hidden: 0, norm: false, batch: BATCH, probe: PROBE },
        observe: ['loss', 'occurrences', 'heads'],
        ...{ steps, recordEvery, checkpointEvery: recordEvery },
      },
      hyper: { ...HYPER, learningRate: number(config, 'learningRate'), momentum: MOMENTUM },
    };
  },
  summarise: summaryOf,
  analyse(runs, { expected, null: isNull }) {
    const statement = isNull ? `${STATEMENT} Even where every cell has one layer.` : STATEMENT;
    return analysisOf(statement, runs, expected);
  },
};
