/**
 * What the holder of a shard hands over while it trains, so that somebody else can go on from there when
 * it leaves. Its segments are drawn when it comes, and nobody goes on from it before all of them stood up
 * to replay (V6).
 */
import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import {
  type Carried,
  type CarriedRun,
  SEGMENTS_BETWEEN,
  unpackCarried,
} from '../compute/engines/carried.ts';
import type { Database } from '../db/open.ts';
import { handovers, runs } from '../db/schema.ts';
import { drawAudits, openAsks } from './audits.ts';
import {
  committedBetween,
  digestOf,
  prefixesOf,
  problemOfCarried,
  problemOfStart,
} from './handover-check.ts';
import { basesOf, handoversOf, keepFurthest, tipOf } from './handover-rows.ts';
import type { Ask, Refusal, RequestValue } from './protocol.ts';
import { refuse } from './refusal.ts';
import { lockShards, readShards } from './shard-rows.ts';
import { stopsAmong } from './stops.ts';
import { drawHandover } from './trust.ts';

export interface Given {
  readonly device: string;
  readonly input: RequestValue<'lease.handover'>;
  readonly now: number;
  /** How often an attempt is to hand over; half of that is the least time between two. */
  readonly everyMs: number;
  /** Whether its segments are replayed before anybody goes on from it. */
  readonly verify: boolean;
}

const NOT_VERIFIED =
  'What was handed over of this lease before could not be verified, so no more of it is taken. Its result still counts.';

/**
 * Takes what a holder hands over, draws its segments, and says which states are asked for. One at a time:
 * while one is being verified, no other is taken, and the same is asked again. An attempt of which one was
 * declined hands over no more: who could try until the drawing suits would be found by none.
 */
export async function takeHandover(
  db: Database,
  { device, input, now, everyMs, verify }: Given,
): Promise<{ readonly asks: readonly Ask[] } | Refusal> {
  return await db.transaction(async (tx) => {
    const { shard: id, attempt: number } = input;
    const row = (await lockShards(tx, [id])).get(id);
    if (row === undefined) return refuse('not-found');
    const stopped = (await stopsAmong(tx, [row.investigation])).get(row.investigation);
    if (stopped !== undefined) return refuse('stopped', stopped);
    const mine = (await readShards(tx, [row])).get(id)?.attempts.find((a) => a.number === number);
    if (mine === undefined || mine.device !== device) return refuse('not-found');
    if (row.accepted !== null || mine.state !== 'active') return refuse('lease-lost');
    const all = await handoversOf(tx, [id]);
    const own = all.filter((h) => h.attempt === number);
    if (own.some((h) => h.state === 'asked')) {
      const asks = await openAsks(tx, [{ shard: id, attempt: number }]);
      return { asks: asks.get(`${id}/${number}`) ?? [] };
    }
    if (own.some((h) => h.state === 'declined')) return refuse('not-allowed', NOT_VERIFIED);
    const next = (own.at(-1)?.createdAt.getTime() ?? Number.NEGATIVE_INFINITY) + everyMs / 2;
    if (now < next) return refuse('too-many', undefined, Math.ceil(next - now));
    const base = (await basesOf(tx, [id])).get(`${id}/${number}`) ?? null;
    const parent = tipOf(all, id, { number, base }, true);
    const from = parent?.toStep ?? 0;
    if (input.step < from + SEGMENTS_BETWEEN * row.program.checkpointEvery) return { asks: [] };
    const carried = unpackCarried(row.program, input);
    if (carried === null)
      return refuse('invalid-result', 'The bytes do not have the length that the runs say.');
    const planned = await tx.select({ id: runs.id }).from(runs).where(eq(runs.shard, id));
    const ids = planned.map((r) => r.id);
    const problem =
      problemOfCarried(row.program, ids, carried) ??
      problemOfStart(row.program, prefixesOf(carried), parent);
    if (problem !== null) return refuse('invalid-result', problem);
    const made = {
      ...{ id: randomUUID(), shard: id, attempt: number, device, report: input.device },
      ...{ parent: parent?.id ?? null, fromStep: from, toStep: input.step },
      ...{ ends: endsOf(carried), digest: digestOf(row.program, input.step, prefixesOf(carried)) },
      ...{ runs: input.runs, values: input.values, hashes: input.hashes, states: input.states },
      createdAt: new Date(now),
    };
    await tx.insert(handovers).values({ ...made, state: verify ? 'asked' : 'valid' });
    if (!verify) {
      await keepFurthest(tx, id);
      return { asks: [] };
    }
    const committed = committedBetween(row.program, carried.runs.map(hashedRun), from, input.step);
    const of = { investigation: row.investigation, shard: id, attempt: number, device };
    const drawn = await drawAudits(
      tx,
      [{ ...of, committed, handover: { id: made.id, step: input.step } }],
      now,
      drawHandover,
    );
    return { asks: drawn.get(`${id}/${number}`) ?? [] };
  });
}

/** A run as it is drawn from: with what it committed of each step. */
function hashedRun({ id, diverged, hashes }: CarriedRun) {
  const byStep = new Map(hashes.map(({ step, sha256 }) => [step, sha256]));
  return { id, diverged, hashAt: (step: number) => byStep.get(step) ?? null };
}

/** Hashes of the states, by run. */
function endsOf({ runs }: Carried): Record<string, string> {
  return Object.fromEntries(
    runs.flatMap(({ id, diverged, hashes }) => {
      const last = hashes.at(-1)?.sha256;
      return diverged !== null || last === undefined ? [] : [[id, last]];
    }),
  );
}
