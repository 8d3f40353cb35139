import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openEngine } from '../engines/open.ts';
import type { MlpSpec } from '../programs/program.ts';
import { lazyLimit, randomShares } from './lazy-limit.ts';
import { lazyRich } from './lazy-rich.ts';
import { cellsOf } from './registry.ts';

const wasmPath = `${path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`;

test('the kernel limit is what a network of width 4000 does at large α, within 5%', async () => {
  const config = {
    ...{ alpha: 30, pairs: 2000, inputs: 3, neurons: 2, samples: 12 },
    ...{ learningRate: 0.2, steps: 150 },
  };
  const { program, hyper } = lazyRich.plan(config, { null: false });
  const spec: MlpSpec = { ...(program as MlpSpec), train: { count: 12, draw: 'first' } };
  const engine = await openEngine({ backend: 'wasm', wasmPath });
  const training = await engine.start({ program: spec, runs: [{ id: 'a', seed: 5, hyper }] });
  while (!(await training.advance())) {}
  const columns = training.results()[0]?.series.columns;
  training.dispose();
  const { movement, testLoss } = lazyLimit(config);
  expect(Math.abs((columns?.movement?.at(-1) ?? 0) / (movement / config.alpha) - 1)).toBeLessThan(
    0.05,
  );
  expect(Math.abs((columns?.testLoss?.at(-1) ?? 0) / testLoss - 1)).toBeLessThan(0.05);
});

test('random directions in three dimensions have a uniform cosine with one axis', () => {
  const shares = randomShares(3, 1);
  expect(Math.abs((shares[0] ?? 0) - 0.55)).toBeLessThan(0.02);
  for (const share of shares.slice(1)) expect(Math.abs(share - 0.05)).toBeLessThan(0.01);
});

test('says what is needed where the grid has no rich or no lazy cell', () => {
  const cells = cellsOf(lazyRich, lazyRich.grids.quick);
  const runs = (alphas: readonly number[]) =>
    cells
      .filter((c) => alphas.includes(Number(c.alpha)))
      .flatMap((c) =>
        [1, 2].map((seed) => ({
          ...{ config: c, seed, outcome: { kind: 'completed' } as const },
          summary: { movement: 1 / Number(c.alpha), alignment: 0.3, testLoss: 1, progress: 0.01 },
        })),
      );
  const verdict = (alphas: readonly number[]) =>
    lazyRich.analyse(runs(alphas), { null: false, expected: 2 }).verdict;
  expect(verdict([3])).toMatchObject({ state: 'undecided' });
  expect(verdict([3]).because).toMatch(/two values of α/);
  expect(verdict([3, 30]).because).toMatch(/rich cell/);
  // Units that stayed scattered at small α are evidence against the law.
  expect(verdict([0.01, 3, 30]).state).toBe('fails');
});
