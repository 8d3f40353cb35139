/** Zooming: intervals from a drag, from a step of the keyboard, and from typed numbers. Pure. */
import type { Axis } from '../../compute/studies/study.ts';
import { formatNumber } from '../ui/text.ts';
import type { Span } from '../view/view-state.ts';
import { DRAG, type Projection } from './projection.ts';
import { isDrawable, zoomedScale } from './scale.ts';

/** The axes that change, each to an interval, or back to all (null). */
export interface Zoom {
  readonly x?: Span | null;
  readonly y?: Span | null;
}

type Pixel = readonly [number, number];

/** The zoom of a drag: an axis along which it hardly went stays as it is. */
export function zoomBetween([ax, ay]: Pixel, [bx, by]: Pixel, { dataX, dataY }: Projection): Zoom {
  const along = Math.abs(ax - bx) >= 2 * DRAG;
  const up = Math.abs(ay - by) >= 2 * DRAG;
  return {
    ...(along ? { x: [dataX(Math.min(ax, bx)), dataX(Math.max(ax, bx))] as const } : {}),
    ...(up ? { y: [dataY(Math.max(ay, by)), dataY(Math.min(ay, by))] as const } : {}),
  };
}

/** An interval so many times as wide about the middle, or about a value, as the axis counts. */
export function stretched(axis: Axis, [low, high]: Span, factor: number, about?: number): Span {
  const log = axis.scale === 'log';
  const [into, out] = log ? [Math.log, Math.exp] : [same, same];
  const [a, b] = [into(low), into(high)];
  const middle =
    about !== undefined && about >= low && about <= high ? into(about) : a + (b - a) / 2;
  return [out(middle + (a - middle) * factor), out(middle + (b - middle) * factor)];
}

const same = (x: number) => x;

export type TypedRange =
  | { readonly kind: 'all' }
  | { readonly kind: 'span'; readonly span: Span }
  | { readonly kind: 'error'; readonly message: string };

/** An interval from two typed ends; both empty: the whole axis; one empty: as it is shown now. */
export function typedRange(axis: Axis, from: string, to: string, shown: Span): TypedRange {
  if (from.trim() === '' && to.trim() === '') return { kind: 'all' };
  const read = (text: string, otherwise: number) =>
    text.trim() === '' ? otherwise : Number(text.trim().replace(/^−/, '-').replace(',', '.'));
  const span = [read(from, shown[0]), read(to, shown[1])] as const;
  if (!span.every(Number.isFinite)) return error(axis, 'takes two numbers, such as 0.01 and 2.5e3');
  if (span[0] >= span[1]) return error(axis, 'must end above where it begins');
  if (!span.every((end) => isDrawable(axis, end)))
    return error(
      axis,
      axis.scale === 'log'
        ? 'is logarithmic: both ends must be above zero'
        : 'cannot reach that far',
    );
  if (zoomedScale(axis, span) === null)
    return error(axis, `cannot tell ${formatNumber(span[0])} from ${formatNumber(span[1])}`);
  return { kind: 'span', span };
}

const error = (axis: Axis, what: string): TypedRange => ({
  kind: 'error',
  message: `The axis “${axis.label}” ${what}.`,
});
