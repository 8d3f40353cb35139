import { expect, test } from 'vitest';
import { madeSet } from '../programs/data.ts';
import type { DenseLayer } from '../programs/dense.ts';
import { normals, STREAMS } from '../random.ts';
import { fourierColumns, keptFrequencies, unitSpectra } from './fourier.ts';

const layersOf = (p: number, units: number): DenseLayer[] => [
  { in: 2 * p, out: units, bias: false, activation: 'square', skip: false, rate: 1, biasRate: 1 },
  { in: units, out: p, bias: false, activation: 'identity', skip: false, rate: 1, biasRate: 1 },
];

const sumTable = (p: number) =>
  madeSet({ kind: 'modular', modulus: p, samples: p * p, table: 'sum' }, 2 * p, p);

/** Units of every frequency and phases that cancel all but cos 2πk(a + b − c)/p (Gromov 2023). */
function exactSolution(p: number, frequencies: readonly number[]): Float64Array[] {
  const phases = [0, 1, 2, 3].flatMap((i) => [0, 1, 2, 3].map((j) => [i, j] as const));
  const units = frequencies.flatMap((k) =>
    phases.map(([i, j]) => ({ k, phi: (i * Math.PI) / 2 + 0.3, psi: (j * Math.PI) / 2 + 0.1 })),
  );
  const wave = (k: number, a: number, phase: number) => Math.cos((2 * Math.PI * k * a) / p + phase);
  const first = [0, 1].flatMap((part) =>
    Array.from({ length: p }, (_, a) =>
      units.map(({ k, phi, psi }) => wave(k, a, part === 0 ? phi : psi)),
    ),
  );
  const second = units.map(({ k, phi, psi }) =>
    Array.from({ length: p }, (_, c) => wave(k, c, phi + psi)),
  );
  return [Float64Array.from(first.flat()), Float64Array.from(second.flat())];
}

test.each([13, 23])(
  'of the exact solution modulo %i all is waves, and without them nothing is known',
  (p) => {
    const frequencies = Array.from({ length: (p - 1) / 2 }, (_, i) => i + 1);
    const weights = exactSolution(p, frequencies);
    const { x, y } = sumTable(p);
    const columns = fourierColumns(layersOf(p, 16 * frequencies.length), weights, x, y);
    expect(columns.fourierShare).toBeCloseTo(1, 12);
    expect(columns.fourierSpread).toBe(1);
    expect(columns.restrictedAccuracy).toBe(1);
    // What is left is rounding, of which any class may be the largest.
    expect(columns.excludedAccuracy).toBeLessThan(0.2);
  },
);

test.each([7, 8, 11])(
  'power modulo %i is that of the discrete Fourier transform, and adds up to the squares',
  (p) => {
    const units = 3;
    const weights = normals(5, STREAMS.probe, 0, 2 * p * units);
    const { power } = unitSpectra(weights, p, units);
    const frequencies = Math.floor(p / 2) + 1;
    for (let n = 0; n < units; n++) {
      const own = [...power.subarray(n * frequencies, (n + 1) * frequencies)];
      const squares = weights.reduce((sum, w, i) => sum + (i % units === n ? w * w : 0), 0);
      expect(own.reduce((sum, v) => sum + v, 0)).toBeCloseTo(squares, 10);
      for (let k = 0; k < frequencies; k++) {
        let truth = 0;
        for (const part of [0, p]) {
          for (const sign of (2 * k) % p === 0 ? [1] : [1, -1]) {
            let [re, im] = [0, 0];
            for (let a = 0; a < p; a++) {
              const angle = (-2 * Math.PI * sign * k * a) / p;
              const w = weights[(part + a) * units + n] ?? 0;
              re += w * Math.cos(angle);
              im += w * Math.sin(angle);
            }
            truth += (re * re + im * im) / p;
          }
        }
        expect(own[k]).toBeCloseTo(truth, 10);
      }
    }
  },
);

test('of one wave and a weaker one only the stronger is kept, with its size and phase', () => {
  const p = 11;
  expect(keptFrequencies(p)).toBe(1);
  const of = (a: number, k: number, size: number) =>
    size * Math.sin((2 * Math.PI * k * a) / p + 0.7);
  const weights = Array.from({ length: 2 * p }, (_, i) => of(i % p, 3, 2) + of(i % p, 4, 1) + 0.5);
  const { kept } = unitSpectra(weights, p, 1);
  for (const [i, value] of kept.entries()) expect(value).toBeCloseTo(of(i % p, 3, 2), 12);
});

test('another network than a quadratic one is refused with a sentence', () => {
  const [first, second] = layersOf(5, 4) as [DenseLayer, DenseLayer];
  const { x, y } = sumTable(5);
  const weights = [new Float64Array(40), new Float64Array(20)];
  expect(() => fourierColumns([{ ...first, activation: 'relu' }, second], weights, x, y)).toThrow(
    /quadratic/,
  );
});
