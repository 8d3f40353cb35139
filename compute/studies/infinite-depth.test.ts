import { expect, test } from 'vitest';
import { madeSet } from '../programs/data.ts';
import { halfTurn, initialMlp } from '../programs/mlp.ts';
import type { MlpSpec } from '../programs/program.ts';
import { flowOutputs, infiniteDepth } from './infinite-depth.ts';
import type { Config, RunSummary, Summary } from './study.ts';

const config: Config = { setting: 'smooth', depth: 8, width: 12, learningRate: 0.3, steps: 10 };
const specOf = (of: Config): MlpSpec => {
  const { program } = infiniteDepth.plan(of, { null: false });
  if (program.kind !== 'mlp') throw new Error('Not an mlp.');
  return program;
};

test('a half turn has the cosine and sine of the library', () => {
  for (const t of [0, 0.1, 0.5, 0.77, 1]) {
    const [cosine, sine] = halfTurn(t);
    expect(cosine).toBeCloseTo(Math.cos(Math.PI * t), 14);
    expect(sine).toBeCloseTo(Math.sin(Math.PI * t), 14);
  }
});

/** Outputs on the last four samples by plain loops in float64. */
function outputsOf(of: Config, seed: number): number[] {
  const spec = specOf(of);
  const weights = initialMlp(spec, seed, 1);
  const { x } = madeSet(spec.data as Parameters<typeof madeSet>[0], 8, 32);
  return [24, 25, 26, 27].flatMap((i) => {
    let h = [...x.subarray(8 * i, 8 * i + 8)];
    for (const [l, w] of weights.entries()) {
      const out = spec.layers[l + 1] ?? 0;
      const z = Array.from({ length: out }, (_, j) =>
        h.reduce((sum, v, k) => sum + v * (w[k * out + j] ?? 0), 0),
      );
      const inside = l > 0 && l < weights.length - 1;
      h = z.map((v, j) =>
        l === weights.length - 1
          ? v
          : inside
            ? (h[j] ?? 0) + (spec.branch ?? 1) * Math.tanh(v)
            : Math.tanh(v),
      );
    }
    return h;
  });
}

test('the initial networks of a seed go to its differential equation as 1/L', () => {
  const flow = flowOutputs(config, 3);
  const distance = (depth: number) =>
    Math.hypot(...outputsOf({ ...config, depth }, 3).map((f, i) => f - (flow[i] ?? 0)));
  const [coarse, fine] = [distance(15), distance(60)];
  expect(fine).toBeGreaterThan(0);
  expect(Math.log(coarse / fine) / Math.log(4)).toBeGreaterThan(0.9);
  expect(Math.log(coarse / fine) / Math.log(4)).toBeLessThan(1.1);
});

test('weights are independent in one setting, and the same at every depth after the smooth ones', () => {
  const independent = initialMlp(specOf({ ...config, setting: 'independent' }), 1, 1);
  const inner = independent[1] ?? [];
  const next = independent[2] ?? [];
  let [along, size] = [0, 0];
  for (const [i, w] of inner.entries()) {
    along += w * (next[i] ?? 0);
    size += w * w;
  }
  expect(Math.abs(along / size)).toBeLessThan(0.3);
  const last = (depth: number) => initialMlp(specOf({ ...config, depth }), 1, 1).at(-1);
  expect(last(5)).toEqual(last(20));
});

const analysed = (variation: (depth: number) => number, extra: Summary = {}) => {
  const runs = [8, 16].flatMap((depth) =>
    [1, 2, 3].map(
      (seed): RunSummary => ({
        ...{ config: { ...config, setting: 'independent', depth }, seed },
        outcome: { kind: 'completed' },
        summary: { variation: variation(depth), ratio: 1, increment: 0.1, loss: 0.1, ...extra },
      }),
    ),
  );
  return infiniteDepth.analyse(runs, { null: false, expected: 6 }).verdict.state;
};

test('the verdict holds for a constant variation, fails for a growing one or one unlike the prediction', () => {
  expect(analysed(() => 0.7)).toBe('holds');
  expect(analysed((depth) => 0.1 * depth)).toBe('fails');
  expect(analysed(() => 0.7, { ratio: 1.4 })).toBe('fails');
});
