/**
 * Which shards devices get: formed when they are leased, of runs that are in none, as many of one
 * shape as a device trains in about 30 s (S1); else shards that were leased before and that nobody
 * holds. A shard that no attempt can deliver any more is cut to the device (S3). Rows are locked for
 * the length of the transaction, and what another transaction has locked is passed over.
 *
 * Many devices are served together: runs are read and locked once for all of them, dealt out here,
 * and written in one statement for each table.
 */
import { randomUUID } from 'node:crypto';
import { and, asc, eq, exists, gt, inArray, isNull, lt, not, or, type SQL, sql } from 'drizzle-orm';
import type { ProgramSpec } from '../compute/programs/program.ts';
import type { Study } from '../compute/studies/study.ts';
import { attempts, runs, shards } from '../db/schema.ts';
import type { Investigation } from './investigations.ts';
import { LIMITS, runSteps } from './protocol.ts';
import type { Tx } from './sequence.ts';
import type { ShardRow } from './shard-rows.ts';
import type { Seeker } from './speeds.ts';

/** A shard so many times what the device trains in 30 s is left to a faster one while it lives. */
const MUCH_TOO_LARGE = 4;
/** Returned shards looked at in one request. */
const LOOKED_AT = 16;

/** A run as a volunteer is given it. */
export type Packed = Pick<typeof runs.$inferSelect, 'id' | 'cell' | 'seed' | 'hyper'>;

/** A locked shard for a device. `formed`: it was made for it, and has had no attempt. */
export interface Found {
  readonly row: ShardRow;
  readonly pack: readonly Packed[];
  readonly formed: boolean;
}

/** Where a room's open runs begin, and in which order they go. */
export interface Front {
  readonly program: ProgramSpec;
  readonly order: readonly SQL[];
}

/** Shards of one investigation for these devices; null for those that it has none for. */
export async function shardsFor(
  tx: Tx,
  { found, study, front }: { found: Investigation; study: Study; front: Front | null },
  seekers: readonly Seeker[],
): Promise<(Found | null)[]> {
  const formed = front === null ? [] : await formShards(tx, found, study, front, seekers);
  const all: (Found | null)[] = [];
  for (const [i, seeker] of seekers.entries()) {
    all.push(formed[i] ?? (await returnedShard(tx, found, study, seeker)));
  }
  return all;
}

const isOpen = (investigation: string) =>
  and(eq(runs.investigation, investigation), isNull(runs.shard));
/** Equal for runs that can be trained in one pack. */
const shape = sql<string>`md5(${runs.program}::text)`;
const skipLocked = { skipLocked: true } as const;

/** Repeats before cells: the order of the index `runs_open`. */
export const IN_TURN: readonly SQL[] = [asc(runs.repeat), asc(runs.cell)];

/** The first run that is in no shard; null if there is none. */
export async function firstOpen(
  tx: Pick<Tx, 'select'>,
  investigation: string,
  order: readonly SQL[] = IN_TURN,
) {
  const [first] = await tx
    .select({ program: runs.program, repeat: runs.repeat })
    .from(runs)
    .where(isOpen(investigation))
    .orderBy(...order)
    .limit(1);
  return first ?? null;
}

type OpenRun = Packed & { readonly repeat: number; readonly shape: string };

/** New shards of runs that are in none, the first seed of every cell before any second (S2). */
async function formShards(
  tx: Tx,
  found: Investigation,
  study: Study,
  { program, order }: Front,
  seekers: readonly Seeker[],
): Promise<Found[]> {
  const wanted = seekers.reduce((sum, { sizeOf }) => sum + sizeOf(program, study), 0);
  const read = (which: SQL | undefined, most: number): Promise<OpenRun[]> =>
    tx
      .select({
        ...{ id: runs.id, cell: runs.cell, seed: runs.seed, hyper: runs.hyper },
        ...{ repeat: runs.repeat, shape },
      })
      .from(runs)
      .where(and(isOpen(found.id), which))
      .orderBy(...order)
      .limit(most)
      .for('update', skipLocked);
  const window = await read(undefined, wanted);
  const isAll = window.length < wanted;
  const others = () =>
    not(
      inArray(
        runs.id,
        window.map((run) => run.id),
      ),
    );
  const dealt: { readonly row: typeof shards.$inferInsert; readonly pack: OpenRun[] }[] = [];
  const taken = new Set<string>();

  /** Open runs of this shape, in order: those read already, else more of them. */
  async function take(like: OpenRun, firsts: boolean, most: number): Promise<OpenRun[]> {
    const fits = (run: OpenRun) =>
      !taken.has(run.id) && run.shape === like.shape && (run.repeat === 0) === firsts;
    const own = most <= 0 ? [] : window.filter(fits).slice(0, most);
    if (most > own.length && !isAll) {
      const repeat = firsts ? eq(runs.repeat, 0) : gt(runs.repeat, 0);
      const more = await read(and(eq(shape, like.shape), repeat, others()), most - own.length);
      window.push(...more);
      own.push(...more);
    }
    for (const run of own) taken.add(run.id);
    return own;
  }

  async function next(): Promise<OpenRun | null> {
    const untaken = window.find((run) => !taken.has(run.id));
    if (untaken !== undefined || isAll) return untaken ?? null;
    const [more] = await read(others(), 1);
    if (more !== undefined) window.push(more);
    return more ?? null;
  }

  const programs = new Map<string, ProgramSpec>();
  for (const { sizeOf } of seekers) {
    const first = await next();
    if (first === null) break;
    const mine = programs.get(first.shape) ?? (await programOf(tx, first));
    programs.set(first.shape, mine);
    const size = sizeOf(mine, study);
    const firsts = first.repeat === 0;
    const pack = await take(first, firsts, size);
    // Cells of other shapes wait for their first seed: no second seeds yet, even if they would fit.
    if (firsts && pack.length < size && !(await firstsWait(tx, found.id, first, taken))) {
      pack.push(...(await take(first, false, size - pack.length)));
    }
    const row = {
      ...{ id: randomUUID(), investigation: found.id, program: mine },
      position: first.repeat * LIMITS.runsPerInvestigation + first.cell,
      work: runSteps(mine, pack.length),
    };
    dealt.push({ row, pack });
  }
  if (dealt.length === 0) return [];
  const stored = await tx
    .insert(shards)
    .values(dealt.map(({ row }) => row))
    .returning();
  const rows = new Map(stored.map((row) => [row.id, row]));
  const which = dealt.flatMap(({ row, pack }) => pack.map(({ id }) => ({ id, shard: row.id })));
  await tx.execute(sql`
    update runs set shard = v.shard
    from json_to_recordset(${JSON.stringify(which)}::json) as v(id text, shard text)
    where runs.id = v.id`);
  return dealt.flatMap(({ row, pack }): Found[] => {
    const written = rows.get(row.id);
    return written === undefined ? [] : [{ row: written, pack: inOrder(pack), formed: true }];
  });
}

