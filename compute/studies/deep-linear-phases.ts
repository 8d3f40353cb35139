/**
 * Regimes of the study deep-linear over learning rate and depth: where descent is off the exact solution by what
 * a finite step explains to first order, and where the step is too large for that.
 */
import { modeRate } from '../analysis/linear-modes.ts';
import { mean } from '../analysis/stats.ts';
import { number } from './criteria.ts';
import { FIRST_ORDER_BAND, FLOW_SIZED, MODES } from './deep-linear-criteria.ts';
import type { Phases } from './study.ts';
import { between } from './traces.ts';

const [LOW, HIGH] = FIRST_ORDER_BAND;

export const PHASES: Phases = {
  ...{ x: 'learningRate', y: 'depth' },
  classes: [
    { id: 'first-order', label: `error as first order says, within ${LOW} to ${HIGH}` },
    { id: 'beyond', label: 'error beyond first order' },
  ],
  classify: (cells) =>
    cells.map(({ runs }) => {
      const values = runs.flatMap((r) => r.summary.firstOrder ?? []);
      if (values.length === 0) return null;
      const value = mean(values);
      return value >= LOW && value <= HIGH ? 'first-order' : 'beyond';
    }),
  boundary(cells) {
    const y = between(cells.map(({ config }) => number(config, 'depth')));
    const x = y.map((depth) => FLOW_SIZED / modeRate(depth, MODES[0]));
    return [{ label: `step of the size of the flow: η L s^(2−2/L) = ${FLOW_SIZED}`, x, y }];
  },
};
