import { describe, expect, test } from 'vitest';
import { freshInputs } from './fresh-inputs.ts';
import { arrayOf } from './hosted.ts';
import { onlineProgram } from './online.ts';
import { HYPER, type Hyper, type OnlineSpec } from './program.ts';

const D = 12;
const online = (changes: Partial<OnlineSpec>): OnlineSpec => ({
  ...{ kind: 'online', dimension: D, replicas: 1, overlap: 0.4, labels: 'own' },
  model: { kind: 'committee', students: 2, teachers: 2 },
  ...{ steps: 10, recordEvery: 5, checkpointEvery: 5 },
  ...changes,
});
const made = (changes: Partial<OnlineSpec>, hyper: Partial<Hyper> = {}) => {
  const run = { id: 'a', seed: 5, hyper: { ...HYPER, ...hyper } };
  return onlineProgram(online(changes), [run]);
};
const input = (step: number, draw = 0) => {
  const x = new Float32Array(D);
  freshInputs(x, 5, step, draw);
  return [...x];
};
const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, v, k) => sum + v * (b[k] ?? Number.NaN), 0);

/** erf(x/√2) by Simpson's rule over its slope. */
function g(x: number): number {
  const parts = 200;
  const h = x / parts;
  const slope = (z: number) => Math.sqrt(2 / Math.PI) * Math.exp((-z * z) / 2);
  let sum = 0;
  for (let i = 0; i < parts; i++)
    sum += (h / 6) * (slope(i * h) + 4 * slope((i + 0.5) * h) + slope((i + 1) * h));
  return sum;
}

/**
 * The teacher's vectors, found from outside: order parameters are linear in weights, so those of unit vectors
 * are the teacher's entries.
 */
function teacherOf(program: ReturnType<typeof made>, column: string, students: number): number[] {
  return Array.from({ length: D }, (_, k) => {
    const unit = new Float32Array(students * D);
    unit[k] = 1;
    return program.read(0, { W1: unit })[column] ?? Number.NaN;
  });
}

/** Gradient by central differences. */
const gradient = (of: (w: number[]) => number, w: readonly number[]) =>
  w.map((_, k) => {
    const moved = (by: number) => of(w.map((v, i) => (i === k ? v + by : v)));
    return (moved(1e-5) - moved(-1e-5)) / 2e-5;
  });

describe('a committee', () => {
  const hyper = { learningRate: 1.5, initScale: 0.5 };
  const program = made({}, hyper);
  const teachers = ['R1.1/1', 'R1.2/1'].map((name) => teacherOf(program, name, 2));

  test('starts at the order parameters that theory starts at, whatever the seed', () => {
    const { loss, ...order } = program.read(0, program.initial(0));
    const expected = { 'R1.1': 0.2, 'R1.2': 0, 'R2.1': 0, 'R2.2': 0.2, 'Q1.1': 0.25, 'Q2.1': 0 };
    for (const [name, value] of Object.entries({ ...expected, 'Q2.2': 0.25 }))
      expect(order[`${name}/1`], name).toBeCloseTo(value, 6);
    expect(loss).toBeGreaterThan(0);
    expect(dot(teachers[0] ?? [], teachers[0] ?? [])).toBeCloseTo(1, 6);
    expect(dot(teachers[0] ?? [], teachers[1] ?? [])).toBeCloseTo(0, 6);
  });

  test.each([
    ['its own label', 'own', 0],
    ['another input’s label', 'other', 0x10000],
  ] as const)('steps down the gradient of the loss on one input with %s', (_, labels, draw) => {
    const own = made({ labels }, hyper);
    const state = own.initial(0);
    const weights = arrayOf(state, 'W1');
    for (let t = 0; t < 3; t++) {
      const label = teachers.reduce((sum, b) => sum + g(dot(b, input(t, draw))), 0);
      const loss = (w: number[]) =>
        (label - g(dot(w.slice(0, D), input(t))) - g(dot(w.slice(D), input(t)))) ** 2 / 2;
      const before = [...weights];
      const slope = gradient(loss, before);
      own.update(0, state, t);
      for (const [k, w] of weights.entries())
        expect(w).toBeCloseTo((before[k] ?? 0) - (1.5 / D) * (slope[k] ?? 0), 6);
      expect(Math.max(...slope.map(Math.abs))).toBeGreaterThan(0.01);
    }
  });

  test('its loss is the mean over fresh inputs of half the squared error', () => {
    const state = program.initial(0);
    const weights = arrayOf(state, 'W1');
    const count = 20_000;
    const errors = Array.from({ length: count }, (_, t) => {
      const x = input(1000 + t);
      const student = g(dot(weights.subarray(0, D), x)) + g(dot(weights.subarray(D), x));
      const teacher = teachers.reduce((sum, b) => sum + g(dot(b, x)), 0);
      return (student - teacher) ** 2 / 2;
    });
    const mean = errors.reduce((a, b) => a + b, 0) / count;
    const spread = Math.sqrt(errors.reduce((a, b) => a + (b - mean) ** 2, 0) / count);
    const { loss = Number.NaN } = program.read(0, state);
    expect(Math.abs(loss - mean)).toBeLessThan((4 * spread) / Math.sqrt(count));
  });
});

