/**
 * The numeric class that this browser's device had last, in localStorage, so that the canary is not
 * compiled and trained at every start. It counts while nothing that could change it has (`classKeyOf`),
 * and for a week, as a driver may be renewed without a word.
 */
import * as z from 'zod/mini';
import type { KnownClass } from '../../compute/volunteer/messages.ts';

const NAME = 'manyhands.numericClass';
const WEEK_MS = 7 * 24 * 3_600_000;

const Kept = z.object({ key: z.string(), numericClass: z.string(), at: z.number() });

/** What was kept, however old its device; null where nothing was, it is a week old or cannot be read. */
export function knownClass(now = Date.now()): KnownClass | null {
  try {
    const kept = Kept.safeParse(JSON.parse(localStorage.getItem(NAME) ?? 'null'));
    return kept.success && Math.abs(now - kept.data.at) < WEEK_MS ? kept.data : null;
  } catch {
    return null;
  }
}

/** Keeps it instead of the one before. */
export function rememberClass(known: KnownClass, now = Date.now()): void {
  const before = knownClass(now);
  if (before?.key === known.key && before.numericClass === known.numericClass) return;
  try {
    localStorage.setItem(NAME, JSON.stringify({ ...known, at: now }));
  } catch {
    // Storage is refused or full: the canary is trained again next time.
  }
}
