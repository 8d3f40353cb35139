/** What the runs of a room say: pure, so that a thread can work it out. */
import { measuredAt } from '../compute/studies/held-out.ts';
import type { Analysis, Study } from '../compute/studies/study.ts';
import { leftBehind, type Predicted, type StoredSummary } from './left-behind.ts';

/** All that an analysis stands on. */
export interface ToAnalyse {
  readonly study: string;
  readonly isNull: boolean;
  /** How many runs the investigation has, in or not. */
  readonly expected: number;
  /** JSON of those that are in, in the order of cells and seeds: `[config, seed, outcome, summary, number]` each. */
  readonly runs: string;
  /** What was predicted: what came of it is measured too. */
  readonly predicted: readonly Predicted[];
}

/** What came of a prediction. */
export interface Came {
  /** What was measured there; null while nothing is in. */
  readonly measured: ReturnType<typeof measuredAt>;
  /** Of the runs that it stood on; null while all of them stand. */
  readonly left: ReturnType<typeof leftBehind>;
}

export interface Analysed {
  readonly analysis: Analysis;
  /** In the order of `predicted`. */
  readonly came: readonly Came[];
}

type Row = readonly [
  StoredSummary['config'],
  StoredSummary['seed'],
  StoredSummary['outcome'],
  StoredSummary['summary'],
  number,
];

/** Works out the verdict and the fits, and what came of each prediction. */
export function analysed(study: Study, of: Omit<ToAnalyse, 'study'>): Analysed {
  const rows: readonly Row[] = JSON.parse(of.runs);
  const runs = rows.map(
    ([config, seed, outcome, summary, acceptedSeq]): StoredSummary => ({
      ...{ config, seed, outcome, summary, acceptedSeq },
    }),
  );
  const { size } = study;
  return {
    analysis: study.analyse(runs, { null: of.isNull, expected: of.expected }),
    came: of.predicted.map((one) =>
      size === undefined
        ? { measured: null, left: null }
        : {
            measured: measuredAt(size, one.family, one.x, runs),
            left: leftBehind(size, one, runs),
          },
    ),
  };
}
