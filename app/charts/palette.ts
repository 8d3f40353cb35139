/** Hues that stay apart for colour-blind eyes (Okabe & Ito 2008), in two brightnesses, and shapes beside them. */

/** CSS colour of a series: dark enough on white, light enough on black. */
export function colorOf(index: number): string {
  return COLORS[index % COLORS.length] ?? 'currentColor';
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
