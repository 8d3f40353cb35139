/** What a run of statistics measures, and how long its spectrum is. See `statistics.ts`. */

export type Measured =
  /** Power of windows of a photograph by spatial frequency, in cycles a window; windows are taken two by two. */
  | { readonly kind: 'radial'; readonly photograph: string; readonly side: number }
  /** Eigenvalues of the covariance of patches of photographs, side × side means of pool × pool pixels. */
  | {
      readonly kind: 'patches';
      readonly photographs: readonly string[];
      readonly side: number;
      readonly pool: number;
    }
  /** The same of handwritten digits. */
  | { readonly kind: 'digits'; readonly images: number; readonly pool: 1 | 2 | 4 | 7 }
  /** How often words occur, in passages of so many words of the novel: the frequencies of the first ranks. */
  | { readonly kind: 'words'; readonly passage: number; readonly ranks: number };

/** Ranks, or frequencies, that a measured spectrum has. */
export function spectrumSize(measured: Measured): number {
  switch (measured.kind) {
    case 'radial':
      return measured.side / 2 - 1;
    case 'patches':
      return measured.side ** 2;
    case 'digits':
      return (28 / measured.pool) ** 2;
    case 'words':
      return measured.ranks;
  }
}

/** Products of so many numbers with each other and with themselves. */
export const pairsOf = (size: number): number => (size * (size + 1)) / 2;

/** Column of a bin of a spectrum, counted from 0; see `rank-bins.ts`. */
export const binColumn = (bin: number) => `bin${bin + 1}`;
