/**
 * Leases in the database: every decision is `transition`'s, applied to rows that are locked for the
 * length of one transaction. Many who ask share one, because it takes the same few statements.
 */
import { and, eq } from 'drizzle-orm';
import type { DeviceInfo } from '../compute/engines/engine.ts';
import { inputsOf, type RunInput } from '../compute/programs/program.ts';
import type { Database } from '../db/open.ts';
import { attempts, investigations, shards } from '../db/schema.ts';
import { barredAmong } from './barred.ts';
import {
  type Formed,
  formShards,
  type Group,
  type Packed,
  packOf,
  storeFormed,
} from './forming.ts';
import { startOf } from './handover-rows.ts';
import type { Investigation } from './investigations.ts';
import { enlist, trainersAmong } from './members.ts';
import { NO_WORK_RETRY_MS, type Place, type Places } from './places.ts';
import type { Lease, Refusal, Work } from './protocol.ts';
import { refuse } from './refusal.ts';
import { returnedShard } from './returned.ts';
import { refuseAct } from './roles.ts';
import type { HeldLease } from './rooms.ts';
import type { Tx } from './sequence.ts';
import {
  columnsOf,
  lockShards,
  readShards,
  type ShardChange,
  updateShards,
  writeAttempts,
  writeShards,
} from './shard-rows.ts';
import {
  type Durations,
  newShard,
  type Outcome,
  type Shard,
  type ShardEvent,
  transition,
} from './shards.ts';
import { type Asker, type Seeker, seekersOf } from './speeds.ts';
import { inputsAmong } from './stages.ts';
import { type Stopped, stopsAmong } from './stops.ts';
import { LIMITS, runSteps } from './vocabulary.ts';

export interface LeaseInput extends Asker, Durations {
  /** How often what was trained is to be handed over. */
  readonly handoverMs: number;
  /** Null: of whichever running investigation has had least lately. */
  readonly code: string | null;
}

export interface Leased {
  readonly lease: Lease;
  readonly held: HeldLease;
}

/** Somebody who waits for work: where to look, the best room first, and the answer if that fails. */
interface Waiting {
  readonly index: number;
  readonly left: Place[];
}

/**
 * Leases shards to devices, many in one transaction: what each device is told, and what its room sees.
 * If it rejects, nothing is leased to any of them.
 */
export async function leaseShards(
  db: Database,
  places: Places,
  inputs: readonly LeaseInput[],
): Promise<readonly (Leased | Refusal)[]> {
  const codes = new Set(inputs.flatMap(({ code }) => code ?? []));
  const named = await places.named([...codes]);
  const any = inputs.find(({ code }) => code === null);
  const anywhere = any === undefined ? [] : await places.anywhere(any.now);
  const leasedIn = new Map(anywhere.map(({ place, leased }) => [place, leased]));
  const gave: Investigation[] = [];
  const enlisted: { readonly investigation: string; readonly device: string }[] = [];
  const answers = await db.transaction(async (tx) => {
    const devices = inputs.map(({ device }) => device);
    const barred = await barredAmong(tx, devices);
    const rooms = [...named.values(), ...leasedIn.keys()].filter(isPlace);
    const roleOf = await trainersAmong(
      tx,
      rooms.map(({ found }) => found),
      devices,
    );
    /** Why this device does not train there; null if it may. */
    const whyNot = ({ found }: Place, device: string): Refusal | null => {
      const refused = refuseAct(roleOf(found, device), 'train');
      if (refused !== null) return refused;
      const why = barred(device, found.id);
      return why === null ? null : refuse('not-allowed', why);
    };
    const seekers = await seekersOf(tx, inputs);
    const answers = inputs.map(({ code, device }): Leased | Refusal => {
      const place = code === null ? undefined : named.get(code);
      return refusalAt(place, device, whyNot);
    });
    let waiting = inputs.map(({ code, device }, index): Waiting => {
      const place = code === null ? undefined : named.get(code);
      const all = code === null ? [...leasedIn.keys()] : isPlace(place) ? [place] : [];
      return { index, left: all.filter((p) => whyNot(p, device) === null) };
    });
    // Each round everybody who still waits looks in one more room.
    while (waiting.length > 0) {
      const looking = new Map<Place, Waiting[]>();
      for (const one of waiting) {
        // The one that was leased least, those counted who look there now.
        const [place] = one.left.sort((a, b) => (leasedIn.get(a) ?? 0) - (leasedIn.get(b) ?? 0));
        if (place === undefined) continue;
        one.left.shift();
        leasedIn.set(place, (leasedIn.get(place) ?? 0) + 1);
        looking.set(place, [...(looking.get(place) ?? []), one]);
      }
      waiting = [];
      const groups = [...looking].map(([place, those]) => ({
        ...place,
        those,
        seekers: those.flatMap(({ index }) => seekers[index] ?? []),
      }));
      for (const [g, leased] of (await leaseIn(tx, groups)).entries()) {
        const { those = [], found } = groups[g] ?? {};
        for (const [i, one] of those.entries()) {
          const mine = leased[i] ?? null;
          if (mine !== null) answers[one.index] = mine;
          const device = inputs[one.index]?.device;
          if (mine === null) waiting.push(one);
          else if (found !== undefined && device !== undefined) {
            gave.push(found);
            enlisted.push({ investigation: found.id, device });
          }
        }
      }
    }
    return answers;
  });
  places.gave(gave);
  await enlist(db, enlisted);
  return answers;
}

