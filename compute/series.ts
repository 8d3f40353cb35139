/**
 * What a run observed: named Float32 columns over training steps, and how the run ended. A column
 * may hold NaN or infinity: divergence is data.
 */

export interface Series {
  /** Training step of each row, ascending, first row at step 0 (before any update). */
  readonly steps: Float32Array;
  /** Columns by name, each as long as `steps`. */
  readonly columns: Readonly<Record<string, Float32Array>>;
}

/** `diverged`: the loss left the range in which numbers mean anything, at this recorded step. */
export type RunOutcome =
  | { readonly kind: 'completed' }
  | { readonly kind: 'diverged'; readonly step: number };
