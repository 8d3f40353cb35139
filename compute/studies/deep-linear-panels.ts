/** The figure of the study deep-linear: modes over time, when each is half learnt, and how far descent is off the exact solution. */
import { exactHalfTime, modeRate, modeStrengths, stepError } from '../analysis/linear-modes.ts';
import { remembered } from '../analysis/remembered.ts';
import { number } from './criteria.ts';
import {
  halfTimesOf,
  isAligned,
  MODES,
  startStrength,
  strengthsOf,
  timesOf,
} from './deep-linear-criteria.ts';
import type { Collapse, Config, Panel, PlanOptions } from './study.ts';
import { moved, pointOf, spanOf, tasksOf, traceOf } from './traces.ts';

const modeLine = (mode: number) => `mode ${mode + 1} (s = ${MODES[mode]})`;
/** Of a random start the exact solution is a guide. */
const guideUnless = (exact: boolean) => (exact ? {} : { guide: true as const });
const layersLine = (config: Config) => `L = ${config.depth}`;

const knownHalfTimes = remembered<number>(256);
const halfTimeOf = (depth: number, s: number, a0: number) =>
  knownHalfTimes(`${depth} ${s} ${a0}`, () => exactHalfTime(depth, s, a0));

/**
 * With x = a/s and u = L s^(2−2/L) (t − t½) the equation of every mode is dx/du = x^(2−2/L) (1 − x), x(0) = ½: nothing
 * of its singular value or its start is left. A start above half has no t½.
 */
const modesCollapse: Collapse = {
  x: { label: 'rescaled time L s^(2−2/L) (t − t½)', scale: 'linear' },
  y: { label: 'share of the mode learnt a / s', scale: 'linear', include: [0, 1] },
  caption:
    'Each mode from its half-time on, in units of its own speed: all modes, starts and rates of one depth are one sigmoid.',
  source:
    'Saxe, McClelland & Ganguli 2013, arXiv:1312.6120, §1.1 and §1.2 (the equation of a mode)',
  onto: 'curve',
  rescale(config, trace, options) {
    const s = MODES[MODES.findIndex((_, mode) => modeLine(mode) === trace.line)];
    const [depth, a0] = [number(config, 'depth'), startStrength(config, options)];
    if (s === undefined || !isAligned(config, options) || a0 >= s / 2) return null;
    const [speed, half] = [modeRate(depth, s), halfTimeOf(depth, s, a0)];
    return moved(layersLine(config), trace, (t, a) => [speed * (t - half), a / s]);
  },
};

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
  collapse: modesCollapse,
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

const startLine = (config: Config) =>
  `${layersLine(config)}, a₀ = ${config.initScale}, t = ${config.horizon}`;

const distanceCollapse: Collapse = {
  x: { label: 'learning rate η', scale: 'log' },
  y: { label: 'largest |a − theory| / (s η)', scale: 'log' },
  caption: 'Divided by the step, one number is left for each depth and start.',
  source:
    'Hairer, Nørsett & Wanner 1993, §II.8: the error of Euler’s method is of first order in η',
  onto: 'level',
  rescale: (config, trace, options) =>
    isAligned(config, options)
      ? moved(startLine(config), trace, (rate, y) => [rate, y / rate])
      : null,
};

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
  collapse: distanceCollapse,
};

export const PANELS: readonly Panel[] = [modes, halfTimes, distance];
