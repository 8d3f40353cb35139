/**
 * Induction heads: on repeated random sequences a transformer of two attention layers learns to look back to
 * what followed the same symbol before, and to copy it. It learns so all at once: loss on repeats, flat for
 * long, falls within a small part of the time passed, and at that very time a head's attention turns to where
 * the copy stands (Olsson et al. 2022). One layer cannot: a head sees symbols, not what came before them.
 * What is left to it is to know which symbols a sequence has, and that loss is known beforehand.
 *
 * The verdict reads, of cells with two layers or more, the best head's prefix matching at the end, its
 * copying, loss on repeats over loss on new symbols, the width of the change, and whether head and loss
 * change together; of cells with one layer, that loss on repeats stays by what counting symbols gives. The
 * score of 0.8 is the text's. On seeds 1, 101 and 103 (10 symbols, 250 steps) two layers ended at 0.96 to 0.97,
 * repeats at 0.01 to 0.03 of new symbols; the change took 0.18 to 0.25 of the time till then, and head over loss was 0.97 to
 * 1.02. One layer (seeds 101, 102) ended at 0.97 to 1.05 of counting, prefix matching at 0.27. The bands leave as
 * much again.
 */
import { leastFirstLoss, orderlessRepeatLoss } from '../analysis/repeats.ts';
import { HYPER, headColumn } from '../programs/program.ts';
import type { RepeatsSpec } from '../programs/repeats.ts';
import { fitsOf, type Judged, overSeeds, verdictOf } from './bands.ts';
import { number } from './criteria.ts';
import type { Config, PlanOptions, RunRecord, RunSummary, Study, Summary } from './study.ts';
import { curveOf, distinctBy, pointOf, valueAt } from './traces.ts';

const BATCH = 16;
const PROBE = 32;
/** Sharp enough for a change that takes a tenth of a run. */
const RECORDS = 25;
const MOMENTUM = 0.9;

const layersOf = (config: Config, options: PlanOptions) =>
  options.null ? 1 : number(config, 'layers');

/** Periods of three eighths to all but two of the symbols, in a context of two times as many as there are symbols. */
export function taskOf(config: Config): RepeatsSpec {
  const vocabulary = number(config, 'symbols');
  return {
    ...{ vocabulary, context: 2 * vocabulary },
    ...{ shortest: Math.round(0.375 * vocabulary), longest: vocabulary - 2 },
  };
}

interface Head {
  readonly label: string;
  /** Its column of a measure. */
  column(measure: 'prefix' | 'previous' | 'copying'): string;
}

const headsOf = (config: Config, options: PlanOptions): Head[] =>
  Array.from({ length: layersOf(config, options) }, (_, l) =>
    Array.from({ length: number(config, 'heads') }, (_h, h) => ({
      label: `layer ${l + 1}, head ${h + 1}`,
      column: (measure: string) => headColumn(measure, l, h),
    })),
  ).flat();

/** The head that matches prefixes best at the end. */
function bestHead(run: RunRecord, options: PlanOptions): Head | undefined {
  const score = (head: Head) => valueAt(run, head.column('prefix'));
  return headsOf(run.config, options).sort((a, b) => score(b) - score(a))[0];
}

/** When a column first crosses a level, upwards or downwards, between two records by a straight line; null if never. */
export function crossing(
  { series }: RunRecord,
  column: string,
  level: number,
  way: 'up' | 'down',
): number | null {
  const values = series.columns[column] ?? [];
  const beyond = (v: number) => (way === 'up' ? v >= level : v <= level);
  for (const [i, value] of values.entries()) {
    if (!beyond(value)) continue;
    const [before, from, to] = [values[i - 1], series.steps[i - 1], series.steps[i]];
    if (before === undefined || from === undefined || to === undefined)
      return series.steps[i] ?? null;
    return from + ((level - before) / (value - before)) * (to - from);
  }
  return null;
}

/** When the loss on repeats has fallen to this share of its start. */
const fallenTo = (run: RunRecord, share: number) =>
  crossing(run, 'repeatLoss', share * valueAt(run, 'repeatLoss', 0), 'down');

/** When the best head's score has come to half of what it is at the end. */
function formed(run: RunRecord, options: PlanOptions): number | null {
  const column = bestHead(run, options)?.column('prefix') ?? '';
  return crossing(run, column, valueAt(run, column) / 2, 'up');
}