const isPlace = (place: Place | Refusal | undefined): place is Place =>
  place !== undefined && !('ok' in place);

/** The answer to somebody for whom there is no shard. */
function refusalAt(
  place: Place | Refusal | undefined,
  device: string,
  whyNot: (place: Place, device: string) => Refusal | null,
): Refusal {
  if (place !== undefined && !isPlace(place)) return place;
  const why = place === undefined ? null : whyNot(place, device);
  return why ?? refuse('no-work', undefined, NO_WORK_RETRY_MS);
}

interface LeaseGroup extends Omit<Group, 'seekers'> {
  readonly seekers: readonly (LeaseInput & Seeker)[];
}

/** Leases of these rooms to those who look there; null to whom a room has nothing to give. */
async function leaseIn(tx: Tx, groups: readonly LeaseGroup[]): Promise<(Leased | null)[][]> {
  const formed = await formShards(tx, groups);
  const changes: ShardChange[] = [];
  const fresh = new Map<string, Formed>();
  function lease(
    group: LeaseGroup,
    input: LeaseInput,
    { row, pack }: Formed,
    before: Shard,
    start: Start,
  ) {
    const { device, report, now, softMs, hardMs } = input;
    const event = { kind: 'lease', device, now, softMs, hardMs } as const;
    const { shard, outcome } = transition(before, event);
    if (outcome.kind !== 'leased') return null;
    const base = start === null ? null : { id: start.id, step: start.carried.step };
    const told = new Map([[outcome.attempt, { report, seconds: null, base }]]);
    changes.push({ id: row.id, before, after: shard, told });
    return leasedOf(group.found, { row, pack }, input, outcome, start);
  }
  const all: (Leased | null)[][] = [];
  for (const [g, group] of groups.entries()) {
    const mine: (Leased | null)[] = [];
    for (const [i, seeker] of group.seekers.entries()) {
      const own = formed[g]?.[i];
      if (own !== undefined) {
        fresh.set(own.row.id, own);
        mine.push(lease(group, seeker, own, newShard, null));
        continue;
      }
      const row = await returnedShard(tx, group, seeker);
      if (row === null) {
        mine.push(null);
        continue;
      }
      const before = (await readShards(tx, [row])).get(row.id) ?? newShard;
      const start = await startOf(tx, row.id);
      mine.push(lease(group, seeker, { row, pack: await packOf(tx, row.id) }, before, start));
    }
    all.push(mine);
  }
  const [made, others] = [
    changes.flatMap(({ id, after }) => {
      const own = fresh.get(id);
      return own === undefined ? [] : [{ ...own, row: { ...own.row, ...columnsOf(after) } }];
    }),
    changes.filter(({ id }) => !fresh.has(id)),
  ];
  await storeFormed(tx, made);
  await writeAttempts(tx, changes);
  await updateShards(tx, others);
  return await withInputs(tx, all);
}

