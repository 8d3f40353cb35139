/** The figure of the study edge-of-stability: sharpness in units of each optimizer's own threshold, where it settles, and the loss. */
import { number } from './criteria.ts';
import { lateRatio, ratiosOf, settingOf } from './edge-criteria.ts';
import { edgeName, edgeOf, rateOf } from './edge-law.ts';
import type { Panel } from './study.ts';
import { curveOf, moved, pointOf, spanOf, tasksOf, traceOf, valueAt } from './traces.ts';

/**
 * Ratios above this are not drawn. A ReLU unit that comes alive again under Adam has next to no second moment, and
 * for one record the preconditioned sharpness may be a hundred times the threshold (1 of 22 runs).
 */
const HIGHEST = 3;

const ratio: Panel = {
  id: 'ratio',
  title: 'Sharpness over its own threshold',
  caption: `Every run climbs to 1 and hovers there, whatever its optimizer, rate and task. Drawn up to ${HIGHEST}.`,
  x: { label: 'training step', scale: 'linear' },
  y: { label: 'sharpness over threshold', scale: 'linear', include: [0, 1.2] },
  draw: 'curves',
  colorBy: 'line',
  observe: (run, options) =>
    traceOf(
      settingOf(run.config),
      ratiosOf(run, options)
        .filter((r) => r.ratio <= HIGHEST)
        .map((r) => [r.step, r.ratio]),
    ),
  theory: (cells) => {
    const last = Math.max(1, ...cells.map((c) => number(c, 'steps')));
    return [{ cell: null, line: 'threshold', x: [0, last], y: [1, 1] }];
  },
};

const edge: Panel = {
  id: 'edge',
  title: 'Where sharpness settles',
  caption:
    'Late sharpness against learning rate: theory is one line an optimizer, drawn before any run.',
  x: { label: 'learning rate η', scale: 'log' },
  y: { label: 'sharpness (of Adam: preconditioned), last third', scale: 'log' },
  draw: 'points',
  colorBy: 'line',
  observe: (run, options) => {
    const [late, rate] = [lateRatio(run, options), rateOf(run.config, options)];
    const value = ((late ?? Number.NaN) * edgeOf(run.config)) / rate;
    return pointOf(settingOf(run.config), run, rate, value);
  },
  theory: (cells, options) =>
    tasksOf(cells, (c) => [edgeOf(c)]).map(({ config, cells: own }) => {
      const rates = own.map((i) => rateOf(cells[i] ?? config, options));
      const [x, line] = [spanOf(rates), edgeName(config)];
      return { cell: null, cells: own, line, x, y: x.map((eta) => edgeOf(config) / eta) };
    }),
  collapse: {
    x: { label: 'learning rate η', scale: 'log' },
    y: {
      label: 'late sharpness × η / edge (2, 2(1 + β), 38)',
      scale: 'linear',
      include: [0.8, 1.2],
    },
    caption:
      'Sharpness times η over what the optimizer is stable at: whatever the rate, 1 is left.',
    source:
      'Cohen et al. 2021, arXiv:2103.00065, §3 and appendix B; Cohen et al. 2022, arXiv:2207.14484, §3',
    onto: 'level',
    rescale: (config, trace) => moved('edge', trace, (eta, y) => [eta, (y * eta) / edgeOf(config)]),
  },
};

const loss: Panel = {
  id: 'loss',
  title: 'Loss',
  caption: 'At the edge the loss is not monotone, and still falls.',
  x: { label: 'training step', scale: 'linear' },
  y: { label: 'loss', scale: 'log' },
  draw: 'curves',
  colorBy: 'line',
  observe: (run) => curveOf(settingOf(run.config), run, (row) => valueAt(run, 'loss', row), true),
  theory: () => [],
};

export const PANELS: readonly Panel[] = [ratio, edge, loss];
