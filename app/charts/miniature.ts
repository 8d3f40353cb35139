/** Where a point lies in a miniature figure: its size, its domains, and nothing of a browser. */
import type { Axis } from '../../compute/studies/study.ts';
import { isDrawable, scaleOf } from './scale.ts';

export const [WIDTH, HEIGHT] = [240, 120];
const PAD = 10;

interface Side {
  readonly domain: readonly [number, number];
  readonly scale: Axis['scale'];
}

/** Plain data, so that the server can hand it to the browser without the study. */
export interface Miniature {
  readonly x: Side;
  readonly y: Side;
}

/** The miniature whose axes hold these values. */
export function miniatureOf(
  axes: { readonly x: Axis; readonly y: Axis },
  xs: readonly number[],
  ys: readonly number[],
): Miniature {
  const side = (axis: Axis, values: readonly number[]): Side => {
    const { domain } = scaleOf(axis, values);
    return { domain, scale: axis.scale };
  };
  return { x: side(axes.x, xs), y: side(axes.y, ys) };
}

export interface Placed {
  readonly x: number;
  readonly y: number;
}

/** Pixels of the points that lie inside the frame. */
export function placed(
  { x, y }: Miniature,
  xs: readonly number[],
  ys: readonly number[],
): readonly Placed[] {
  return xs.flatMap((value, i) => {
    const [across, up] = [shareOf(x, value), shareOf(y, ys[i] ?? Number.NaN)];
    if (across === null || up === null) return [];
    return [{ x: PAD + across * (WIDTH - 2 * PAD), y: HEIGHT - PAD - up * (HEIGHT - 2 * PAD) }];
  });
}

/** How far along a side, 0 to 1; null outside of it. */
function shareOf({ domain: [low, high], scale }: Side, value: number): number | null {
  if (!isDrawable({ label: '', scale }, value)) return null;
  const share =
    scale === 'log' ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  return share >= 0 && share <= 1 ? share : null;
}
