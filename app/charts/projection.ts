/** Data to pixels of the plot area, and back. Pure: the same numbers that Recharts' axes are drawn by. */
import type { Panel } from '../../compute/studies/study.ts';
import type { Region } from '../../server/protocol.ts';
import type { Scale } from './scale.ts';

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Projection {
  readonly area: Area;
  /**
   * Pixels of a value. What a log axis has no place for lands one area outside of the frame; numbers
   * are held within what a browser can draw.
   */
  readonly px: (x: number) => number;
  readonly py: (y: number) => number;
  /** Values of a pixel, held within the domain. */
  readonly dataX: (px: number) => number;
  readonly dataY: (py: number) => number;
}

/** The projection of a panel whose axes have these domains onto an area. */
export function projectionOf(panel: Panel, x: Scale, y: Scale, area: Area): Projection {
  const alongX = axisOf(panel.x.scale, x.domain);
  const alongY = axisOf(panel.y.scale, y.domain);
  return {
    area,
    px: (v) => area.x + area.width * alongX.part(v),
    py: (v) => area.y + area.height * (1 - alongY.part(v)),
    dataX: (p) => alongX.value((p - area.x) / area.width),
    dataY: (p) => alongY.value(1 - (p - area.y) / area.height),
  };
}

function axisOf(scale: 'linear' | 'log', [low, high]: readonly [number, number]) {
  // So far out, a slope that crosses the frame is still right, and a browser can still draw it.
  const bounded = (part: number) => Math.min(FAR, Math.max(-FAR, part));
  const held = (part: number) => Math.min(1, Math.max(0, part));
  return scale === 'log'
    ? {
        // A bar that reaches below a log axis has no place on it: it ends one area below the frame.
        part: (v: number) => (v > 0 ? bounded(Math.log(v / low) / Math.log(high / low)) : -1),
        value: (part: number) => {
          if (part <= 0) return low;
          return part >= 1 ? high : low * (high / low) ** part;
        },
      }
    : {
        part: (v: number) => bounded((v - low) / (high - low)),
        value: (part: number) => low + held(part) * (high - low),
      };
}

/** How many areas outside of the frame a value can land. */
const FAR = 1_000;

/** Whether a pixel is within the frame; half a pixel more, for what lies on it is rounded either way. */
export function within({ x, y, width, height }: Area, px: number, py: number): boolean {
  return px >= x - 0.5 && px <= x + width + 0.5 && py >= y - 0.5 && py <= y + height + 0.5;
}

/** Whether a point is to be seen. */
export function inFrame(
  point: { readonly x: number; readonly y: number },
  at: Projection,
): boolean {
  return within(at.area, at.px(point.x), at.py(point.y));
}

/** A region in pixels, cut at the frame and never thinner than one pixel. */
export function rectOf(region: Region, { area, px, py }: Projection): Area {
  const cutX = (v: number) => Math.min(Math.max(px(v), area.x), area.x + area.width);
  const cutY = (v: number) => Math.min(Math.max(py(v), area.y), area.y + area.height);
  const [left, right] = [cutX(region.x[0]), cutX(region.x[1])];
  const [top, bottom] = [cutY(region.y[1]), cutY(region.y[0])];
  return { x: left, y: top, width: Math.max(1, right - left), height: Math.max(1, bottom - top) };
}

/** The region between two pixels, or null where they are too near to mean one. */
export function regionOf(
  [ax, ay]: readonly [number, number],
  [bx, by]: readonly [number, number],
  { dataX, dataY }: Projection,
): Region | null {
  if (Math.abs(ax - bx) < DRAG || Math.abs(ay - by) < DRAG) return null;
  return {
    x: [dataX(Math.min(ax, bx)), dataX(Math.max(ax, bx))],
    y: [dataY(Math.max(ay, by)), dataY(Math.min(ay, by))],
  };
}

/** Pixels that a pointer travels before it is dragging, not clicking. */
export const DRAG = 6;
