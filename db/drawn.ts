/** What the rows of audits hold, of each segment that was drawn. */

/** From a committed state to the next one of a run, or to its divergence. */
export interface DrawnSegment {
  readonly run: string;
  readonly from: number;
  readonly to: number;
  /** SHA-256 (hex) of the states at its ends as they were committed; null where none is needed. */
  readonly start: string | null;
  readonly end: string | null;
}

export type Verdict = 'valid' | 'invalid' | 'inconclusive';

/** What a replay said of a segment. */
export interface Finding {
  /** Its place among those that were drawn. */
  readonly segment: number;
  readonly verdict: Verdict;
  /** Null: not finite, as shapes differ. */
  readonly deviation: number | null;
  readonly replayer: string;
}

export type AuditState = 'asked' | 'open' | Verdict | 'declined';
