import { Matrix, solve } from 'ml-matrix';
import { expect, test } from 'vitest';
import { philox4x32, STREAMS } from '../random.ts';
import { arrayOf } from './hosted.ts';
import { HYPER, type Hyper, type SpectrumSpec } from './program.ts';
import { amplitude, spectrumProgram } from './spectrum.ts';

const spec = (changes: Partial<SpectrumSpec> = {}): SpectrumSpec => ({
  ...{ kind: 'spectrum', modes: 130, seen: 20, decay: 1.5, power: 1.75, labels: 'own' },
  ...{ data: { kind: 'fresh', batch: 6 }, observe: ['loss'] },
  ...{ steps: 3, recordEvery: 1, checkpointEvery: 1 },
  ...changes,
});
const run = (changes: Partial<SpectrumSpec>, hyper: Partial<Hyper> = {}) => {
  const one = { id: 'r', seed: 7, hyper: { ...HYPER, ...hyper } };
  const program = spectrumProgram(spec(changes), [one]);
  const state = program.initial(0);
  return {
    weights: arrayOf(state, 'W1'),
    update: (step: number) => program.update(0, state, step),
    loss: () => program.read(0, state).loss ?? Number.NaN,
  };
};

/** A sample's signs, bit by bit from the generator: sample `row` of an update. */
const signsOf = (modes: number, stream: number, row: number, step: number) =>
  Array.from({ length: modes }, (_, k) => {
    const word = philox4x32([Math.floor(k / 128), row, stream, step], [7, 0])[
      Math.floor((k % 128) / 32)
    ];
    return Math.floor((word ?? 0) / 2 ** (k % 32)) % 2 === 0 ? 1 : -1;
  });

/** Inputs x = ±√λ of a batch and their targets, by powers in float64. */
function batchOf(count: number, step: number, labels: SpectrumSpec['labels'] = 'own') {
  const rows = Array.from({ length: count }, (_, row) => row);
  const x = rows.map((row) =>
    signsOf(130, STREAMS.data, row, step).map((s, k) => s * (k + 1) ** -0.75),
  );
  const y = rows.map((row) => {
    const signs = signsOf(130, labels === 'own' ? STREAMS.data : STREAMS.target, row, step);
    return signs.reduce((sum, s, k) => sum + s * (k + 1) ** -0.875, 0);
  });
  return { x, y };
}

test.each([0, 1, 6, 7, 16])('the amplitude of k to %i eighths is that of the power', (eighths) => {
  for (const k of [1, 2, 3, 100, 1024])
    expect(amplitude(k, eighths) / k ** (-eighths / 8)).toBeCloseTo(1, 13);
});

test('inputs are signs of both kinds alike, and of no mode with another', () => {
  const rows = Array.from({ length: 400 }, (_, row) => signsOf(130, STREAMS.data, row, 0));
  const mean = (of: (signs: readonly number[]) => number) =>
    rows.reduce((sum, signs) => sum + of(signs), 0) / rows.length;
  // Five standard deviations of 400 fair signs.
  for (const k of [0, 31, 32, 127, 128])
    for (const other of [1, 33, 129]) {
      expect(Math.abs(mean((s) => s[k] ?? 0))).toBeLessThan(0.25);
      expect(Math.abs(mean((s) => (s[k] ?? 0) * (s[other] ?? 0)))).toBeLessThan(0.25);
    }
});

test.each(['own', 'shuffled'] as const)(
  'descent on fresh samples is that of the gradient, with %s labels',
  (labels) => {
    const model = run({ labels }, { learningRate: 0.3, momentum: 0.5, weightDecay: 0.1 });
    let [w, m] = [new Array<number>(20).fill(0), new Array<number>(20).fill(0)];
    for (let step = 0; step < 3; step++) {
      const { x, y } = batchOf(6, step, labels);
      const errors = x.map((own, i) => w.reduce((f, v, k) => f + v * (own[k] ?? 0), -(y[i] ?? 0)));
      m = m.map((v, k) => {
        const slope = errors.reduce((sum, e, i) => sum + e * (x[i]?.[k] ?? 0), 0) / 6;
        return 0.5 * v + slope + 0.1 * (w[k] ?? 0);
      });
      w = w.map((v, k) => v - 0.3 * (m[k] ?? 0));
      model.update(step);
      for (const [k, v] of w.entries()) expect(model.weights[k]).toBeCloseTo(v, 6);
    }
    expect(Math.hypot(...w)).toBeGreaterThan(0.1);
  },
);

test('on kept samples it ends at the solution of ridge regression', () => {
  const ridge = 0.05;
  const model = run(
    { data: { kind: 'fixed', samples: 30 } },
    { learningRate: 0.5, momentum: 0.8, weightDecay: ridge },
  );
  for (let step = 0; step < 600; step++) model.update(step);
  const { x, y } = batchOf(30, 0);
  const X = new Matrix(x.map((row) => row.slice(0, 20)));
  const gram = X.transpose().mmul(X).div(30).add(Matrix.eye(20).mul(ridge));
  const solution = solve(gram, X.transpose().mmul(Matrix.columnVector(y)).div(30));
  for (const [k, w] of solution.to1DArray().entries()) expect(model.weights[k]).toBeCloseTo(w, 5);
});

test('the loss is the mean square error over all inputs, unseen modes included', () => {
  // All 2⁸ inputs of eight modes, of which five are seen.
  const model = run({ modes: 8, seen: 5 }, { learningRate: 0.3 });
  model.update(0);
  let sum = 0;
  for (let corner = 0; corner < 256; corner++) {
    let error = 0;
    for (let k = 0; k < 8; k++) {
      const sign = Math.floor(corner / 2 ** k) % 2 === 0 ? 1 : -1;
      error += sign * ((k + 1) ** -0.75 * (model.weights[k] ?? 0) - (k + 1) ** -0.875);
    }
    sum += error ** 2;
  }
  expect(model.loss()).toBeCloseTo(sum / 256, 6);
});

test('where labels are shuffled, no weights have a lower loss than none', () => {
  const model = run({ labels: 'shuffled' }, { learningRate: 0.3 });
  const start = model.loss();
  const variance = Array.from({ length: 130 }, (_, k) => (k + 1) ** -1.75).reduce((a, b) => a + b);
  expect(start).toBeCloseTo(variance, 9);
  model.update(0);
  expect(model.loss()).toBeGreaterThan(start);
});

test('more modes than there are, and exponents that are no quarters, are refused', () => {
  expect(() => run({ seen: 131 })).toThrow(/130 modes/);
  expect(() => run({ decay: 1.3 })).toThrow(/quarters/);
});
