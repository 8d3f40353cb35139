/** The figure of the study deep-linear: modes over time, when each is half learnt, and how far descent is off the exact solution. */
import { exactHalfTime, modeStrengths, stepError } from '../analysis/linear-modes.ts';
import { number } from './criteria.ts';
import {
  halfTimesOf,
  isAligned,
  MODES,
  startStrength,
  strengthsOf,
  timesOf,
} from './deep-linear-criteria.ts';
import type { Config, Panel, PlanOptions } from './study.ts';
import { pointOf, spanOf, tasksOf, traceOf } from './traces.ts';

const modeLine = (mode: number) => `mode ${mode + 1} (s = ${MODES[mode]})`;
/** Of a random start the exact solution is a guide. */
const guideUnless = (exact: boolean) => (exact ? {} : { guide: true as const });
const layersLine = (config: Config) => `L = ${config.depth}`;

const modes: Panel = {
  id: 'modes',
  title: 'Modes over time',
  caption: 'Each mode waits, then rises on its sigmoid: the largest first.',
  x: { label: 'time t = η × step', scale: 'linear' },
  y: { label: 'mode strength a', scale: 'linear', include: [0, 4.4] },
  draw: 'curves',
  colorBy: 'line',
  observe: (run) =>
    MODES.flatMap((_, mode) => {
      const y = strengthsOf(run, mode);
      return traceOf(
        modeLine(mode),
        timesOf(run).map((t, i) => [t, y[i] ?? Number.NaN]),
      );
    }),
  theory: (cells, options) =>
    cells.flatMap((config, cell) => {
      // For a random start the curve is that of a mode of typical initial size: a guide, not a test.
      const horizon = number(config, 'horizon');
      const x = Array.from({ length: 121 }, (_, i) => (i * horizon) / 120);
      const a0 = startStrength(config, options);
      return MODES.map((s, mode) => ({
        ...{ cell, line: modeLine(mode), x },
        y: modeStrengths(number(config, 'depth'), s, a0, x),
        ...guideUnless(isAligned(config, options)),
      }));
    }),
};

const halfTimes: Panel = {
  id: 'half-times',
  title: 'When a mode is half learnt',
  caption:
    'Twice the singular value, half the wait: the line is the exact solution, drawn before any run.',
  x: { label: 'singular value s', scale: 'log' },
  y: { label: 'time to half strength', scale: 'log' },
  draw: 'points',
  colorBy: 'cell',
  observe: (run) => {
    const halves = halfTimesOf(run);
    const points = MODES.map((s, m) => [s, halves[m] ?? Number.NaN] as const);
    return traceOf('half-time', [...points].reverse(), true);
  },
  theory: (cells, options) =>
    cells.flatMap((config, cell) => {
      const a0 = startStrength(config, options);
      const points = Array.from({ length: 25 }, (_, i) => 0.8 * 6.25 ** (i / 24)).map(
        (s) => [s, exactHalfTime(number(config, 'depth'), s, a0)] as const,
      );
      return traceOf('half-time', points, true).map((trace) => ({
        ...{ cell, ...trace, ...guideUnless(isAligned(config, options)) },
      }));
    }),
};

/** Largest distance over all modes, as a share of s, of the first-order error at these times. */
function predictedDistance(config: Config, options: PlanOptions, rate: number): number {
  const [depth, a0] = [number(config, 'depth'), startStrength(config, options)];
  const times = Array.from({ length: 121 }, (_, i) => (i * number(config, 'horizon')) / 120);
  return Math.max(
    ...MODES.flatMap((s) =>
      modeStrengths(depth, s, a0, times).map((a) => Math.abs(stepError(depth, s, a0, rate, a)) / s),
    ),
  );
}

const distance: Panel = {
  id: 'distance',
  title: 'Distance from the exact solution',
  caption:
    'Half the step, half the distance: the lines are the error of a finite step, to first order in η.',
  x: { label: 'learning rate η', scale: 'log' },
  y: { label: 'largest |a − theory| / s', scale: 'log' },
  draw: 'points',
  colorBy: 'line',
  observe: (run, options) => {
    const { config } = run;
    if (!isAligned(config, options)) return [];
    const [times, a0] = [timesOf(run), startStrength(config, options)];
    const most = MODES.flatMap((s, mode) => {
      const measured = strengthsOf(run, mode);
      return modeStrengths(number(config, 'depth'), s, a0, times).map(
        (a, i) => Math.abs((measured[i] ?? Number.NaN) - a) / s,
      );
    });
    return pointOf(layersLine(config), run, number(config, 'learningRate'), Math.max(...most));
  },
  theory: (cells, options) => {
    const x = spanOf(cells.map((c) => number(c, 'learningRate')));
    const tasks = tasksOf(cells, (c) =>
      isAligned(c, options) ? [c.depth, c.initScale, c.horizon] : null,
    );
    return tasks.flatMap(({ config, cells: own }) =>
      traceOf(
        layersLine(config),
        x.map((rate) => [rate, predictedDistance(config, options, rate)]),
        true,
      ).map((trace) => ({ cell: null, cells: own, ...trace })),
    );
  },
};

export const PANELS: readonly Panel[] = [modes, halfTimes, distance];
