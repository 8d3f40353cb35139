/** tanh and exp against float64, over their whole range. */
import { expect, test } from 'vitest';
import { type Code, get, type Local, Locals, moduleOf, set, v } from './assembler.ts';
import { exp, tanh } from './math.ts';

/** The function on each float, by a module with nothing else in it. */
async function values(
  of: (locals: Locals, x: Local) => Code,
  x: Float32Array,
): Promise<Float32Array> {
  const locals = new Locals(1);
  const at: Local = { index: 0 };
  const code = locals.with(['v128'], (own) => [
    ...set(own, v.load(get(at), 0)),
    ...v.store(get(at), 0, of(locals, own)),
  ]);
  const memory = new WebAssembly.Memory({ initial: Math.ceil((4 * x.length) / 65536) });
  const { instance } = await WebAssembly.instantiate(moduleOf(1, { run: { locals, code } }), {
    env: { memory },
  });
  const floats = new Float32Array(memory.buffer, 0, x.length);
  floats.set(x);
  const run = instance.exports.run as (at: number) => void;
  for (let i = 0; i < x.length; i += 4) run(4 * i);
  return floats;
}

/** Both signs, sizes evenly spread over their logarithms. */
const points = (from: number, to: number): Float32Array =>
  Float32Array.from({ length: 40_000 }, (_, i) => {
    const size = from * (to / from) ** (Math.floor(i / 2) / 20_000);
    return i % 2 === 0 ? size : -size;
  });

function worst(x: Float32Array, got: Float32Array, truth: (x: number) => number): number {
  return x.reduce((most, xi, i) => {
    const expected = truth(xi);
    return Math.max(most, Math.abs((got[i] ?? Number.NaN) - expected) / Math.abs(expected));
  }, 0);
}

test('tanh keeps a relative error of at most 2.5e-7, small arguments included', async () => {
  const x = points(1e-20, 100);
  expect(worst(x, await values(tanh, x), Math.tanh)).toBeLessThanOrEqual(2.5e-7);
});

test('exp keeps a relative error of at most 2e-7 where float32 holds it', async () => {
  const x = points(1e-6, 80);
  expect(worst(x, await values(exp, x), Math.exp)).toBeLessThanOrEqual(2e-7);
});

test('what is no number stays none', async () => {
  const x = new Float32Array([Number.NaN, 0, -0, 1]);
  const [none, zero, negative, one] = await values(tanh, x);
  expect(none).toBeNaN();
  expect([zero, negative, one]).toEqual([0, -0, Math.fround(Math.tanh(1))]);
});
