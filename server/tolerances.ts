/**
 * How far an honest replay may come out from what was committed, by study: relative deviation as
 * `trust.ts` measures it. The largest that was measured between devices of different numeric classes
 * (`npm run calibrate`), times a margin for devices that were not at hand; stored with each
 * investigation when it is opened.
 */
import { MEASURED } from './measured-tolerances.ts';

export interface Measured {
  /** Of the study that was measured. */
  readonly version: string;
  /** Largest deviation of a segment. */
  readonly deviation: number;
  readonly segments: number;
  /** There are more, which were not measured. */
  readonly cut?: true;
}

/** Devices that were not measured may lie so many times further out. */
const MARGIN = 4;
/**
 * And so many times further out may lie what was not measured of a study: a quarter of the segments of
 * implicit-regularization had a largest deviation of 1.5e-4, all of them have 1.2e-3.
 */
const CUT = 10;
/**
 * What was at hand rounds alike where a real GPU may not (it fuses multiplications with additions), and
 * where it came out equal there is nothing to multiply. Nobody gains by a thousandth of a segment.
 */
const LEAST = 1e-3;
/**
 * Of a study that was not measured: wide, as nobody honest may be taken for a forger. A state that was
 * not trained at all is as far off as it should have moved, and still found.
 */
const UNMEASURED = 0.08;

/**
 * The tolerance of a version of a study. What was measured holds for that version alone: a later minor one
 * has trainings beside those that were measured, and within a thousandth of these the honest may be taken for
 * forgers. So another version counts as unmeasured, and its tolerance is never narrower than the measured one.
 */
export function toleranceOf(
  { id, version }: { readonly id: string; readonly version: string },
  measured: Readonly<Record<string, Measured>> = MEASURED,
): number {
  const found = measured[id];
  if (found === undefined) return UNMEASURED;
  const margin = found.cut ? MARGIN * CUT : MARGIN;
  const tolerance = Math.max(LEAST, margin * found.deviation);
  return found.version === version ? tolerance : Math.max(UNMEASURED, tolerance);
}
