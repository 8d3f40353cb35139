/**
 * A room for pages that only look (embeds, reports) and ask again and again: what changed since a
 * number, without joining, so that nobody shows up among the people for reading a report.
 */
import type { Database } from '../db/open.ts';
import { inSnapshot } from './deltas.ts';
import { findInvestigation } from './investigations.ts';
import type { Delta } from './protocol.ts';

/** What changed after `from`; `current` if nothing did; null without such a room. */
export async function liveDelta(
  db: Database,
  code: string,
  from: number,
): Promise<{ readonly current: true } | Delta | null> {
  const found = await findInvestigation(db, code);
  if (found === null) return null;
  if (found.seq === from) return { current: true };
  const seen = await inSnapshot(db, code, async ({ since }) => await since(from));
  // Who only looks is told what everybody is.
  return seen === null ? null : seen.shown;
}
