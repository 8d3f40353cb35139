/**
 * Colours in an order: from dark blue to yellow, brighter all the way, and the same to eyes that see red and
 * green alike (after cividis: Nuñez, Anderton & Renslow 2018). The same in light and dark; squares have an edge.
 */

const STOPS: readonly (readonly [number, number, number])[] = [
  [0, 34, 78],
  [53, 69, 108],
  [102, 105, 112],
  [148, 142, 119],
  [200, 184, 102],
  [254, 232, 56],
];

/** The colour at a place from 0 to 1. */
export function sequentialColor(part: number): string {
  const at = Math.min(1, Math.max(0, part)) * (STOPS.length - 1);
  const low = Math.min(STOPS.length - 2, Math.floor(at));
  const [a, b] = [STOPS[low] ?? [0, 0, 0], STOPS[low + 1] ?? [0, 0, 0]];
  const mixed = a.map((v, i) => Math.round(v + (at - low) * ((b[i] ?? 0) - v)));
  return `rgb(${mixed.join(' ')})`;
}

/** The ink that can be read on it, at 4.5 to 1 or more. */
export const inkOn = (part: number): string => (part < 0.47 ? '#ffffff' : '#000000');

/** The same for a thin line: without the end that the paper swallows, in light and in dark. */
export const lineColor = (part: number): string =>
  `light-dark(${sequentialColor(0.8 * part)}, ${sequentialColor(0.3 + 0.7 * part)})`;

/** Whole ramps, for a legend. */
export const RAMP = rampOf(sequentialColor);
export const LINE_RAMP = rampOf(lineColor);

function rampOf(color: (part: number) => string): string {
  const parts = [0, 0.2, 0.4, 0.6, 0.8, 1];
  return `linear-gradient(to right, ${parts.map(color).join(', ')})`;
}