function summaryOf(run: RunRecord, options: PlanOptions): Summary {
  const finite = (value: number) =>
    run.outcome.kind === 'completed' && Number.isFinite(value) ? value : null;
  const [start, middle, end] = [fallenTo(run, 3 / 4), fallenTo(run, 1 / 2), fallenTo(run, 1 / 4)];
  const head = formed(run, options);
  const best = bestHead(run, options);
  const repeat = valueAt(run, 'repeatLoss');
  return {
    prefix: finite(valueAt(run, best?.column('prefix') ?? '')),
    copying: finite(valueAt(run, best?.column('copying') ?? '')),
    ratio: finite(repeat / valueAt(run, 'firstLoss')),
    overCounting: finite(repeat / orderlessRepeatLoss(taskOf(run.config))),
    inContext: finite(valueAt(run, 'inContext')),
    window: start === null || end === null ? null : finite((end - start) / end),
    together: middle === null || head === null ? null : finite(head / middle),
  };
}

interface Measure {
  readonly key: string;
  readonly label: string;
  readonly band: Judged['band'];
  /** Of cells with one layer, or with more. */
  readonly of: 'one' | 'more';
  /** What it says where a run has no such number. */
  readonly missing?: string;
}

const MEASURES: readonly Measure[] = [
  { key: 'prefix', label: 'best head’s prefix matching', band: [0.8, null], of: 'more' },
  { key: 'copying', label: 'its copying', band: [0.8, null], of: 'more' },
  { key: 'ratio', label: 'loss on repeats over new symbols', band: [null, 0.2], of: 'more' },
  {
    ...{ key: 'window', label: 'width of the change over its time', band: [null, 0.4], of: 'more' },
    missing: 'the loss on repeats never fell to a quarter',
  },
  {
    ...{ key: 'together', label: 'time of the head over time of the loss', of: 'more' },
    band: [0.75, 1.33],
    missing: 'the loss on repeats never fell to half',
  },
  { key: 'overCounting', label: 'loss on repeats over counting', band: [0.5, null], of: 'one' },
];

const cellName = ({ layers, heads, headSize, symbols, learningRate, steps }: Config) =>
  `${layers === 1 ? 'one layer' : `${layers} layers`}, H = ${heads}, d/H = ${headSize}, V = ${symbols}, η = ${learningRate}, ${steps} steps`;

function judge(runs: readonly RunSummary[]) {
  const judged: Judged[] = [];
  const missing: string[] = [];
  for (const name of new Set(runs.map((r) => cellName(r.config)))) {
    const all = runs.filter((r) => cellName(r.config) === name);
    const one = all[0]?.config.layers === 1;
    for (const measure of MEASURES.filter(({ of }) => (of === 'one') === one)) {
      const seen = overSeeds(all, (r) => r.summary[measure.key] ?? null);
      if (seen !== null)
        judged.push({ label: `${measure.label} (${name})`, ...seen, band: measure.band });
      const without = all.length - (seen?.runs ?? 0);
      if (without > 0 && measure.missing !== undefined)
        missing.push(`In ${without} of ${all.length} runs ${measure.missing} (${name}).`);
    }
  }
  if (runs.length > 0 && !runs.some((r) => number(r.config, 'layers') > 1))
    missing.push('At least one cell with two layers is needed: the law is one of them.');
  return { judged, missing };
}

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
      caption: 'Share of attention on what followed the same symbol before.',
      x: whole,
      y: { label: 'prefix matching', scale: 'linear', include: [0, 1] },
      draw: 'curves',
      colorBy: 'line',
      // Heads that the network has: those of a null run are fewer than its config says.
      observe: (run, options) =>
        headsOf(run.config, options).flatMap((head) =>
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
        headsOf(run.config, options).flatMap((head) =>
          curveOf(head.label, run, (i) => valueAt(run, head.column('copying'), i)),
        ),
      theory: () => [],
    },
  ],
  effect: 'prefix',
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
    const { judged, missing } = judge(runs.filter((r) => r.outcome.kind === 'completed'));
    const statement = isNull ? `${STATEMENT} Even where every cell has one layer.` : STATEMENT;
    return {
      fits: fitsOf(judged),
      verdict: verdictOf({ statement, runs, expected, judged, missing }),
    };
  },
};
