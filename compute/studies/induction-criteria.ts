/**
 * What the study induction-heads measures of a run, and what its verdict judges: of cells with two layers or
 * more the best head's prefix matching at the end, its copying, loss on repeats over loss on new symbols, the
 * width of the change, and whether head and loss change together; of cells with one layer, that loss on repeats
 * stays by what counting symbols gives.
 *
 * The score of 0.8 is the text's. On seeds 1, 101 and 103 (10 symbols, 250 steps) two layers ended at 0.96 to 0.97,
 * repeats at 0.01 to 0.03 of new symbols; the change took 0.18 to 0.25 of the time till then, and head over loss was
 * 0.97 to 1.02. One layer (seeds 101, 102) ended at 0.97 to 1.05 of counting, prefix matching at 0.27. The bands leave
 * as much again. Not every seed goes that way: on seed 4 of the default grid repeats become easier by and by, without
 * an induction head, and one forms at step 400 only (600 steps: width 0.55, head over loss 1.8). So four seeds leave the
 * default grid undecided.
 */
import { orderlessRepeatLoss } from '../analysis/repeats.ts';
import { headColumn } from '../programs/program.ts';
import type { RepeatsSpec } from '../programs/repeats.ts';
import { fitsOf, type Judged, overSeeds, verdictOf } from './bands.ts';
import { number } from './criteria.ts';
import type { Analysis, Config, PlanOptions, RunRecord, RunSummary, Summary } from './study.ts';
import { crossing, valueAt } from './traces.ts';

export const layersOf = (config: Config, options: PlanOptions) =>
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
  /** Counted from 1. */
  readonly layer: number;
  /** Its column of a measure. */
  column(measure: 'prefix' | 'previous' | 'copying'): string;
}

const headsOf = (config: Config, options: PlanOptions): Head[] =>
  Array.from({ length: layersOf(config, options) }, (_, l) =>
    Array.from({ length: number(config, 'heads') }, (_h, h) => ({
      layer: l + 1,
      column: (measure: string) => headColumn(measure, l, h),
    })),
  ).flat();

/** The heads of each layer in order of their prefix matching at the end: which one forms is chance. */
export function rankedHeads(run: RunRecord, options: PlanOptions) {
  const score = (head: Head) => valueAt(run, head.column('prefix'));
  return headsOf(run.config, options)
    .sort((a, b) => a.layer - b.layer || score(b) - score(a))
    .map((head, i, { length }) => {
      const rank = (i % (length / layersOf(run.config, options))) + 1;
      return {
        ...head,
        label: `layer ${head.layer}, ${rank === 1 ? 'best head' : `head ${rank}`}`,
      };
    });
}

/** The head that matches prefixes best at the end. */
function bestHead(run: RunRecord, options: PlanOptions): Head | undefined {
  const score = (head: Head) => valueAt(run, head.column('prefix'));
  return headsOf(run.config, options).sort((a, b) => score(b) - score(a))[0];
}

/** When the loss on repeats has fallen to this share of its start. */
export const fallenTo = (run: RunRecord, share: number) =>
  crossing(run, 'repeatLoss', share * valueAt(run, 'repeatLoss', 0), 'down');

/** When the best head's score has come to half of what it is at the end. */
export function formed(run: RunRecord, options: PlanOptions): number | null {
  const column = bestHead(run, options)?.column('prefix') ?? '';
  return crossing(run, column, valueAt(run, column) / 2, 'up');
}

export function summaryOf(run: RunRecord, options: PlanOptions): Summary {
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
  // What it takes two layers for is the most telling.
  const ordered = [...runs].sort((a, b) => number(b.config, 'layers') - number(a.config, 'layers'));
  for (const name of new Set(ordered.map((r) => cellName(r.config)))) {
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

/** The verdict on these runs, and every number that it reads. */
export function analysisOf(
  statement: string,
  runs: readonly RunSummary[],
  expected: number,
): Analysis {
  const { judged, missing } = judge(runs.filter((r) => r.outcome.kind === 'completed'));
  return {
    fits: fitsOf(judged),
    verdict: verdictOf({ statement, runs, expected, judged, missing }),
  };
}
