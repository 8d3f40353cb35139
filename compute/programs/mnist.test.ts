import { expect, test } from 'vitest';
import { mnist } from './mnist.ts';

const RECORD = 785;

/** A file of digits with these labels, each picture filled with its own grey. */
const filesOf = (labels: readonly number[]) => async (name: string) => {
  if (name !== 'mnist-00.bin') throw new Error('There is one file.');
  const bytes = new Uint8Array(labels.length * RECORD);
  for (const [i, label] of labels.entries()) {
    bytes[i * RECORD] = label;
    bytes.fill(10 * (i + 1), i * RECORD + 1, (i + 1) * RECORD);
  }
  return bytes;
};
const spec = { kind: 'mnist', classes: [3, 5], pool: 7 } as const;

test('digits of the chosen classes come in order, centred, with a standard deviation of 1', async () => {
  const { x, y } = await mnist({ ...spec, samples: 3 }, 16, 2, filesOf([3, 9, 5, 5, 3]));
  expect([...y]).toEqual([1, 0, 0, 1, 0, 1]);
  // Greys 10, 30, 40: mean 26.67, standard deviation 12.47, the same for each of the 16 pixels.
  const deviation = Math.sqrt((16.667 ** 2 + 3.333 ** 2 + 13.333 ** 2) / 3);
  for (const [i, grey] of [-16.667, 3.333, 13.333].entries())
    for (let k = 0; k < 16; k++) expect(x[i * 16 + k]).toBeCloseTo(grey / deviation, 3);
});

test('balanced, it takes as many of each class and passes over the rest', async () => {
  const labels = [5, 5, 5, 9, 3, 5, 3];
  const { y } = await mnist({ ...spec, samples: 4, balanced: true }, 16, 1, filesOf(labels));
  expect([...y]).toEqual([-1, -1, 1, 1]);
  await expect(
    mnist({ ...spec, samples: 3, balanced: true }, 16, 1, filesOf(labels)),
  ).rejects.toThrow(/same number/);
});

test('a network that does not fit the pictures is refused', async () => {
  await expect(mnist({ ...spec, samples: 2 }, 49, 2, filesOf([3, 5]))).rejects.toThrow(/16 inputs/);
});

test('shuffled, the same pictures have the same targets in another order', async () => {
  const labels = [3, 5, 5, 5, 3, 3, 5, 3];
  const own = await mnist({ ...spec, samples: 8 }, 16, 2, filesOf(labels));
  const other = await mnist({ ...spec, samples: 8, labels: 'shuffled' }, 16, 2, filesOf(labels));
  expect(other.x).toEqual(own.x);
  expect(other.y).not.toEqual(own.y);
  const pairs = (y: Float32Array) =>
    Array.from({ length: 8 }, (_, i) => `${y[2 * i]}${y[2 * i + 1]}`);
  expect(pairs(other.y).sort()).toEqual(pairs(own.y).sort());
});