const inOrder = (pack: readonly Packed[]): Packed[] =>
  [...pack].sort((a, b) => a.cell - b.cell || a.seed - b.seed);

async function programOf(tx: Tx, { id }: OpenRun): Promise<ProgramSpec> {
  const [run] = await tx.select({ program: runs.program }).from(runs).where(eq(runs.id, id));
  if (run === undefined) throw new Error(`The run ${id} is gone.`);
  return run.program;
}

/** Whether a cell of another shape has no run in a shard yet. */
async function firstsWait(
  tx: Tx,
  investigation: string,
  like: OpenRun,
  taken: ReadonlySet<string>,
): Promise<boolean> {
  const [waiting] = await tx
    .select({ id: runs.id })
    .from(runs)
    .where(
      and(
        isOpen(investigation),
        eq(runs.repeat, 0),
        not(eq(shape, like.shape)),
        not(inArray(runs.id, [...taken])),
      ),
    )
    .limit(1);
  return waiting !== undefined;
}

/** A shard that was leased before and that nobody holds; tried least, and needed first, goes first. */
async function returnedShard(
  tx: Tx,
  found: Investigation,
  study: Study,
  { device, now, isObserved, sizeOf }: Seeker,
): Promise<Found | null> {
  const attemptsOf = (which: SQL | undefined) =>
    tx
      .select({ one: sql`1` })
      .from(attempts)
      .where(and(eq(attempts.shard, shards.id), which));
  const free = and(
    eq(shards.investigation, found.id),
    isNull(shards.accepted),
    or(isNull(shards.heldUntil), lt(shards.heldUntil, now)),
    not(exists(attemptsOf(and(eq(attempts.device, device), eq(attempts.state, 'invalid'))))),
  );
  const alive = exists(
    attemptsOf(and(inArray(attempts.state, ['active', 'away']), gt(attempts.hardAt, now))),
  );
  const candidates = await tx
    .select({ shard: shards, alive: sql<boolean>`${alive}` })
    .from(shards)
    .where(free)
    .orderBy(asc(shards.tries), asc(shards.position))
    .limit(LOOKED_AT);
  for (const { shard, alive: mayCome } of candidates) {
    const size = isObserved ? sizeOf(shard.program, study) : Number.POSITIVE_INFINITY;
    const runsIn = shard.work / shard.program.steps;
    if (mayCome && runsIn > MUCH_TOO_LARGE * size) continue;
    const [locked] = await tx
      .select()
      .from(shards)
      .where(and(free, eq(shards.id, shard.id)))
      .for('update', skipLocked);
    if (locked === undefined) continue;
    const row = mayCome || runsIn <= size ? locked : await cut(tx, locked, size);
    return { row, pack: await packOf(tx, row.id), formed: false };
  }
  return null;
}

/** Leaves a shard its first runs; the others are in no shard again. */
async function cut(tx: Tx, shard: ShardRow, size: number): Promise<ShardRow> {
  const all = await tx
    .select({ id: runs.id })
    .from(runs)
    .where(eq(runs.shard, shard.id))
    .orderBy(asc(runs.repeat), asc(runs.cell));
  const surplus = all.slice(size).map((r) => r.id);
  await tx.update(runs).set({ shard: null }).where(inArray(runs.id, surplus));
  const work = runSteps(shard.program, size);
  await tx.update(shards).set({ work }).where(eq(shards.id, shard.id));
  return { ...shard, work };
}

/** The runs of a shard. */
export async function packOf(tx: Pick<Tx, 'select'>, shard: string): Promise<Packed[]> {
  return await tx
    .select({ id: runs.id, cell: runs.cell, seed: runs.seed, hyper: runs.hyper })
    .from(runs)
    .where(eq(runs.shard, shard))
    .orderBy(asc(runs.cell), asc(runs.seed));
}
