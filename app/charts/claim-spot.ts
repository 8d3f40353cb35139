/** From what is read on a chart to what a claim can be about, and from a pixel to a claim. Pure. */
import type { Anchor, ClaimView, Region } from '../../server/protocol.ts';
import type { Picture } from './picture.ts';
import { type Projection, rectOf } from './projection.ts';
import { lineAt, pointAt, type Spot } from './spot.ts';

/** A point of a run, or of the mean of a cell, as a claim names it; its panel is known to the caller. */
export type PointAnchor = Extract<Anchor, { kind: 'point' }>;

/** The point at a spot; null on a line of the theory, which is no evidence. */
export function anchorAt(picture: Picture, panel: string, spot: Spot): PointAnchor | null {
  const line = lineAt(picture, spot);
  if (line === undefined || line.kind === 'theory') return null;
  const point = pointAt<{ x: number; y: number }>(line.points, spot.x);
  if (point === undefined) return null;
  const of =
    line.kind === 'raw'
      ? ({ kind: 'run', run: line.run } as const)
      : ({ kind: 'cell', cell: line.cell } as const);
  return { kind: 'point', panel, of, line: line.line, x: point.x, y: point.y };
}

/** What a region or a range covers: a range, all of y. */
export function regionOfAnchor(anchor: Anchor): Region | null {
  if (anchor.kind === 'region') return anchor.region;
  if (anchor.kind !== 'range') return null;
  return { x: anchor.x, y: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] };
}

/** Pixels round a point within which it is pointed at. */
const NEAR = 12;

/** The claim that lies under a pixel: the smallest, so that none hides another within it. */
export function claimAt(
  claims: readonly ClaimView[],
  [x, y]: readonly [number, number],
  at: Projection,
): string | null {
  let found: { readonly id: string; readonly size: number } | null = null;
  for (const { id, anchor } of claims) {
    const size = sizeUnder(anchor, x, y, at);
    if (size !== null && (found === null || size < found.size)) found = { id, size };
  }
  return found?.id ?? null;
}

/** How large the mark of an anchor is in pixels, if this pixel is in it. */
function sizeUnder(anchor: Anchor, x: number, y: number, at: Projection): number | null {
  if (anchor.kind === 'point') {
    return Math.hypot(at.px(anchor.x) - x, at.py(anchor.y) - y) <= NEAR ? 0 : null;
  }
  const region = regionOfAnchor(anchor);
  if (region === null) return null;
  const box = rectOf(region, at);
  const isIn = x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height;
  return isIn ? box.width * box.height : null;
}
