/**
 * Results: what volunteers send back, decided by `transition` on rows that are locked for the length
 * of one transaction, and stored with their runs in the same transaction. Many results share one
 * transaction: it takes the same few statements for one as for a hundred.
 */
import type { DeviceInfo } from '../compute/engines/engine.ts';
import { inputsOf, type RunInput } from '../compute/programs/program.ts';
import { stagesOf } from '../compute/studies/stages.ts';
import type { Database } from '../db/open.ts';
import { runs } from '../db/schema.ts';
import { type AcceptedRun, storeRuns } from './accepted-runs.ts';
import { among } from './among.ts';
import { drawAudits, openAsks, type ToAudit } from './audits.ts';
import { studyOf } from './fold.ts';
import { groupBy } from './group.ts';
import { committedBetween, prefixesOfResult, problemOfStart } from './handover-check.ts';
import { basesOf, handoversOf, takeIntoResult, tipOf } from './handover-rows.ts';
import { askLastStates, type Ended, openLastAsks } from './last-states.ts';
import type { Ask, RequestValue } from './protocol.ts';
import type { Tx } from './sequence.ts';
import { lockShards, readShards, type ShardRow, type Told, writeShards } from './shard-rows.ts';
import { newShard, type Outcome, type Shard, transition } from './shards.ts';
import { inputsAmong } from './stages.ts';
import { type Stopped, stopsAmong } from './stops.ts';
import { hashAt, problemOf, problemOfEnds, runsOf, type SubmittedRun } from './validate.ts';

export interface Submission {
  readonly device: string;
  readonly input: RequestValue<'result.submit'>;
  readonly now: number;
}

export interface Submitted {
  readonly outcome: Outcome | Stopped;
  /** The room that sees it; null if it was not accepted. */
  readonly code: string | null;
  /** What is wrong with it, in a sentence. */
  readonly problem: string | null;
  /** Segments of it that are to be replayed, whose states have not come yet. */
  readonly asks: readonly Ask[];
}

/**
 * Results in the order they came: each checked, decided, and if it is the one that counts, stored
 * with its runs, counted in its cells and numbered; all in one transaction.
 * Acknowledge only after this. If it rejects, nothing of any of them is stored.
 * @param verify whether segments of it are drawn to be replayed
 */
export async function submitResults(
  db: Database,
  submissions: readonly Submission[],
  verify: boolean,
): Promise<readonly Submitted[]> {
  return await db.transaction(async (tx) => {
    const ids = [...new Set(submissions.map(({ input }) => input.shard))];
    const rows = await lockShards(tx, ids);
    const before = await readShards(tx, [...rows.values()]);
    const planned = await plannedRuns(tx, ids);
    const handed = await handoversOf(tx, ids);
    const bases = handed.length === 0 ? new Map<string, string>() : await basesOf(tx, ids);
    const inputs = await inputsOfShards(tx, [...rows.values()], planned);
    const stops = await stopsAmong(
      tx,
      [...rows.values()].map((row) => row.investigation),
    );
    const after = new Map(before);
    const told = new Map(ids.map((id) => [id, new Map<number, Told>()]));
    const accepted: AcceptedRun[] = [];
    const toAudit: ToAudit[] = [];
    const ended: (Ended & { readonly investigation: string })[] = [];
    const decided = submissions.map(({ device, input, now }) => {
      const row = rows.get(input.shard);
      if (row === undefined) return { outcome: notFound, row: null, problem: null };
      const stopped = stops.get(row.investigation);
      if (stopped !== undefined) return { outcome: isStopped, row, problem: stopped };
      const mine = planned.get(row.id) ?? [];
      const submitted = runsOf(input);
      const ids = mine.map((r) => r.id);
      const at = `${input.shard}/${input.attempt}`;
      const tip = (verified: boolean) =>
        tipOf(
          handed,
          input.shard,
          { number: input.attempt, base: bases.get(at) ?? null },
          verified,
        );
      const problem =
        problemOf(row.program, ids, submitted) ??
        problemOfEnds(submitted ?? [], inputs) ??
        problemOfStart(row.program, prefixesOfResult(submitted ?? []), tip(false));
      const { shard, outcome } = transition(after.get(row.id) ?? newShard, {
        ...{ kind: 'submit', attempt: input.attempt, device, now, valid: problem === null },
      });
      if (shard !== after.get(row.id)) {
        const seconds = outcome.kind === 'accepted' ? (input.seconds ?? null) : null;
        told.get(row.id)?.set(input.attempt, { report: input.device, seconds });
      }
      after.set(row.id, shard);
      if (outcome.kind === 'accepted' && submitted !== null) {
        accepted.push(...acceptedRuns(row, mine, submitted, device, input.device));
        const { program } = row;
        // What was handed over before was drawn from when it came.
        const committed = committedBetween(
          program,
          submitted.map(({ run: id, outcome, hashes }) => ({
            id,
            diverged: outcome.kind === 'diverged' ? outcome.step : null,
            hashAt: (step: number) => hashAt({ program, outcome, hashes }, step),
          })),
          tip(true)?.toStep ?? 0,
        );
        const { shard: id, attempt } = input;
        const { investigation } = row;
        toAudit.push({ investigation, shard: id, attempt, device, committed });
        ended.push({ investigation, shard: id, attempt, device, program, submitted });
      }
      return { outcome, row, problem };
    });
    await writeShards(tx, changesOf(before, after, told));
    const rooms = await storeRuns(tx, accepted);
    if (handed.length > 0) await takeIntoResult(tx, toAudit);
    const again = submissions
      .filter((_, i) => decided[i]?.outcome.kind === 'already-accepted')
      .map(({ input }) => ({ shard: input.shard, attempt: input.attempt }));
    const now = Math.max(...submissions.map((s) => s.now));
    const drawn = verify ? await drawAudits(tx, toAudit, now) : new Map<string, readonly Ask[]>();
    const staged = ended.filter(({ investigation }) => {
      const room = rooms.get(investigation);
      return room !== undefined && stagesOf(studyOf(room)).length > 1;
    });
    const asks = merged([
      ...[drawn, await askLastStates(tx, staged, now)],
      ...[await openAsks(tx, again), await openLastAsks(tx, again)],
    ]);
    return decided.map(({ outcome, row, problem }, i) => {
      const input = submissions[i]?.input;
      const room = row === null ? undefined : rooms.get(row.investigation);
      const code = outcome.kind === 'accepted' ? (room?.code ?? null) : null;
      return { outcome, code, problem, asks: asks.get(`${input?.shard}/${input?.attempt}`) ?? [] };
    });
  });
}