/** Leases with what their runs stand on (T2). */
async function withInputs(
  tx: Tx,
  all: readonly (readonly (Leased | null)[])[],
): Promise<(Leased | null)[][]> {
  const standing = all
    .flat()
    .filter((l) => l !== null && inputsOf(l.lease.pack.program).length > 0);
  const ids = standing.flatMap((l) => l?.lease.pack.runs.map(({ id }) => id) ?? []);
  const inputs = await inputsAmong(tx, ids, true);
  return all.map((own) =>
    own.map((l) => (l === null || !standing.includes(l) ? l : given(l, inputs))),
  );
}

function given({ lease, held }: Leased, inputs: ReadonlyMap<string, readonly RunInput[]>): Leased {
  const runs = lease.pack.runs.map((run) => ({ ...run, inputs: inputs.get(run.id) ?? [] }));
  return { held, lease: { ...lease, pack: { ...lease.pack, runs } } };
}

type Start = Awaited<ReturnType<typeof startOf>>;

function leasedOf(
  { code, study }: Investigation,
  { row, pack }: Formed,
  { report, now, softMs, hardMs, handoverMs }: LeaseInput,
  { attempt, softAt }: { readonly attempt: number; readonly softAt: number },
  start: Start,
): Leased {
  const at = { code, shard: row.id, attempt };
  const runs = pack.map(({ id, seed, hyper }) => ({ id, seed, hyper }));
  const done = (start?.carried.step ?? 0) * pack.length;
  return {
    lease: {
      ...{ ...at, study, deadlines: { softMs, hardMs }, pack: { program: row.program, runs } },
      from: start?.carried ?? null,
      handover: { everyMs: handoverMs, mostBytes: LIMITS.handoverBytes },
    },
    held: { ...at, startedAt: now, softAt, work: workOf(row, pack, report, done) },
  };
}

/** The lease of an attempt as its room sees it: for a socket that takes it up again. */
export async function heldLease(
  db: Database,
  shard: string,
  attempt: number,
): Promise<HeldLease | null> {
  const [row] = await db
    .select({ attempt: attempts, shard: shards, code: investigations.code })
    .from(attempts)
    .innerJoin(shards, eq(shards.id, attempts.shard))
    .innerJoin(investigations, eq(investigations.id, shards.investigation))
    .where(and(eq(attempts.shard, shard), eq(attempts.number, attempt)));
  if (row === undefined || row.attempt.report === null) return null;
  const { createdAt, softAt, done, report } = row.attempt;
  const work = workOf(row.shard, await packOf(db, shard), report, done);
  return { code: row.code, shard, attempt, startedAt: createdAt.getTime(), softAt, work };
}

function workOf(
  { id, program }: Pick<typeof shards.$inferSelect, 'id' | 'program'>,
  pack: readonly Packed[],
  { backend, adapter }: DeviceInfo,
  done: number,
): Work {
  const total = runSteps(program, pack.length);
  return {
    ...{ shard: id, backend, adapter, done: Math.min(done, total), total },
    runs: pack.map((run) => run.id),
    cells: pack.map((run) => run.cell),
    seeds: pack.map((run) => run.seed),
  };
}

/** Applies progress or a release. */
export async function applyEvent(
  db: Database,
  shardId: string,
  event: Extract<ShardEvent, { kind: 'progress' | 'release' }>,
): Promise<Outcome | Stopped> {
  return await db.transaction(async (tx) => {
    const row = (await lockShards(tx, [shardId])).get(shardId);
    if (row === undefined) return { kind: 'refused', reason: 'not-found' };
    const stopped = (await stopsAmong(tx, [row.investigation])).has(row.investigation);
    if (stopped && event.kind === 'progress') return { kind: 'refused', reason: 'stopped' };
    const before = (await readShards(tx, [row])).get(shardId) ?? newShard;
    const { shard, outcome } = transition(before, event);
    if (shard !== before) await writeShards(tx, [{ id: shardId, before, after: shard }]);
    return outcome;
  });
}
