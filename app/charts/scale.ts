/** Domains, ticks and labels of an axis: positive decades on a log axis, 1-2-5 steps on a linear one. */
import type { Axis } from '../../compute/studies/study.ts';

export interface Scale {
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
}

/** Whether a value can stand on the axis at all. */
export function isDrawable(axis: Axis, value: number): boolean {
  return Number.isFinite(value) && (axis.scale === 'linear' || value > 0);
}

/** Domain and ticks that hold the values; what cannot be drawn is left out by the caller. */
export function scaleOf(axis: Axis, values: readonly number[]): Scale {
  const drawable = values.filter((v) => isDrawable(axis, v));
  if (drawable.length === 0) return axis.scale === 'log' ? logScale(1, 10) : linearScale(0, 1);
  const low = drawable.reduce((a, b) => Math.min(a, b));
  const high = drawable.reduce((a, b) => Math.max(a, b));
  return axis.scale === 'log' ? logScale(low, high) : linearScale(low, high);
}

function linearScale(low: number, high: number): Scale {
  const span = high > low ? high - low : Math.abs(high) || 1;
  const step = niceStep(span / 5);
  const [from, to] = [Math.floor(low / step), Math.ceil(high / step)];
  const last = to > from ? to : from + 1;
  const ticks = Array.from({ length: last - from + 1 }, (_, i) =>
    Number(((from + i) * step).toPrecision(12)),
  );
  return { domain: [ticks[0] ?? 0, ticks.at(-1) ?? 1], ticks };
}

/** 1, 2 or 5 times a power of ten, at least `raw`. */
function niceStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 5, 10].find((f) => f * power >= raw * 0.999) ?? 10;
  return factor * power;
}

function logScale(low: number, high: number): Scale {
  const decades = Math.log10(high / low);
  const factors = decades > 3 ? [1] : decades > 1.2 ? [1, 3] : [1, 2, 5];
  const first = Math.floor(Math.log10(low)) - 1;
  const last = Math.ceil(Math.log10(high)) + 1;
  const all: number[] = [];
  for (let e = first; e <= last; e++) {
    for (const f of factors) all.push(Number((f * 10 ** e).toPrecision(12)));
  }
  const from = all.findLast((t) => t <= low * 1.0001) ?? low;
  const to = all.find((t) => t >= high * 0.9999 && t > from) ?? high;
  return { domain: [from, to], ticks: all.filter((t) => t >= from && t <= to) };
}

/** A number as an axis shows it. */
export function tickLabel(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e5 || size < 1e-3))
    return value.toExponential(0).replace('e', '·10^').replace('+', '');
  return String(Number(value.toPrecision(4)));
}
