/** Domains, ticks and labels of an axis: positive decades on a log axis, 1-2-5 steps on a linear one. */
import type { Axis } from '../../compute/studies/study.ts';
import { formatNumber, formatPower } from '../ui/text.ts';

export interface Scale {
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
  /** Of a log axis, the 2 … 9 between its decades, where they are not too many. */
  readonly minor?: readonly number[];
}

export interface ScaleOptions {
  /** Leave room beside the outermost values, so that nothing lies on the frame, and end on ticks. */
  readonly pad?: boolean;
  /** About how many ticks fit; at least two are given. */
  readonly ticks?: number;
}

/** Part of the span left free on a padded side. */
const ROOM = 0.04;
/** A span below this part of the values themselves is none: such values get the middle of the axis. */
const NO_SPAN = 1e-6;
/** Nearer ends than this are not told apart by the digits of their labels. */
const NO_ZOOM = 1e-9;
/** Below this a linear axis cannot be divided into steps that a double holds. */
const SMALLEST = 1e-120;

/** Sizes beyond which differences and ratios leave what a double holds. */
const LARGEST = 1e120;

/** Whether a value can stand on the axis at all. */
export function isDrawable(axis: Axis, value: number): boolean {
  if (axis.scale === 'log') return value >= 1 / LARGEST && value <= LARGEST;
  return Math.abs(value) <= LARGEST;
}

/** The axis between two typed or dragged ends, exactly; null where a log axis cannot have them. */
export function zoomedScale(
  axis: Axis,
  [low, high]: readonly [number, number],
  { ticks = 7 }: ScaleOptions = {},
): Scale | null {
  if (!isDrawable(axis, low) || !isDrawable(axis, high) || high - low <= NO_ZOOM * Math.abs(high))
    return null;
  if (axis.scale === 'linear') return linearScale(low, high, ticks, true);
  const { ticks: wide, minor = [] } = logScale(low, high, ticks);
  const inside = (list: readonly number[]) => list.filter((t) => t >= low && t <= high);
  const [major, light] = [inside(wide), inside(minor)];
  // Within a decade there may be no 1-2-5 at all: its ticks then are those of a linear axis.
  const found = major.length >= 2 ? major : linearScale(low, high, ticks, true).ticks;
  return { domain: [low, high], ticks: found, minor: light };
}

/**
 * Domain and ticks that hold the values and what the axis must include. What cannot be drawn is left
 * out by the caller; without any drawable value the domain is that of an empty axis.
 */
export function scaleOf(
  axis: Axis,
  values: readonly number[],
  { pad = false, ticks = 7 }: ScaleOptions = {},
): Scale {
  const log = axis.scale === 'log';
  const drawable = (list: readonly number[]) => list.filter((v) => isDrawable(axis, v));
  const spread = log ? spreadLog : spreadLinear;
  const [measured, included] = [drawable(values), drawable(axis.include ?? [])];
  const ends = [...(measured.length > 0 ? spread(...endsOf(measured), pad) : []), ...included];
  if (ends.length === 0) return log ? logScale(1, 10, ticks) : linearScale(0, 1, ticks, !pad);
  const [low, high] = endsOf(ends);
  // Included values may be a single one, and so have no span either.
  const [from, to] = high > low ? [low, high] : spread(low, high, pad);
  return log ? logScale(from, to, ticks) : linearScale(from, to, ticks, !pad);
}

function endsOf(values: readonly number[]): [number, number] {
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}

function spreadLinear(low: number, high: number, pad: boolean): [number, number] {
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (size < SMALLEST) return [-1, 1];
  if (high - low <= NO_SPAN * size) {
    const half = 0.2 * size;
    return [low - half, high + half];
  }
  if (!pad) return [low, high];
  const room = ROOM * (high - low);
  // What is never negative starts at zero, not below.
  return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
}

function spreadLog(low: number, high: number, pad: boolean): [number, number] {
  if (high / low <= 1 + NO_SPAN) return [low / 2, high * 2];
  if (!pad) return [low, high];
  const room = (high / low) ** ROOM;
  return [low / room, high * room];
}

