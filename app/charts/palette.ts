/**
 * What tells series apart: hues that stay apart for colour-blind eyes (Okabe & Ito 2008) in two
 * brightnesses, marker shapes beside them, and dash patterns for theory.
 */

/**
 * CSS colour of a series: dark enough on white, light enough on black. With `ramp`, step `index` of so
 * many of an ordered palette, whose lightness goes one way all along, so that it needs no hue to be read.
 */
export function colorOf(index: number, ramp?: number): string {
  if (ramp !== undefined && ramp > 1) {
    const part = ((100 * index) / (ramp - 1)).toFixed(1);
    return `color-mix(in oklab, ${RAMP[0]}, ${RAMP[1]} ${part}%)`;
  }
  return COLORS[index % COLORS.length] ?? 'currentColor';
}

/** Colour of a series' theory: its hue drawn towards the ink, so that it shows on the series itself. */
export function theoryColorOf(index: number, ramp?: number): string {
  return `color-mix(in oklab, ${colorOf(index, ramp)} 65%, var(--ink))`;
}

/** Dash pattern of a theory line; the first is the usual one. */
export function dashOf(index: number): string {
  return DASHES[index % DASHES.length] ?? '6 4';
}

/** Dash pattern of means and runs that a parameter's value tells apart; the first is solid. */
export function strokesOf(index: number): string | undefined {
  return index === 0 ? undefined : STROKES[(index - 1) % STROKES.length];
}

/**
 * Dashes of a curve of a single run that is not verified yet, as a hollow dot is of a point: read without
 * any colour, shorter than those that tell parameters apart, and far fainter than those of the theory.
 */
export const PROVISIONAL_DASH: readonly number[] = [4, 4];

/**
 * Outline of a series' marker round a point, about 2 × `radius` wide. There are seven shapes and
 * eight hues, so that hue and shape together name 56 series.
 */
export function markerPath(index: number, x: number, y: number, radius: number): string {
  const shape = SHAPES[index % SHAPES.length] ?? [];
  const corners = shape.map(
    ([dx, dy]) => `${(x + dx * radius).toFixed(1)} ${(y + dy * radius).toFixed(1)}`,
  );
  if (corners.length > 0) return `M${corners.join('L')}Z`;
  const [left, r, width] = [(x - radius).toFixed(1), radius.toFixed(1), (2 * radius).toFixed(1)];
  return `M${left} ${y.toFixed(1)}a${r} ${r} 0 1 0 ${width} 0a${r} ${r} 0 1 0 -${width} 0Z`;
}

const COLORS = [
  'light-dark(#0072b2, #56b4e9)',
  'light-dark(#b85300, #f0a040)',
  'light-dark(#007a5a, #2fc79a)',
  'light-dark(#a8457f, #e29ac3)',
  'light-dark(#6b5b00, #e5d84f)',
  'light-dark(#4b4b9f, #a9a9f0)',
  'light-dark(#8a2f2f, #f08a8a)',
  'light-dark(#3f6b7a, #9fd0e0)',
] as const;

const DASHES = ['6 4', '2 3', '11 4', '9 3 2 3'] as const;

/** Longer than those of the theory, which is thinner, too. */
const STROKES = ['14 5', '3 4', '18 4 3 4', '8 8'] as const;

/** From the lowest value to the highest: orange to blue, which all kinds of colour vision tell apart. */
const RAMP = ['light-dark(#c96a00, #ffd890)', 'light-dark(#0c1f6e, #4a78ee)'] as const;

/** Corners of unit size; a shape without corners is a circle. */
const SHAPES: readonly (readonly (readonly [number, number])[])[] = [
  [],
  square(0.88),
  regular(3, 1.2),
  regular(4, 1.2),
  regular(3, 1.2).map(([x, y]) => [x, -y] as const),
  star(4, 1.3, 0.5),
  star(5, 1.3, 0.55),
];

function square(half: number): (readonly [number, number])[] {
  return [
    [-half, -half],
    [half, -half],
    [half, half],
    [-half, half],
  ];
}

/** A regular polygon with one corner on top. */
function regular(corners: number, radius: number): (readonly [number, number])[] {
  return Array.from({ length: corners }, (_, i) => {
    const angle = (2 * Math.PI * i) / corners;
    return [radius * Math.sin(angle), -radius * Math.cos(angle)] as const;
  });
}

function star(arms: number, outer: number, inner: number): (readonly [number, number])[] {
  return regular(2 * arms, 1).map(([x, y], i) => {
    const radius = i % 2 === 0 ? outer : inner;
    return [x * radius, y * radius] as const;
  });
}
