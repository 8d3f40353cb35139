import { expect, test } from 'vitest';
import type { DataFiles } from './data-set.ts';
import {
  ALPHABET,
  probeWindows,
  split,
  symbolEntropy,
  symbolsIn,
  type Text,
  type TextSpec,
  textOf,
  windowsAt,
} from './text.ts';

const written = (symbols: ArrayLike<number>) =>
  Array.from(symbols, (s) => ALPHABET[s] ?? '?').join('');
const bytes = (text: string) => new TextEncoder().encode(text);

/** A text whose words count: no window of it occurs twice. */
const word = (i: number) => [...String(i).padStart(5, '0')].map((d) => ALPHABET[1 + Number(d)]);
const counting = Array.from({ length: 20_000 }, (_, i) => word(i).join('')).join('. ');
const counted: DataFiles = async () => bytes(counting);

async function read(order: TextSpec['order']): Promise<Text> {
  const text = await textOf({ kind: 'text', vocabulary: 27, context: 64, order }, counted);
  if (text === null) throw new Error('The task is a text.');
  return text;
}

test('letters lose their case, and all else is one space', () => {
  const text = 'Call me Ishmael.\n\nSome years ago--never 1851 "mind" @[`{whale\'s; zZ';
  expect(written(symbolsIn(bytes(text)))).toBe(
    'call me ishmael some years ago never mind whale s zz',
  );
  expect(written(symbolsIn(bytes('. Ho!')))).toBe('ho ');
});

test('a tenth of the passages, spread over the text, is held out, and no window reaches into them', async () => {
  const text = await read('own');
  expect(text.heldOut.length / (text.train.length + text.heldOut.length)).toBeCloseTo(0.1, 1);
  const [whole, held] = [written(symbolsIn(bytes(counting))), written(text.heldOut)];
  const heldOut = new Set(held.match(/[a-j]{5}/g));
  const length = 65;
  const rows = (windows: Int32Array) =>
    Array.from({ length: windows.length / length }, (_, n) =>
      written(windows.subarray(n * length, (n + 1) * length)),
    );
  for (const row of rows(windowsAt(text, 64, 1, 3, 500))) {
    expect(whole).toContain(row);
    for (const w of row.match(/[a-j]{5}/g) ?? []) expect(heldOut.has(w)).toBe(false);
  }
  const probes = rows(probeWindows(text, 64, 500));
  for (const row of probes) expect(held).toContain(row);
  // Of every held-out passage some.
  expect(new Set(probes.map((row) => Math.floor(held.indexOf(row) / 4096))).size).toBe(
    text.heldOut.length / 4096,
  );
});

test('windows are of their seed and step alone', async () => {
  const text = await read('own');
  expect(windowsAt(text, 16, 1, 2, 4)).toEqual(windowsAt(text, 16, 1, 2, 4));
  // More of them begin with the same ones.
  expect(windowsAt(text, 16, 1, 2, 8).subarray(0, 4 * 17)).toEqual(windowsAt(text, 16, 1, 2, 4));
  expect(windowsAt(text, 16, 1, 3, 4)).not.toEqual(windowsAt(text, 16, 1, 2, 4));
  expect(windowsAt(text, 16, 2, 2, 4)).not.toEqual(windowsAt(text, 16, 1, 2, 4));
});

test('shuffled, a text keeps its symbols and loses its order', async () => {
  const symbols = symbolsIn(bytes(counting));
  const shuffled = await read('shuffled');
  const own = split(symbols);
  // Held-out and trained part are as one: both have the entropy of single symbols of the whole, to the last digit but a few.
  for (const part of [shuffled.train, shuffled.heldOut])
    expect(symbolEntropy(part)).toBeCloseTo(symbolEntropy(symbols), 2);
  // Of the text a space stands at every sixth place, of its shuffling at none in particular.
  const spaces = (text: Uint8Array) => {
    const at = new Float64Array(6);
    for (const [i, s] of text.entries()) if (s === 0) at[i % 6] = (at[i % 6] ?? 0) + 1;
    return Math.max(...at) / at.reduce((a, b) => a + b);
  };
  expect(spaces(own.train.subarray(0, 4096))).toBeGreaterThan(0.99);
  expect(spaces(shuffled.train)).toBeLessThan(0.18);
});

test('the entropy of symbols is that of their shares', () => {
  expect(symbolEntropy(Uint8Array.from([0, 1, 2, 3]))).toBeCloseTo(Math.log(4), 12);
  expect(symbolEntropy(Uint8Array.from([5, 5, 5, 7]))).toBeCloseTo(
    (3 / 4) * Math.log(4 / 3) + (1 / 4) * Math.log(4),
    12,
  );
  expect(symbolEntropy(Uint8Array.from([9, 9]))).toBeCloseTo(0, 12);
});

test('a text too short to hold a passage out, and a window longer than a passage, are refused', () => {
  expect(() => split(new Uint8Array(4096 * 9))).toThrow('40960 symbols at least');
  const text = split(new Uint8Array(4096 * 10));
  expect(() => windowsAt(text, 4096, 1, 0, 1)).toThrow('not 4097');
});
