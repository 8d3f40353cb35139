import { describe, expect, test } from 'vitest';
import { columnOf, edgeOf, momentumOf, rateOf } from './edge-law.ts';
import { edgeOfStability } from './edge-of-stability.ts';
import { cellsOf } from './registry.ts';
import type { Config, ParamValue, RunRecord, Verdict } from './study.ts';

const options = { null: false };
const cells = (params: Readonly<Record<string, readonly ParamValue[]>>) =>
  cellsOf(edgeOfStability, {
    params: { ...edgeOfStability.grids.quick.params, learningRate: [0.2], ...params },
    seeds: [1],
  });

/** Size of x after 2000 steps of the optimizer on ½ λ x², from 1; Adam's preconditioner held at 1, its bias corrected away. */
function endOnQuadratic(config: Config, sharpness: number): number {
  const [eta, beta] = [rateOf(config, options), momentumOf(config)];
  const fresh = config.optimizer === 'adam' ? 1 - beta : 1;
  let [x, m] = [1, 0];
  for (let t = 0; t < 2000 && Math.abs(x) < 1e6; t++) {
    m = beta * m + fresh * sharpness * x;
    x -= eta * m;
  }
  return Math.abs(x);
}

describe.each(['gd', 'momentum', 'adam'])('the edge of %s', (optimizer) => {
  test('is where it begins to diverge on a quadratic', () => {
    const [config] = cells({ optimizer: [optimizer], momentum: [0.5] });
    if (config === undefined) throw new Error('The grid is empty.');
    const edge = edgeOf(config) / rateOf(config, options);
    expect(endOnQuadratic(config, 0.98 * edge)).toBeLessThan(1e-3);
    expect(endOnQuadratic(config, 1.02 * edge)).toBeGreaterThan(1e3);
  });
});

test('the edges are 2/η, 2(1 + β)/η and 38/η, and the runs are trained so', () => {
  const [gd, ball, adam] = cells({ optimizer: ['gd', 'momentum', 'adam'], momentum: [0.5] });
  if (gd === undefined || ball === undefined || adam === undefined) throw new Error('No cells.');
  expect([gd, ball, adam].map(edgeOf)).toEqual([2, 3, expect.closeTo(38, 9)]);
  const plans = [gd, ball, adam].map((c) => edgeOfStability.plan(c, options));
  expect(plans.map((p) => p.hyper.momentum)).toEqual([0, 0.5, 0.9]);
  expect(plans.map((p) => p.hyper.learningRate)).toEqual([0.2, 0.2, expect.closeTo(0.004, 9)]);
  expect(plans.map((p) => p.program)).toMatchObject([
    { observe: ['loss', 'sharpness'] },
    { observe: ['loss', 'sharpness'] },
    { observe: ['loss', 'preconditionedSharpness'] },
  ]);
  const [still] = cells({ optimizer: ['gd'], momentum: [0.9] });
  expect(edgeOfStability.plan(still ?? gd, options).hyper.momentum).toBe(0);
});

test('digits have as many inputs as their pixels, and networks the hidden layers asked for', () => {
  const [config] = cells({ data: ['mnist'], depth: [3], activation: ['relu'] });
  const { program } = edgeOfStability.plan(config ?? {}, options);
  expect(program).toMatchObject({ layers: [49, 32, 32, 32, 10], activation: 'relu' });
});

/** A run whose ratio is given over the share of its training that is done. */
function made(config: Config, seed: number, ratioAt: (share: number) => number): RunRecord {
  const edge = edgeOf(config) / rateOf(config, options);
  const rows = Array.from({ length: 51 }, (_, i) => i);
  const own = rows.map((i) => edge * ratioAt(i / 50) * (1 + 0.001 * seed));
  return {
    ...{ config, seed, outcome: { kind: 'completed' } },
    series: {
      steps: Float32Array.from(rows, (i) => 24 * i),
      columns: { loss: Float32Array.from(own), [columnOf(config)]: Float32Array.from(own) },
    },
  };
}

function verdictOn(
  configs: readonly Config[],
  ratioAt: (share: number, config: Config) => number,
): Verdict {
  const runs = configs.flatMap((config) =>
    [1, 2, 3].map((seed) => made(config, seed, (share) => ratioAt(share, config))),
  );
  return edgeOfStability.analyse(
    runs.map((run) => ({ ...run, summary: edgeOfStability.summarise(run, options) })),
    { ...options, expected: runs.length },
  ).verdict;
}

const climbs = (to: number) => (share: number) => Math.min(to, 4 * share);

test('holds where all that came to the edge hover at it, whatever climbs still', () => {
  expect(verdictOn(cells({ optimizer: ['gd', 'momentum'] }), climbs(1)).state).toBe('holds');
  const mixed = verdictOn(cells({ learningRate: [0.1, 0.2] }), (share, { learningRate }) =>
    learningRate === 0.2 ? climbs(1)(share) : 0.8 * share,
  );
  expect(mixed.state).toBe('holds');
  expect(mixed.because).toMatch(/Not yet at the edge, not judged/);
});

test('fails where one setting of several came to the edge and left it, below or above', () => {
  for (const late of [0.85, 1.2]) {
    const verdict = verdictOn(cells({ optimizer: ['gd', 'momentum'] }), (share, { optimizer }) =>
      optimizer === 'momentum' && share > 0.5 ? late : climbs(1)(share),
    );
    expect(verdict.state).toBe('fails');
    expect(verdict.because).toMatch(/heavy ball/);
  }
});

test('a run that comes to the edge in the last third only is not judged yet', () => {
  const verdict = verdictOn(cells({}), (share) => share);
  expect(verdict.state).toBe('undecided');
  expect(verdict.because).toMatch(/still rising/);
});

test('fails where nothing is even on its way', () => {
  expect(verdictOn(cells({}), () => 0.1).state).toBe('fails');
});

test('Adam is judged on the digits, and only measured on the Chebyshev task', () => {
  const low = (share: number) => (share > 0.5 ? 0.9 : climbs(1)(share));
  expect(verdictOn(cells({ optimizer: ['adam'], data: ['mnist'] }), low).state).toBe('fails');
  const measured = verdictOn(cells({ optimizer: ['gd', 'adam'] }), (share, { optimizer }) =>
    optimizer === 'adam' ? low(share) : climbs(1)(share),
  );
  expect(measured.state).toBe('holds');
  expect(measured.because).toMatch(/Measured, not judged: Adam/);
  expect(verdictOn(cells({ optimizer: ['adam'] }), climbs(1)).state).toBe('undecided');
});
