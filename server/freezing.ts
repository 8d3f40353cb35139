/**
 * A frozen room stands still at one number, for whoever comes when: what its charts showed is kept as it was
 * then, since results that leave later take their numbers with them, and nobody could work it out again.
 */
import { and, eq } from 'drizzle-orm';
import type { Database } from '../db/open.ts';
import { frozenEvidence, investigations } from '../db/schema.ts';
import { inSnapshot, renewVerdict } from './deltas.ts';
import { evidenceOf, evidenceSince } from './evidence.ts';
import { foldStale } from './fold.ts';
import type { Investigation } from './investigations.ts';
import { neutralNamesIn, runsWithoutNames, type Seen } from './neutral-names.ts';
import type { FrozenEvidence } from './protocol.ts';
import { numbered } from './sequence.ts';
import { verdictOf } from './verdict.ts';

/** Freezes at the number that this change takes; a room that is frozen already stays where it is. */
export async function setFrozen(db: Database, found: Investigation, on: boolean): Promise<void> {
  // What is stale is folded and kept, and the verdict worked out, before the room is locked: little is left then.
  if (on) {
    await inSnapshot(db, found.code, ({ folded }) => folded());
    await renewVerdict(db, found.code);
  }
  await db.transaction(async (tx) => {
    const now = await numbered(tx, found.id);
    if (on === (now.frozenAt !== null)) return;
    const { id } = now;
    const frozenAt = on ? now.seq : null;
    await tx.update(investigations).set({ frozenAt }).where(eq(investigations.id, id));
    await tx.delete(frozenEvidence).where(eq(frozenEvidence.investigation, id));
    if (!on) return;
    // Whatever changes the evidence numbers the room first, and so waits: these statements see one state.
    const known = { folds: await foldStale(tx, now), evidence: await evidenceOf(tx, now) };
    const { gone: _, ...shown } = await evidenceSince(tx, now, known, { from: 0 });
    const verdict = await verdictOf(tx, now, known.evidence);
    const content = { seq: now.seq, ...shown, verdict };
    await tx.insert(frozenEvidence).values({ investigation: id, seq: now.seq, content });
  });
}

/** What a frozen room stands still at, under the names that are shown now; null if it does not stand still. */
export async function readFrozen(
  db: Database,
  found: Investigation,
): Promise<Seen<FrozenEvidence> | null> {
  if (found.frozenAt === null) return null;
  const [kept] = await db
    .select({ content: frozenEvidence.content })
    .from(frozenEvidence)
    .where(and(eq(frozenEvidence.investigation, found.id), eq(frozenEvidence.seq, found.frozenAt)));
  if (kept === undefined) return null;
  const named = kept.content;
  const nameOf = await neutralNamesIn(db, found);
  if (nameOf === null) return { named, shown: named };
  return { named, shown: { ...named, runs: runsWithoutNames(named.runs, nameOf) } };
}
