/** Evidence versions that a page shows: the verdict's may be an earlier one than the charts'. */
import type { Anchor } from '../../server/protocol.ts';

export interface ShownEvidence {
  readonly charts: number;
  readonly verdict: number;
}

/** The evidence version that whoever reads this page sees of what an anchor is about. */
export const evidenceShown = (shown: ShownEvidence, { kind }: Anchor): number =>
  kind === 'fit' ? shown.verdict : shown.charts;
