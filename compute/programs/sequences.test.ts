import { expect, test } from 'vitest';
import type { TransformerSpec } from './program.ts';
import { sequencesOf } from './sequences.ts';
import { probeWindows, split, type TextSpec, windowsAt } from './text.ts';

const reader: TransformerSpec<TextSpec> = {
  ...{ kind: 'transformer', width: 4, heads: 2, layers: 1, positions: 'learned', hidden: 0 },
  ...{ norm: true, batch: 3, probe: 5, observe: ['loss'] },
  task: { kind: 'text', vocabulary: 27, context: 8, order: 'own' },
  ...{ steps: 2, recordEvery: 1, checkpointEvery: 1 },
};
const text = split(Uint8Array.from({ length: 40_960 }, (_, i) => (i * i + 3) % 27));

test('of a text an update reads windows of training text by seed and step, and a record the same held-out ones for all', () => {
  const sequences = sequencesOf(reader, text);
  expect(sequences.at(7, 2)).toEqual(windowsAt(text, 8, 7, 2, 3));
  expect(sequences.probe(7).symbols).toEqual(probeWindows(text, 8, 5));
  expect(sequences.probe(8).symbols).toEqual(sequences.probe(7).symbols);
});

test('of a text the loss is the mean cross-entropy of what comes next', () => {
  const { symbols, measured } = sequencesOf(reader, text).probe(1);
  const logits = Float32Array.from({ length: 5 * 8 * 27 }, (_, i) => ((i * 31) % 17) / 5);
  let sum = 0;
  for (let n = 0; n < 5; n++)
    for (let t = 0; t < 8; t++) {
      const row = [...logits.subarray((n * 8 + t) * 27, (n * 8 + t + 1) * 27)];
      const total = row.reduce((s, z) => s + Math.exp(z), 0);
      sum -= Math.log(Math.exp(row[symbols[n * 9 + t + 1] ?? -1] ?? Number.NaN) / total);
    }
  expect(measured(logits, [], {})).toEqual({ loss: expect.closeTo(sum / 40, 9) });
});

test('what a text does not have is refused with a sentence', () => {
  expect(() => sequencesOf({ ...reader, observe: ['loss', 'heads'] }, text)).toThrow('loss alone');
  expect(() => sequencesOf(reader, null)).toThrow('needs one');
});
