/** What `universal-representations.ts` shows, and what it reads off a comparison. */
import { number } from './criteria.ts';
import {
  isPair,
  kindOf,
  NEIGHBOURS,
  NETWORK_LABELS,
  NETWORKS,
  PROBE,
  sideOf,
} from './representations-networks.ts';
import type { Config, Panel, RunRecord } from './study.ts';

const CHANCE = NEIGHBOURS / (PROBE - 1);

export const columnAt = ({ series }: RunRecord, name: string, row: number): number =>
  series.columns[name]?.at(row) ?? Number.NaN;

/** What training made of one column of a comparison. */
export const gained = (run: RunRecord, name: string) =>
  columnAt(run, name, -1) - columnAt(run, name, 0);

const point = (line: string, x: number, y: number) =>
  Number.isFinite(x) && Number.isFinite(y) ? [{ line, x: [x], y: [y] }] : [];

/** Of a pair that ended: its mean share of the probe that is classified rightly. */
export const performanceOf = (run: RunRecord) =>
  (columnAt(run, 'accuracy1', -1) + columnAt(run, 'accuracy2', -1)) / 2;

const ended = (run: RunRecord) => run.outcome.kind === 'completed' && isPair(run.config);

/** The two kinds of a pair, whichever is on the left. */
function kindsOf(config: Config): string {
  const pair = [kindOf(config, 'left'), kindOf(config, 'right')];
  const named = NETWORKS.filter((kind) => pair.includes(kind)).map((kind) => NETWORK_LABELS[kind]);
  return named.length === 1 ? `both ${named[0]}` : named.join(' with ');
}

/** A point a pair: what training gained it over how good the two are, told apart by a name. */
function againstPerformance(
  own: Pick<Panel, 'id' | 'title' | 'caption'>,
  nameOf: (config: Config) => string,
): Panel {
  return {
    ...{ ...own, draw: 'points', colorBy: 'line' },
    x: { label: 'held-out digits classified rightly, mean of the pair', scale: 'linear' },
    y: { label: 'shared neighbours, trained less untrained', scale: 'linear', include: [0] },
    observe: (run) =>
      ended(run) ? point(nameOf(run.config), performanceOf(run), gained(run, 'alignment')) : [],
    theory: () => [{ cell: null, line: 'nothing gained', x: [0, 1], y: [0, 0], guide: true }],
  };
}

export const PANELS: readonly Panel[] = [
  againstPerformance(
    {
      id: 'performance',
      title: 'Excess alignment against performance',
      caption: 'Every point is a pair. Above zero, training made the two more alike.',
    },
    (config) => `${number(config, 'updates')} steps`,
  ),
  againstPerformance(
    {
      id: 'architectures',
      title: 'The same by architectures',
      caption:
        'Every point is a pair, told apart by what its two networks are: pairs of two kinds climb too.',
    },
    kindsOf,
  ),
  {
    id: 'training',
    title: 'Alignment over training',
    caption:
      'Trained pairs leave what untrained ones share; where partners are exchanged within their class, less is shared; chance is far below.',
    x: { label: 'training steps', scale: 'log' },
    y: { label: 'share of neighbours in common', scale: 'linear', include: [0] },
    draw: 'points',
    colorBy: 'line',
    observe: (run) => {
      if (!ended(run)) return [];
      const x = number(run.config, 'updates');
      return [
        ...point('trained', x, columnAt(run, 'alignment', -1)),
        ...point('untrained', x, columnAt(run, 'alignment', 0)),
        ...point(
          'trained, partners of one class exchanged',
          x,
          columnAt(run, 'classAlignment', -1),
        ),
      ];
    },
    theory: (cells) => {
      const updates = cells.map((c) => number(c, 'updates'));
      const ends = [Math.min(...updates), Math.max(...updates)];
      return [
        {
          cell: null,
          line: `chance, k/(n − 1) = ${CHANCE.toFixed(3)}`,
          x: ends,
          y: [CHANCE, CHANCE],
        },
      ];
    },
  },
  {
    id: 'width',
    title: 'Alignment over width',
    caption:
      'Untrained networks share more the wider they are: that is why the difference is judged, not the height.',
    x: { label: 'width, geometric mean of the pair', scale: 'log' },
    y: { label: 'share of neighbours in common', scale: 'linear', include: [0] },
    draw: 'points',
    colorBy: 'line',
    observe: (run) => {
      if (!ended(run)) return [];
      const x = Math.sqrt(number(run.config, 'left') * number(run.config, 'right'));
      return [
        ...point('trained', x, columnAt(run, 'alignment', -1)),
        ...point('untrained', x, columnAt(run, 'alignment', 0)),
      ];
    },
    theory: (cells) => {
      const widths = cells
        .flatMap((c) => [number(c, 'left'), number(c, 'right')])
        .filter((w) => w > 0);
      const ends = [Math.min(...widths), Math.max(...widths)];
      return [{ cell: null, line: 'chance', x: ends, y: [CHANCE, CHANCE] }];
    },
  },
  {
    id: 'accuracy',
    title: 'What single networks learn',
    caption: 'Held-out digits that each network classifies rightly, from half of them.',
    x: { label: 'training step', scale: 'linear' },
    y: { label: 'share of held-out digits', scale: 'linear', include: [0, 1] },
    draw: 'curves',
    colorBy: 'cell',
    observe: (run) => {
      if (isPair(run.config)) return [];
      const side = sideOf(run.config);
      const line = `${NETWORK_LABELS[kindOf(run.config, side)]}, ${side} half`;
      return [{ line, x: [...run.series.steps], y: [...(run.series.columns.testAccuracy ?? [])] }];
    },
    theory: (cells) => {
      const last = Math.max(...cells.map((c) => number(c, 'updates')));
      return [{ cell: null, line: 'guessing', x: [0, last], y: [0.1, 0.1], guide: true }];
    },
  },
];