/** What is asked of each attempt, for whatever reason. */
function merged(all: readonly ReadonlyMap<string, readonly Ask[]>[]): Map<string, readonly Ask[]> {
  const asks = new Map<string, readonly Ask[]>();
  for (const one of all)
    for (const [key, own] of one) asks.set(key, [...(asks.get(key) ?? []), ...own]);
  return asks;
}

const notFound: Outcome = { kind: 'refused', reason: 'not-found' };
const isStopped: Stopped = { kind: 'refused', reason: 'stopped' };

type Planned = Pick<typeof runs.$inferSelect, 'id' | 'cell' | 'seed'>;

/** What the runs of these shards stand on, of those shards whose runs stand on others. */
async function inputsOfShards(
  tx: Tx,
  rows: readonly ShardRow[],
  planned: ReadonlyMap<string, readonly Planned[]>,
): Promise<ReadonlyMap<string, readonly RunInput[]>> {
  const standing = rows.filter(({ program }) => inputsOf(program).length > 0);
  return await inputsAmong(
    tx,
    standing.flatMap(({ id }) => planned.get(id) ?? []).map(({ id }) => id),
  );
}

async function plannedRuns(tx: Tx, ids: readonly string[]): Promise<Map<string, Planned[]>> {
  const rows = await tx
    .select({ id: runs.id, cell: runs.cell, seed: runs.seed, shard: runs.shard })
    .from(runs)
    .where(among(runs.shard, ids));
  return groupBy(rows, (row) => row.shard ?? '');
}

function acceptedRuns(
  { investigation }: ShardRow,
  planned: readonly Planned[],
  submitted: readonly SubmittedRun[],
  device: string,
  report: DeviceInfo,
): AcceptedRun[] {
  const byId = new Map(planned.map((run) => [run.id, run]));
  return submitted.map((submission) => {
    const run = byId.get(submission.run);
    if (run === undefined) throw new Error(`The run ${submission.run} is gone.`);
    const { cell, seed } = run;
    return { investigation, cell, seed, device, report, submitted: submission };
  });
}

function changesOf(
  before: ReadonlyMap<string, Shard>,
  after: ReadonlyMap<string, Shard>,
  told: ReadonlyMap<string, ReadonlyMap<number, Told>>,
) {
  return [...before].flatMap(([id, was]) => {
    const is = after.get(id) ?? was;
    return is === was ? [] : [{ id, before: was, after: is, told: told.get(id) ?? new Map() }];
  });
}
