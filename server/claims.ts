/** Claims: marked on a region of a panel, answered, withdrawn; numbered like everything the room sees. */
import { randomUUID } from 'node:crypto';
import { and, eq, isNotNull } from 'drizzle-orm';
import { studyById } from '../compute/studies/registry.ts';
import type { Database } from '../db/open.ts';
import { claims, investigations, replies, runs } from '../db/schema.ts';
import { inSnapshot } from './deltas.ts';
import type { Refusal, RequestValue } from './protocol.ts';
import { refuse } from './refusal.ts';
import { numbered, type Tx } from './sequence.ts';

interface Changed {
  readonly code: string;
  readonly id: string;
}

export async function addClaim(
  db: Database,
  author: string,
  input: RequestValue<'claim.add'>,
): Promise<Changed | Refusal> {
  const seen = await inSnapshot(db, input.code, async ({ tx, found, folded }) => {
    const stored = await tx
      .select({ id: runs.id, traces: runs.traces })
      .from(runs)
      .where(and(eq(runs.investigation, found.id), isNotNull(runs.outcome)));
    const folds = await folded();
    const done = stored.map(({ id, traces }) => ({
      ...{ id, traces: folds.runs.get(id)?.traces ?? traces },
    }));
    return { found, done };
  });
  if (seen === null) return refuse('not-found', `There is no room ${input.code}.`);
  const { found, done } = seen;
  const { panel, region, text } = input;
  if (!studyById(found.study)?.panels.some((p) => p.id === panel)) {
    return refuse('not-found', `The study has no panel “${panel}”.`);
  }
  const within = (v: number, [lo, hi]: readonly [number, number]) => v >= lo && v <= hi;
  const inside = done.filter(({ traces }) =>
    (traces?.[panel] ?? []).some((t) =>
      t.x.some((x, i) => within(x, region.x) && within(t.y[i] ?? Number.NaN, region.y)),
    ),
  );
  const id = randomUUID();
  await db.transaction(async (tx) => {
    const { seq } = await numbered(tx, found.id);
    const evidence = Math.min(input.evidence, seq - 1);
    const marked = inside.map((r) => r.id);
    await tx.insert(claims).values({
      id,
      investigation: found.id,
      author,
      panel,
      region,
      text,
      evidence,
      runs: marked,
      seq,
    });
  });
  return { code: found.code, id };
}

export async function replyToClaim(
  db: Database,
  author: string,
  input: RequestValue<'claim.reply'>,
): Promise<Changed | Refusal> {
  const id = randomUUID();
  const code = await change(db, input.claim, async (tx) => {
    await tx.insert(replies).values({ id, claim: input.claim, author, text: input.text });
  });
  return code === null ? refuse('not-found', 'That claim does not exist.') : { code, id };
}

export async function withdrawClaim(
  db: Database,
  author: string,
  input: RequestValue<'claim.withdraw'>,
): Promise<Changed | Refusal> {
  const [claim] = await db.select().from(claims).where(eq(claims.id, input.claim));
  if (claim === undefined) return refuse('not-found', 'That claim does not exist.');
  if (claim.author !== author)
    return refuse('not-allowed', 'Only its author can withdraw a claim.');
  const code = await change(db, claim.id, async (tx) => {
    await tx.update(claims).set({ withdrawn: true }).where(eq(claims.id, claim.id));
  });
  return code === null ? refuse('not-found') : { code, id: claim.id };
}

/** Changes something of a claim and numbers it; the room's code, or null without such a claim. */
async function change(
  db: Database,
  claimId: string,
  act: (tx: Tx) => Promise<void>,
): Promise<string | null> {
  const [found] = await db
    .select({ investigation: investigations.id, code: investigations.code })
    .from(claims)
    .innerJoin(investigations, eq(investigations.id, claims.investigation))
    .where(eq(claims.id, claimId));
  if (found === undefined) return null;
  await db.transaction(async (tx) => {
    const { seq } = await numbered(tx, found.investigation);
    await act(tx);
    await tx.update(claims).set({ seq }).where(eq(claims.id, claimId));
  });
  return found.code;
}
