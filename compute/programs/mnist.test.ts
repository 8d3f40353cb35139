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

test('halves are the left and the right columns of the same pictures, in the same order', async () => {
  /** A picture whose grey is its column. */
  const byColumn = async () => {
    const bytes = new Uint8Array(2 * RECORD);
    for (const i of [0, 1]) {
      bytes[i * RECORD] = 3 + 2 * i;
      for (let p = 0; p < 784; p++) bytes[i * RECORD + 1 + p] = (p % 28) * (i + 1);
    }
    return bytes;
  };
  const of = async (half: 'left' | 'right', pool: 4 | 7) =>
    await mnist(
      { ...spec, pool, samples: 2, half },
      (28 / pool) * Math.floor(14 / pool),
      1,
      byColumn,
    );
  // Of two pictures g and 2g, centred pixel by pixel: −g/2 and g/2 over their root mean square.
  const [left, right] = [await of('left', 7), await of('right', 7)];
  const greys = (x: Float32Array) => Array.from({ length: 8 }, (_, i) => x[8 + i] ?? 0);
  const column = (first: number) => first + 3;
  const expected = (a: number, b: number) => {
    const rms = Math.sqrt((a * a + b * b) / 2);
    return Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? a : b) / rms);
  };
  for (const [got, want] of [
    [greys(left.x), expected(column(0), column(7))],
    [greys(right.x), expected(column(14), column(21))],
  ] as const)
    for (const [i, v] of got.entries()) expect(v).toBeCloseTo(want[i] ?? 0, 5);
  expect(left.y).toEqual(right.y);
  // Of an odd number of columns the middle one is on neither side.
  expect((await of('right', 4)).x.length).toBe(2 * 21);
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