/** Ends on ticks, or (exact) where the values end. */
function linearScale(low: number, high: number, most: number, exact: boolean): Scale {
  // Across zero there are three ticks even when two are asked for.
  const fits = Math.max(3, most);
  let ticks: number[] = [];
  for (const step of niceSteps((high - low) / fits)) {
    // A hair of tolerance: 0.30000000000000004 is the tick at 0.3.
    const [from, to] = [Math.floor(low / step + 1e-9), Math.ceil(high / step - 1e-9)];
    const last = to > from ? to : from + 1;
    ticks = Array.from({ length: last - from + 1 }, (_, i) =>
      Number(((from + i) * step).toPrecision(12)),
    ).filter((t) => !exact || (t >= low && t <= high));
    if (ticks.length <= fits) break;
  }
  if (exact) return { domain: [low, high], ticks: ticks.length < 2 ? [low, high] : ticks };
  return { domain: [ticks[0] ?? 0, ticks.at(-1) ?? 1], ticks };
}

/** 1, 2 and 5 times powers of ten, ascending from about `raw`. */
function niceSteps(raw: number): number[] {
  const exponent = Math.floor(Math.log10(raw));
  return [0, 1, 2]
    .flatMap((e) => [1, 2, 5].map((f) => Number(`${f}e${exponent + e}`)))
    .filter((step) => step >= raw * 0.999);
}

const DENSE = [1, 2, 5] as const;
const HALF = [1, 3] as const;
const DECADES = [1] as const;
const NINE = [2, 3, 4, 5, 6, 7, 8, 9] as const;
/** Over more decades than these, lines between them would be a grey area. */
const MINOR_DECADES = 6;

function logScale(low: number, high: number, most: number): Scale {
  const decades = Math.log10(high) - Math.log10(low);
  const start = Math.floor(Math.log10(low)) - 1;
  const end = Math.ceil(Math.log10(high)) + 1;
  const exponents = Array.from({ length: end - start + 1 }, (_, i) => start + i);
  const at = (factors: readonly number[], every = 1) =>
    exponents
      .filter((e) => e % every === 0)
      .flatMap((e) => factors.map((f) => Number((f * 10 ** e).toPrecision(12))));
  // The domain ends on ticks of the data's span, however few of them are labelled.
  const fine = at(decades > 3 ? DECADES : decades > 1.2 ? HALF : DENSE);
  const from = fine.findLast((t) => t <= low * 1.0001) ?? low;
  const to = fine.find((t) => t >= high * 0.9999 && t > from) ?? high;
  const inside = (ticks: readonly number[]) => ticks.filter((t) => t >= from && t <= to);
  const choices = [
    fine,
    at(HALF),
    at(DECADES),
    ...[2, 3, 5, 10, 20, 50, 100].map((n) => at(DECADES, n)),
  ]
    .map(inside)
    .filter((ticks) => ticks.length >= 2);
  const fits = choices.find((ticks) => ticks.length <= Math.max(2, most));
  const minor = decades > MINOR_DECADES ? [] : inside(at(NINE));
  return { domain: [from, to], ticks: fits ?? [from, to], minor };
}

/** The powers of ten within a log axis. */
export function decadesIn({ domain: [low, high] }: Scale): number[] {
  const [from, to] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => Number(`1e${from + i}`));
}

/** A number as an axis shows it: 0.05, 1500, 2×10⁻⁴, 10⁶. */
export function tickLabel(value: number, digits = 4): string {
  const size = Math.abs(value);
  if (size === 0 || (size < 1e5 && size >= 1e-3)) return formatNumber(value, digits);
  return formatPower(value, digits).replace(/^(−?)1×/, '$1');
}

/** Labels for these ticks, with as many digits as it takes to tell them apart. */
export function tickLabels(ticks: readonly number[]): (value: number) => string {
  const digits = [4, 6, 9, 12].find((d) => {
    const labels = ticks.map((t) => tickLabel(t, d));
    return new Set(labels).size === labels.length;
  });
  return (value) => tickLabel(value, digits ?? 12);
}
