/**
 * Last states of runs that others stand on. They are asked for with the acceptance of the result, come the way
 * that states of audits come (`audit.answer`), must be those that were committed, and are given out by their
 * hash while their result counts. Who does not show one in time loses that attempt and nothing else, as V5 has it.
 *
 * Memory: bounded when an investigation is opened, by what its states will weigh (`LIMITS.stateBytes`).
 */
import { createHash, randomUUID } from 'node:crypto';
import { and, asc, eq, inArray, isNotNull, isNull, lt, or, sql } from 'drizzle-orm';
import { hashOf, unpackState } from '../compute/engines/state-bytes.ts';
import { stateLength } from '../compute/programs/cost.ts';
import type { ProgramSpec } from '../compute/programs/program.ts';
import type { Database } from '../db/open.ts';
import { lastStates, runInputs } from '../db/schema.ts';
import { createBlob } from './blob.ts';
import { groupBy } from './group.ts';
import type { Ask } from './protocol.ts';
import type { Tx } from './sequence.ts';
import { settleDependents } from './stages.ts';
import { hashAt, type SubmittedRun } from './validate.ts';
import type { AttemptOf } from './withdraw.ts';

/** A state may come so long after it was asked for, as those of audits. */
const ANSWER_WITHIN_MS = 10 * 60_000;

export type LastState = typeof lastStates.$inferSelect;

/** A result of a study with stages that has just been accepted. */
export interface Ended extends AttemptOf {
  readonly device: string;
  readonly program: ProgramSpec;
  readonly submitted: readonly SubmittedRun[];
}

/** Asks for the last states of those runs that others stand on; by `shard/attempt`. */
export async function askLastStates(
  tx: Tx,
  ended: readonly Ended[],
  now: number,
): Promise<ReadonlyMap<string, readonly Ask[]>> {
  const all = ended.flatMap(({ submitted, ...at }) =>
    submitted.map(({ run, outcome, hashes }) => ({ ...at, run, outcome, hashes })),
  );
  if (all.length === 0) return new Map();
  const wanted = new Set(
    (
      await tx
        .selectDistinct({ run: runInputs.input })
        .from(runInputs)
        .where(
          inArray(
            runInputs.input,
            all.map(({ run }) => run),
          ),
        )
    ).map(({ run }) => run),
  );
  const rows = all.flatMap(({ run, outcome, hashes, program, shard, attempt, device }) => {
    const sha256 = hashAt({ program, outcome, hashes }, program.steps);
    if (!wanted.has(run) || outcome.kind === 'diverged' || sha256 === null) return [];
    const askedUntil = now + ANSWER_WITHIN_MS;
    const at = { run, shard, attempt, device, step: program.steps };
    return [{ id: randomUUID(), ...at, sha256, askedUntil, bytes: null }];
  });
  if (rows.length > 0) await tx.insert(lastStates).values(rows);
  // One that diverged has no state to wait for.
  await settleDependents(tx, [...wanted]);
  return asksOf(rows);
}

function asksOf(rows: readonly LastState[]): Map<string, Ask[]> {
  const byAttempt = groupBy(rows, ({ shard, attempt }) => `${shard}/${attempt}`);
  const askOf = ({ id, run, step }: LastState): Ask => ({ audit: id, run, from: 0, to: step });
  return new Map([...byAttempt].map(([key, group]) => [key, group.map(askOf)]));
}

/** What is still asked for of these attempts: the answer may have got lost. */
export async function openLastAsks(
  tx: Tx,
  which: readonly AttemptOf[],
): Promise<ReadonlyMap<string, readonly Ask[]>> {
  if (which.length === 0) return new Map();
  const of = ({ shard, attempt }: AttemptOf) =>
    and(eq(lastStates.shard, shard), eq(lastStates.attempt, attempt));
  const rows = await tx
    .select()
    .from(lastStates)
    .where(and(isNull(lastStates.bytes), or(...which.map(of))));
  return asksOf(rows);
}

/** Those of these asks that are for last states, locked; whether each has come says its `bytes`. */
export async function lastStatesAsked(
  tx: Tx,
  ids: readonly string[],
): Promise<ReadonlyMap<string, LastState>> {
  if (ids.length === 0) return new Map();
  const rows = await tx
    .select()
    .from(lastStates)
    .where(inArray(lastStates.id, [...ids]))
    .orderBy(asc(lastStates.id))
    .for('update');
  return new Map(rows.map((row) => [row.id, row]));
}

/** Whether these are the bytes of the state that was committed. */
export function isLastState({ sha256 }: LastState, bytes: Uint8Array | null): boolean {
  const state = bytes === null ? null : unpackState(bytes);
  return state !== null && hashOf(state, createHash('sha256')) === sha256;
}

/** Keeps states that have come, and lets go on what waited for them. */
export async function keepLastStates(
  tx: Tx,
  come: readonly { readonly row: LastState; readonly bytes: Uint8Array }[],
): Promise<void> {
  if (come.length === 0) return;
  const blob = createBlob();
  const rows = come.map(({ row: { id }, bytes }) => ({ id, ...blob.put(bytes) }));
  await tx.execute(sql`
    with blob as materialized (select ${blob.bytes()}::bytea as b)
    update last_states set bytes = substring(b from v.at for v.length)
    from blob, json_to_recordset(${JSON.stringify(rows)}::json) as v(id text, at int, length int)
    where last_states.id = v.id`);
  await settleDependents(
    tx,
    come.map(({ row }) => row.run),
  );
}

/** Attempts whose last states did not come in time. */
export async function overdueLastStates(tx: Tx, now: number): Promise<readonly AttemptOf[]> {
  return await tx
    .select({ shard: lastStates.shard, attempt: lastStates.attempt })
    .from(lastStates)
    .where(and(isNull(lastStates.bytes), lt(lastStates.askedUntil, now)))
    .orderBy(asc(lastStates.id))
    .limit(64)
    .for('update', { skipLocked: true });
}

/** Forgets the states of these shards, whose results have left. */
export async function forgetLastStates(tx: Tx, shards: readonly string[]): Promise<void> {
  if (shards.length > 0) await tx.delete(lastStates).where(inArray(lastStates.shard, [...shards]));
}

/** A state by its hash, as `state-bytes.ts` packs it; null where none is kept. */
export async function stateByHash(
  db: Pick<Database, 'select'>,
  sha256: string,
): Promise<Uint8Array | null> {
  const [row] = await db
    .select({ bytes: lastStates.bytes })
    .from(lastStates)
    .where(and(eq(lastStates.sha256, sha256), isNotNull(lastStates.bytes)))
    .limit(1);
  return row?.bytes ?? null;
}

/** Bytes of the last states that runs of these programs leave for others, all together. */
export const weightOf = (programs: readonly ProgramSpec[]): number =>
  programs.reduce((sum, program) => sum + 4 * stateLength(program), 0);
