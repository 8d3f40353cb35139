/** The axes of a panel: as far as its points go, or to where somebody zoomed. Pure. */
import type { Panel } from '../../compute/studies/study.ts';
import type { Span } from '../view/view-state.ts';
import { around, type Extent, extentOf } from './extent.ts';
import type { Picture } from './picture.ts';
import { type Scale, scaleOf, zoomedScale } from './scale.ts';

type Drawn = Pick<Picture, 'theory' | 'means' | 'raw' | 'rawExtent'>;

/** How far the points of a picture go; null where there is none. */
export function extentsOf({ theory, means, raw, rawExtent }: Drawn): Extent | null {
  let extent: Extent | null = rawExtent ?? null;
  for (const lines of [theory, means, rawExtent === undefined ? raw : []])
    for (const { points } of lines) extent = around(extent, extentOf(points));
  return extent;
}

export interface FrameFits {
  /** How many ticks fit along each axis. */
  readonly x: number;
  readonly y: number;
}

/** Domains and ticks of both axes. A zoom that an axis cannot have is as if there were none. */
export function scalesOf(
  panel: Panel,
  picture: Drawn,
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
