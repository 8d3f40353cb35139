/** The axes of a panel: as far as its points go, or to where somebody zoomed. Pure. */
import type { Panel } from '../../compute/studies/study.ts';
import type { Span } from '../view/view-state.ts';
import type { AnyLine, Picture, Point } from './picture.ts';
import { type Scale, scaleOf, zoomedScale } from './scale.ts';

interface Extent {
  readonly x: Span;
  readonly y: Span;
}

/** Points never change once drawn: each line is looked through once. */
const extents = new WeakMap<readonly Point[], Extent>();

function extentOf({ points }: AnyLine): Extent {
  const known = extents.get(points);
  if (known !== undefined) return known;
  let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { x, y } of points) {
    if (x < x0) x0 = x;
    if (x > x1) x1 = x;
    if (y < y0) y0 = y;
    if (y > y1) y1 = y;
  }
  const extent: Extent = { x: [x0, x1], y: [y0, y1] };
  extents.set(points, extent);
  return extent;
}

/** How far the points of a picture go; null where there is none. */
export function extentsOf(picture: Pick<Picture, 'theory' | 'means' | 'raw'>): Extent | null {
  let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const lines of [picture.theory, picture.means, picture.raw]) {
    for (const line of lines) {
      const { x, y } = extentOf(line);
      if (x[0] < x0) x0 = x[0];
      if (x[1] > x1) x1 = x[1];
      if (y[0] < y0) y0 = y[0];
      if (y[1] > y1) y1 = y[1];
    }
  }
  return x0 > x1 ? null : { x: [x0, x1], y: [y0, y1] };
}

export interface FrameFits {
  /** How many ticks fit along each axis. */
  readonly x: number;
  readonly y: number;
}

/** Domains and ticks of both axes. A zoom that an axis cannot have is as if there were none. */
export function scalesOf(
  panel: Panel,
  picture: Pick<Picture, 'theory' | 'means' | 'raw'>,
  zoom: { readonly x: Span | null; readonly y: Span | null },
  fits: FrameFits,
): { readonly x: Scale; readonly y: Scale } {
  const extent = extentsOf(picture);
  const zoomed = (axis: 'x' | 'y') => {
    const span = zoom[axis];
    return span === null ? null : zoomedScale(panel[axis], span, { ticks: fits[axis] });
  };
  return {
    // A curve begins and ends at the frame; points lie inside of it.
    x:
      zoomed('x') ??
      scaleOf(panel.x, extent?.x ?? [], { pad: panel.draw === 'points', ticks: fits.x }),
    y: zoomed('y') ?? scaleOf(panel.y, extent?.y ?? [], { pad: true, ticks: fits.y }),
  };
}

/** Whether two scales draw the same axis. */
export function sameScale(a: Scale, b: Scale): boolean {
  const same = (p: readonly number[], q: readonly number[]) =>
    p.length === q.length && p.every((v, i) => v === q[i]);
  return same(a.domain, b.domain) && same(a.ticks, b.ticks);
}
