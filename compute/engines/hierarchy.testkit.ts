/**
 * What training on random hierarchies promises, on every backend alike, in Node and in a browser: it follows a float64
 * reference of plain loops, string after string, written apart from what it checks but for data and initial weights.
 */
import { describe, expect, test } from 'vitest';
import { type Strings, stringsAt } from '../programs/hierarchy.ts';
import { type HierarchySpec, HYPER, type Hyper, type Pack } from '../programs/program.ts';
import { initialTrees, treeBatch } from '../programs/tree-network.ts';
import { halfCosine, referenceAdam } from './adam-reference.testkit.ts';
import type { Train } from './conformance.testkit.ts';

export const hierarchy = (changes: Partial<HierarchySpec> = {}): HierarchySpec => ({
  ...{ kind: 'hierarchy', width: 5, samples: [7, 24], batch: 4, probe: 10 },
  task: { classes: 3, symbols: 4, synonyms: 2, tuple: 2, levels: 3, labels: 'own' },
  ...{ steps: 6, recordEvery: 2, checkpointEvery: 2 },
  ...changes,
});

const hyper = (changes: Partial<Hyper> = {}): Hyper => ({
  ...{ ...HYPER, learningRate: 0.02, momentum: 0.9 },
  ...changes,
});

export const hierarchies = (program: HierarchySpec, ...hypers: Hyper[]): Pack => ({
  program,
  runs: hypers.map((h, i) => ({ id: `h${i}`, seed: 70 + i, hyper: h })),
});

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

const n = (list: ArrayLike<number> | undefined, i: number) => list?.[i] as number;

/** Mean loss over some strings, and how many are told rightly, by going up the tree of each. */
function learnt(
  { task, width }: HierarchySpec,
  weights: readonly Float64Array[],
  { leaves, labels }: Strings,
  rows: ArrayLike<number>,
  alpha: number,
): { readonly loss: number; readonly right: number } {
  const { symbols, tuple, levels, classes } = task;
  const size = tuple ** levels;
  let [loss, right] = [0, 0];
  for (const row of Array.from(rows)) {
    let below: number[][] = range(0, size).map((k) =>
      range(0, symbols).map((a) => Number(n(leaves, row * size + k) === a)),
    );
    for (let l = 0; l < levels; l++) {
      const states: number[][] = below;
      below = range(0, states.length / tuple).map((p) => {
        const seen = states.slice(p * tuple, (p + 1) * tuple).flat();
        return range(0, width).map((j) => {
          let sum = n(weights[2 * l + 1], j);
          for (const [i, v] of seen.entries()) sum += v * n(weights[2 * l], i * width + j);
          return Math.max(0, sum);
        });
      });
    }
    const top = below[0] as number[];
    const f = range(0, classes).map((c) =>
      top.reduce((s, v, i) => s + alpha * v * n(weights[2 * levels], i * classes + c), 0),
    );
    const label = n(labels, row);
    loss += (Math.log(f.reduce((s, v) => s + Math.exp(v), 0)) - n(f, label)) / rows.length;
    right += Number(f.indexOf(Math.max(...f)) === label);
  }
  return { loss, right };
}

/** Weights of network k after each update, those at the start first. */
function course(spec: HierarchySpec, seed: number, own: Hyper, k: number): Float64Array[][] {
  const { task, samples, probe, steps } = spec;
  const strings = stringsAt(task, seed, Math.max(...samples) + probe);
  const weights = initialTrees(spec, seed, own.initScale).map((w) => {
    const size = w.length / samples.length;
    return Float64Array.from(w.subarray(k * size, (k + 1) * size));
  });
  const adam = referenceAdam(weights, own);
  const all = [weights.map((w) => w.slice())];
  for (let t = 0; t < steps; t++) {
    const rows = treeBatch(spec, seed, t, k);
    adam.update(
      own.learningRate * halfCosine(t, steps),
      () => learnt(spec, weights, strings, rows, own.outputScale).loss,
    );
    all.push(weights.map((w) => w.slice()));
  }
  return all;
}

/** Of losses: float32 rounding, of sums over a few dozen numbers. */
const BOUND = 2e-5;
const relative = (a: number, b: number) => Math.abs(a - b) / Math.max(Math.abs(b), 1e-12);

export function trainsHierarchies(name: string, train: Train): void {
  describe(name, () => {
    test.each([
      ['three levels of pairs', {}],
      [
        'two levels of triples, fewer data than are observed',
        {
          samples: [2, 6],
          task: { classes: 2, symbols: 3, synonyms: 2, tuple: 3, levels: 2, labels: 'own' },
        },
      ],
      [
        'one level, shuffled',
        {
          ...{ samples: [9], probe: 6 },
          task: { classes: 4, symbols: 4, synonyms: 4, tuple: 2, levels: 1, labels: 'shuffled' },
        },
      ],
    ] as const)('%s: Adam follows the float64 reference', async (_, changes) => {
      const spec = hierarchy(changes);
      const hypers = [hyper(), hyper({ weightDecay: 0.1, outputScale: 1.5, initScale: 0.7 })];
      const { results } = await train(hierarchies(spec, ...hypers));
      const { samples, probe, task } = spec;
      const [seen, largest] = [Math.min(probe, ...samples), Math.max(...samples)];
      for (const [r, own] of hypers.entries()) {
        const courses = samples.map((_p, k) => course(spec, 70 + r, own, k));
        const strings = stringsAt(task, 70 + r, largest + probe);
        const columns = results[r]?.series.columns ?? {};
        expect(columns.loss?.length).toBe(4);
        for (const row of range(0, 4)) {
          const at = `run ${r}, record ${row}`;
          const losses = courses.map((weights, k) => {
            const of = (rows: number[]) =>
              learnt(spec, weights[row * spec.recordEvery] ?? [], strings, rows, own.outputScale);
            const [known, held] = [of(range(0, seen)), of(range(largest, largest + probe))];
            expect(n(columns[`accuracy/${k + 1}`], row), at).toBeCloseTo(known.right / seen, 6);
            expect(n(columns[`testAccuracy/${k + 1}`], row), at).toBeCloseTo(held.right / probe, 6);
            return known.loss;
          });
          const truth = losses.reduce((sum, v) => sum + v / losses.length, 0);
          expect(relative(n(columns.loss, row), truth), at).toBeLessThan(BOUND);
        }
        const moved = Math.abs(n(columns.loss, 0) - n(columns.loss, 3));
        expect(moved, 'the loss must have moved').toBeGreaterThan(100 * BOUND);
      }
    });

    test('going on from a checkpoint gives the very same numbers, hashes included', async () => {
      const pack = hierarchies(hierarchy(), hyper(), hyper({ learningRate: 0.01 }));
      const whole = await train(pack);
      const { states } = await train(pack, undefined, 3);
      expect(states[0]?.step).toBeLessThan(6);
      expect((await train(pack, structuredClone(states))).results).toEqual(whole.results);
    });
  });
}
