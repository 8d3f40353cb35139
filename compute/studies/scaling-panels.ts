/** The figure of the study scaling-laws: loss against data, size, compute and training time, and over theory. */
import {
  computeOf,
  dataOf,
  parametersOf,
  predictedOf,
  SETTINGS,
  SPECTRUM,
  samplesOf,
  settingIdOf,
  settingOf,
  sizeOf,
  streamLosses,
} from './scaling-settings.ts';
import type { Config, Panel, RunRecord, TheoryTrace, Trace } from './study.ts';
import { curveOf, pointOf, spanOf, tasksOf, valueAt } from './traces.ts';

const count = (n: number) => n.toLocaleString('en-US');

const finalLoss = (run: RunRecord) => valueAt(run, settingOf(run.config).loss);

const bySize = (c: Config) => `${settingOf(c).short}: N = ${count(parametersOf(c))}`;
const byData = (c: Config) => `${settingOf(c).short}: D = ${count(samplesOf(c))}`;

/** What theory says of cells that are alike in a number, along another. */
function predictedAlong(
  cells: readonly Config[],
  alike: (config: Config) => number,
  x: (config: Config) => number,
  name: (config: Config) => string,
): TheoryTrace[] {
  return tasksOf(cells, (c) => (predictedOf(c) === null ? null : [c.setting, alike(c)])).map(
    ({ config, cells: own }) => {
      const points = own
        .map((i) => cells[i] as Config)
        .map((c) => [x(c), predictedOf(c) ?? Number.NaN] as const)
        .sort(([a], [b]) => a - b);
      return {
        ...{ cell: null, cells: own, line: name(config) },
        ...{ x: points.map(([at]) => at), y: points.map(([, y]) => y) },
      };
    },
  );
}

const sized = (cells: readonly Config[], x: (config: Config) => number) =>
  predictedAlong(cells, sizeOf, x, bySize);

/** Points of the frontier, and how many sizes it is the least of. */
const [FRONTIER_POINTS, FRONTIER_SIZES] = [17, 40];

/** The least loss that any number of modes has for a compute on the stream, by theory. */
function frontier(cells: readonly Config[]): TheoryTrace[] {
  const own = cells.filter((c) => settingIdOf(c) === 'online');
  const [first] = own;
  if (first === undefined) return [];
  const { batch } = settingOf(first);
  const each = 6 * batch(samplesOf(first));
  const [from, to] = [Math.min(...own.map(computeOf)), Math.max(...own.map(computeOf))];
  const longest = Math.max(...own.map(dataOf));
  const sizes = Array.from({ length: FRONTIER_SIZES }, (_, i) =>
    Math.round(SPECTRUM.modes ** ((i + 1) / FRONTIER_SIZES)),
  );
  const x = Array.from(
    { length: FRONTIER_POINTS },
    (_, i) => from * (to / from) ** (i / (FRONTIER_POINTS - 1)),
  );
  const points = x.flatMap((compute): [number, number][] => {
    const losses = sizes.flatMap((seen) => {
      const updates = Math.round(compute / (each * seen));
      return updates < 1 || updates > longest ? [] : (streamLosses(seen)[updates] ?? []);
    });
    return losses.length === 0 ? [] : [[compute, Math.min(...losses)]];
  });
  const line = 'stream: least loss for its compute';
  return [
    {
      ...{ cell: null, cells: own.map((c) => cells.indexOf(c)), line, guide: true },
      ...{ x: points.map(([c]) => c), y: points.map(([, y]) => y) },
    },
  ];
}

/** The loss over that of theory, where there is one. */
export function ratioOf(run: RunRecord): number | null {
  const predicted = predictedOf(run.config);
  return predicted === null ? null : finalLoss(run) / predicted;
}

/** Without the start, which has no place on an axis of decades. */
const afterStart = ({ line, x, y }: Trace): Trace => ({
  ...{ line, x: x.filter((t) => t > 0), y: y.filter((_, i) => (x[i] ?? 0) > 0) },
});

const LOSS = { label: 'loss on new data', scale: 'log' } as const;

export const PANELS: readonly Panel[] = [
  {
    id: 'samples',
    title: 'Loss against data',
    caption:
      'Straight lines are power laws. Lines through the points of the solvable model are its theory, drawn before any run.',
    x: { label: 'samples D', scale: 'log' },
    ...{ y: LOSS, draw: 'points', colorBy: 'line' },
    observe: (run) => pointOf(bySize(run.config), run, samplesOf(run.config), finalLoss(run)),
    theory: (cells) => sized(cells, samplesOf),
  },
  {
    id: 'size',
    title: 'Loss against size',
    caption:
      'Each line bends where something else than size binds: it ends at the loss that its data allow.',
    x: {
      label: 'size (hidden units; four modes each; of a transformer, four for a dimension)',
      scale: 'log',
    },
    ...{ y: LOSS, draw: 'points', colorBy: 'line' },
    observe: (run) => pointOf(byData(run.config), run, sizeOf(run.config), finalLoss(run)),
    theory: (cells) => predictedAlong(cells, dataOf, sizeOf, byData),
  },
  {
    id: 'compute',
    title: 'Loss against compute',
    caption:
      'One line a size: the lowest of all is the frontier, and which size is on it grows with compute.',
    x: { label: 'compute C = 6 × parameters × samples computed', scale: 'log', unit: 'FLOPs' },
    ...{ y: LOSS, draw: 'points', colorBy: 'line' },
    observe: (run) => pointOf(bySize(run.config), run, computeOf(run.config), finalLoss(run)),
    theory: (cells) => [...sized(cells, computeOf), ...frontier(cells)],
  },
  {
    id: 'training',
    title: 'Loss over training on the stream',
    caption:
      'The solvable model’s loss falls as a power of time, until what it does not see is left.',
    x: { label: 'updates t', scale: 'log' },
    ...{ y: LOSS, draw: 'curves', colorBy: 'cell' },
    observe: (run) =>
      settingIdOf(run.config) === 'online'
        ? curveOf('loss', run, (row) => valueAt(run, 'loss', row), true).map(afterStart)
        : [],
    theory: (cells) =>
      cells.flatMap((config, cell): TheoryTrace[] => {
        if (settingIdOf(config) !== 'online') return [];
        const losses = streamLosses(parametersOf(config));
        const last = dataOf(config);
        const x = Array.from({ length: 17 }, (_, i) => last ** (i / 16)).map(Math.round);
        const steps = [...new Set(x)];
        return [{ cell, line: 'loss', x: steps, y: steps.map((t) => losses[t] ?? 0) }];
      }),
  },
  {
    id: 'ratio',
    title: 'Loss over that of theory',
    caption: 'Every cell of the solvable model: at 1 the theory of its spectrum is right.',
    x: { label: 'samples D', scale: 'log' },
    y: { label: 'measured / predicted', scale: 'linear', include: [0.8, 1.2] },
    ...{ draw: 'points', colorBy: 'line' },
    observe: (run) =>
      pointOf(bySize(run.config), run, samplesOf(run.config), ratioOf(run) ?? Number.NaN),
    theory: (cells) =>
      SETTINGS.flatMap((id): TheoryTrace[] => {
        const own = cells.filter((c) => settingIdOf(c) === id && predictedOf(c) !== null);
        const line = `${settingOf({ setting: id }).short}: as predicted`;
        return own.length === 0
          ? []
          : [{ cell: null, line, x: spanOf(own.map(samplesOf)), y: [1, 1] }];
      }),
  },
];

export { finalLoss };
