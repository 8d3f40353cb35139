import { expect, test } from 'vitest';
import type { Panel } from '../../compute/studies/study.ts';
import type { CellView, RunView } from '../../server/protocol.ts';
import { imageBlocks, imageHref, seedsOf } from './images.ts';

/** Grey of a bitmap, row by row from the top, read by the format's own rules. */
function greyIn(href: string): number[][] {
  const bytes = Uint8Array.from(atob(href.replace('data:image/bmp;base64,', '')), (c) =>
    c.charCodeAt(0),
  );
  const view = new DataView(bytes.buffer);
  expect(String.fromCharCode(bytes[0] ?? 0, bytes[1] ?? 0)).toBe('BM');
  expect(view.getUint32(2, true)).toBe(bytes.length);
  const [start, width, height] = [10, 18, 22].map((at) => view.getUint32(at, true)) as [
    number,
    number,
    number,
  ];
  expect(view.getUint16(28, true)).toBe(24);
  const stride = (bytes.length - start) / height;
  expect(stride % 4).toBe(0);
  return Array.from({ length: height }, (_, r) =>
    Array.from({ length: width }, (_c, c) => {
      const at = start + (height - 1 - r) * stride + 3 * c;
      expect([bytes[at + 1], bytes[at + 2]]).toEqual([bytes[at], bytes[at]]);
      return bytes[at] ?? Number.NaN;
    }),
  );
}

test('a picture is a bitmap with its pixels in their places, cut to black and white', () => {
  expect(greyIn(imageHref([0, 0.2, 1, 0.4, -3, 7], 3))).toEqual([
    [0, 51, 255],
    [102, 0, 255],
  ]);
});

const panel = {
  ...{ id: 'pictures', draw: 'images', image: { width: 2, height: 1, columns: 2 } },
} as unknown as Panel;
const study = {
  params: [{ kind: 'number', name: 'n', label: 'n', integer: true, min: 0, max: 9, help: '' }],
} as const;
const cells = [1, 2].map((n, index) => ({ index, config: { n } })) as unknown as CellView[];
const run = (id: string, cell: number, seed: number, lines: readonly string[]) =>
  ({
    ...{ id, cell, seed, verified: true },
    traces: { pictures: lines.map((line) => ({ line, x: [0, 1], y: [0, 1] })) },
  }) as unknown as RunView;

test('every cell shows the run of the chosen seed, else its first, in rows of so many', () => {
  const runs = [
    run('b', 0, 2, ['p', 'q', 'r']),
    run('a', 0, 1, ['p']),
    run('c', 1, 1, ['p']),
    run('d', 1, 3, []),
  ];
  expect(seedsOf({ panel, runs })).toEqual([1, 2]);
  const shown = (seed: number | null, isolated: number | null = null) =>
    imageBlocks({ study, panel, cells, runs, isolated, seed });
  expect(shown(null).map((b) => b.run)).toEqual(['a', 'c']);
  expect(shown(2).map((b) => b.run)).toEqual(['b', 'c']);
  expect(shown(2)[0]?.rows.map((row) => row.map(({ line }) => line))).toEqual([['p', 'q'], ['r']]);
  expect(shown(2, 1).map((b) => b.name)).toEqual(['n 2, seed 1']);
});
