import { expect, test } from 'vitest';
import { radialPower } from './radial-power.ts';

const SIDE = 8;
const at = (of: (x: number, y: number) => number, side = SIDE) =>
  Float64Array.from({ length: side * side }, (_, i) => of(i % side, Math.floor(i / side)));
const hann = (i: number, side = SIDE) => (1 - Math.cos((2 * Math.PI * i) / side)) / 2;

/** Mean power of each ring by the sums of the definition, with sines of the library. */
function byDefinition(grey: Float64Array): number[] {
  const weights = at((x, y) => hann(x) * hann(y));
  const whole = weights.reduce((sum, w) => sum + w, 0);
  const mean = weights.reduce((sum, w, i) => sum + w * (grey[i] ?? 0), 0) / whole;
  const rings = Array.from({ length: SIDE / 2 }, () => ({ sum: 0, count: 0 }));
  for (let v = -SIDE / 2; v < SIDE / 2; v++)
    for (let u = -SIDE / 2; u < SIDE / 2; u++) {
      const ring = rings[Math.round(Math.hypot(u, v))];
      if (ring === undefined || (u === 0 && v === 0)) continue;
      let [re, im] = [0, 0];
      for (let y = 0; y < SIDE; y++)
        for (let x = 0; x < SIDE; x++) {
          const angle = (-2 * Math.PI * (u * x + v * y)) / SIDE;
          const value = (weights[y * SIDE + x] ?? 0) * ((grey[y * SIDE + x] ?? 0) - mean);
          re += value * Math.cos(angle);
          im += value * Math.sin(angle);
        }
      ring.sum += re ** 2 + im ** 2;
      ring.count += 1;
    }
  return rings.map(({ sum, count }) => (count === 0 ? 0 : sum / count));
}

test('it is the mean over rings of the squared transforms of what the window leaves of both', () => {
  const first = at((x, y) => ((7 * x + 3 * y * y + x * y) % 11) - 2);
  const second = at((x, y) => ((5 * x * x + y * y * x) % 7) + 10 * x);
  const [a, b] = [byDefinition(first), byDefinition(second)];
  for (const [ring, power] of radialPower(SIDE)(first, second).entries())
    expect(power).toBeCloseTo((a[ring] ?? Number.NaN) + (b[ring] ?? Number.NaN), 9);
});

test('brightness is no power, and contrast counts twice', () => {
  const powerOf = radialPower(16);
  const grey = at((x, y) => Math.sin(x * x + 2 * y), 16);
  const own = [...powerOf(grey, grey)];
  const bright = [grey.map((v) => 100 + 3 * v), grey.map((v) => 3 * v - 1)] as const;
  const other = powerOf(...bright);
  for (const [ring, power] of other.entries()) expect(power).toBeCloseTo(9 * (own[ring] ?? 0), 6);
  expect(own.slice(1).every((p) => p > 0)).toBe(true);
});

test('a wave is in the ring of its frequency, whichever way it goes', () => {
  const powerOf = radialPower(64);
  const waves = [
    [20, 0],
    [0, 20],
    [12, 16],
  ] as const;
  for (const [u, v] of waves) {
    const grey = at((x, y) => Math.cos((2 * Math.PI * (u * x + v * y)) / 64), 64);
    const power = [...powerOf(grey, grey)];
    expect(power.indexOf(Math.max(...power))).toBe(20);
    // The Hann window spreads it over the neighbours, and no further.
    expect(power[16] ?? 1).toBeLessThan(1e-12 * (power[20] ?? 0));
  }
});

test('sides that are no powers of two are refused', () => {
  expect(() => radialPower(12)).toThrow(/power of two, not 12/);
});
