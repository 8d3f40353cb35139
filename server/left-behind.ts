/** What of the evidence of a prediction has left, and what its law says without. Pure. */
import { remembered } from '../compute/analysis/remembered.ts';
import { predict } from '../compute/studies/held-out.ts';
import { familiesOf } from '../compute/studies/size-law.ts';
import type { RunSummary, SizeLaw } from '../compute/studies/study.ts';
import type { PredictionView } from './protocol.ts';

/** What is stored of a run for its verdict, and the number under which it came. */
export type StoredSummary = RunSummary & { readonly acceptedSeq: number };

/** What was predicted, and by what. */
export interface Predicted {
  readonly id: string;
  readonly family: string;
  readonly x: number;
  /** Of the parameter that is the size. */
  readonly value: number;
  readonly seeds: number;
  /** How many runs it stood on, and under which number it was made. */
  readonly runs: number;
  readonly evidence: number;
}

/** A fit with its resamples takes hundredths of a second, and rooms are told of more than results. */
const refits = remembered<ReturnType<typeof predict>>(64);

/**
 * What of the runs that a prediction stood on has left, and what its law says by those that stand (D6);
 * null while all of them do. Whatever was trained in their stead came under a later number.
 */
export function leftBehind(
  size: SizeLaw,
  { id, family, value, runs: stoodOn, seeds, evidence }: Predicted,
  runs: readonly StoredSummary[],
): NonNullable<PredictionView['left']> | null {
  const stand = runs.filter(
    (run) => run.acceptedSeq <= evidence && Number(run.config[size.parameter]) < value,
  );
  const own = familiesOf(size, stand).find(({ key }) => key === family)?.runs ?? [];
  if (own.length >= stoodOn) return null;
  // They only ever become fewer: their number says which they are.
  const now = refits(`${id} ${own.length}`, () =>
    predict(size, { key: family, value, seeds }, own),
  );
  return {
    runs: stoodOn - own.length,
    now: now && { predicted: now.predicted, interval: now.interval },
  };
}