describe('a single-index model', () => {
  const HERMITE: Readonly<Record<number, (z: number) => number>> = {
    1: (z) => z,
    2: (z) => (z * z - 1) / Math.SQRT2,
    3: (z) => (z ** 3 - 3 * z) / Math.sqrt(6),
  };

  test.each([1, 2, 3])(
    'of degree %i goes along the sphere, down the correlation loss',
    (degree) => {
      const h = HERMITE[degree] ?? Number.NaN;
      if (typeof h === 'number') throw new Error('There is no such polynomial here.');
      const single = (model: OnlineSpec['model']) => made({ model }, { learningRate: 0.05 });
      // The overlap of degree one is linear in the weights, and the direction is the same for all.
      const u = teacherOf(single({ kind: 'single-index', degree: 1 }), 'overlap/1', 1);
      const program = single({ kind: 'single-index', degree });
      const state = program.initial(0);
      const weights = arrayOf(state, 'W1');
      expect(dot(u, weights)).toBeCloseTo(0.4, 6);
      for (let t = 0; t < 3; t++) {
        const x = input(t);
        // Of w/‖w‖: its gradient at ‖w‖ = 1 lies along the sphere.
        const loss = (w: number[]) => 1 - h(dot(u, x)) * h(dot(w, x) / Math.sqrt(dot(w, w)));
        const before = [...weights];
        const slope = gradient(loss, before);
        const moved = before.map((w, k) => w - 0.05 * (slope[k] ?? 0));
        const length = Math.sqrt(dot(moved, moved));
        program.update(0, state, t);
        for (const [k, w] of weights.entries()) expect(w).toBeCloseTo((moved[k] ?? 0) / length, 5);
      }
      const { loss, 'overlap/1': overlap } = program.read(0, state);
      const m = dot(u, weights);
      expect(overlap).toBeCloseTo(degree === 2 ? Math.abs(m) : m, 9);
      expect(loss).toBeCloseTo(1 - m ** degree, 9);
    },
  );
});

test('where all is learnt the loss is zero, and never below', () => {
  const model = { kind: 'single-index', degree: 1 } as const;
  const single = made({ model });
  const u = Float32Array.from(teacherOf(single, 'overlap/1', 1), (v) => v * (1 + 1e-6));
  expect(single.read(0, { W1: u }).loss).toBe(0);
  const two = made({});
  const learnt = Float32Array.from(['R1.1/1', 'R1.2/1'].flatMap((name) => teacherOf(two, name, 2)));
  const { loss = Number.NaN } = two.read(0, { W1: learnt });
  expect(loss).toBeGreaterThanOrEqual(0);
  // The teacher is kept in float32, and its length taken for one.
  expect(loss).toBeLessThan(1e-7);
});

test('replicas have teachers and inputs of their own, and the loss is their mean', () => {
  const model = { kind: 'single-index', degree: 1 } as const;
  const program = made({ model, replicas: 3 }, { learningRate: 0.05 });
  const state = program.initial(0);
  const weights = arrayOf(state, 'W1');
  program.update(0, state, 0);
  const parts = [0, 1, 2].map((i) => [...weights.subarray(i * D, (i + 1) * D)]);
  expect(new Set(parts.map(String)).size).toBe(3);
  const { loss, ...overlaps } = program.read(0, state);
  const values = Object.values(overlaps);
  expect(new Set(values).size).toBe(3);
  expect(loss).toBeCloseTo(
    values.reduce((sum, m) => sum + (1 - m) / 3, 0),
    12,
  );
});

test('more directions than dimensions are refused with a sentence', () => {
  const model = { kind: 'committee', students: 8, teachers: 8 } as const;
  expect(() => made({ model })).toThrow(/no 16 orthogonal directions in 12/);
});
