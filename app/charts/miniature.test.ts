import { expect, it } from 'vitest';
import { HEIGHT, miniatureOf, placed, WIDTH } from './miniature.ts';

const log = { label: '', scale: 'log' } as const;
const linear = { label: '', scale: 'linear' } as const;

it('places a decade in the middle of two, and ends ten pixels from the frame', () => {
  const figure = miniatureOf({ x: log, y: linear }, [1, 100], [0, 4]);
  expect(placed(figure, [1, 10, 100], [0, 2, 4])).toEqual([
    { x: 10, y: HEIGHT - 10 },
    { x: WIDTH / 2, y: HEIGHT / 2 },
    { x: WIDTH - 10, y: 10 },
  ]);
});

it('leaves out what is outside, not finite, or not on a log axis', () => {
  const figure = miniatureOf({ x: log, y: linear }, [1, 100], [0, 4]);
  const xs = [0, -1, 1000, 10, 10, 10];
  const ys = [1, 1, 1, Number.NaN, 9, Number.POSITIVE_INFINITY];
  expect(placed(figure, xs, ys)).toEqual([]);
});
