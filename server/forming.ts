/**
 * New shards, formed when they are leased, of runs that are in none: as many of one shape as a device
 * trains in about 30 s (S1), the first seed of every cell before any second (S2). Many devices and
 * rooms are served together: runs are read and locked once for all of them, and dealt out here. Rows
 * are locked for the length of the transaction, and what another one has locked is passed over.
 */
import { randomUUID } from 'node:crypto';
import { and, asc, eq, gt, inArray, isNull, not, type SQL, sql } from 'drizzle-orm';
import type { ProgramSpec } from '../compute/programs/program.ts';
import type { Study } from '../compute/studies/study.ts';
import { runs } from '../db/schema.ts';
import { groupBy } from './group.ts';
import { programOf, programText } from './interned.ts';
import type { Investigation } from './investigations.ts';
import type { Tx } from './sequence.ts';
import type { ShardRow } from './shard-rows.ts';
import type { Seeker } from './speeds.ts';
import { LIMITS, runSteps } from './vocabulary.ts';

/** A run as a volunteer is given it. */
export type Packed = Pick<typeof runs.$inferSelect, 'id' | 'cell' | 'seed' | 'hyper'>;

/** A shard that is not stored yet, and its runs. */
export interface Formed {
  readonly row: ShardRow;
  readonly pack: readonly Packed[];
}

/** Where a room's open runs begin; its order, if it is not the usual one. */
export interface Front {
  readonly program: ProgramSpec;
  readonly order: readonly SQL[] | null;
}

/** Those who look for work in a room. */
export interface Group {
  readonly found: Investigation;
  readonly study: Study;
  /** Null: no run of it is in no shard. */
  readonly front: Front | null;
  readonly seekers: readonly Seeker[];
}

/** Repeats before cells: the order of the index `runs_open`. */
const IN_TURN: readonly SQL[] = [asc(runs.repeat), asc(runs.cell)];

type OpenRun = Packed & { readonly repeat: number; readonly program: string };

const isOpen = (investigation: string) =>
  and(eq(runs.investigation, investigation), isNull(runs.shard), eq(runs.waits, false));

/** The first run that is in no shard, of each of these investigations that has one. */
export async function firstOpen(
  tx: Pick<Tx, 'select'>,
  investigations: readonly string[],
): Promise<ReadonlyMap<string, { readonly program: ProgramSpec; readonly repeat: number }>> {
  if (investigations.length === 0) return new Map();
  const first = sql`lateral (
    select ${programText(runs.program)} as program, ${runs.repeat} as repeat from ${runs}
    where ${runs.investigation} = w.id and ${runs.shard} is null and not ${runs.waits}
    order by ${sql.join([...IN_TURN], sql`, `)} limit 1) f`;
  const rows = await tx
    .select({
      ...{ id: sql<string>`w.id`, program: sql<string>`f.program` },
      repeat: sql<number>`f.repeat`,
    })
    .from(
      sql`json_array_elements_text(${JSON.stringify(investigations)}::json) as w(id), ${first}`,
    );
  return new Map(
    rows.map(({ id, program, repeat }) => [id, { program: programOf(program), repeat }]),
  );
}

/** The program of the first open run in another order. */
export async function firstIn(
  tx: Pick<Tx, 'select'>,
  investigation: string,
  order: readonly SQL[],
): Promise<ProgramSpec | null> {
  const [first] = await tx
    .select({ program: programText(runs.program) })
    .from(runs)
    .where(isOpen(investigation))
    .orderBy(...order, ...IN_TURN)
    .limit(1);
  return first === undefined ? null : programOf(first.program);
}

/** New shards for each group's seekers, in their order, as far as the runs go. */
export async function formShards(tx: Tx, groups: readonly Group[]): Promise<Formed[][]> {
  const windows = await windowsOf(tx, groups);
  const formed: Formed[][] = [];
  for (const group of groups) {
    const window = windows.get(group) ?? [];
    formed.push(window.length === 0 ? [] : await deal(tx, group, window));
  }
  return formed;
}

/** Runs that a group may need if all have the shape of the first. */
const wantedBy = ({ front, study, seekers }: Group): number =>
  front === null ? 0 : seekers.reduce((n, { sizeOf }) => n + sizeOf(front.program, study), 0);

/** The first open runs of each room, so many as its seekers may need. */
async function windowsOf(tx: Tx, groups: readonly Group[]): Promise<Map<Group, OpenRun[]>> {
  const usual = groups.filter(({ front }) => front !== null && front.order === null);
  const which = usual.map((group) => ({ id: group.found.id, most: wantedBy(group) }));
  const open = sql`lateral (
    select ${runs.id} as id, ${runs.cell} as cell, ${runs.seed} as seed, ${runs.hyper} as hyper,
      ${runs.repeat} as repeat, ${programText(runs.program)} as program
    from ${runs} where ${runs.investigation} = w.id and ${runs.shard} is null and not ${runs.waits}
    order by ${sql.join([...IN_TURN], sql`, `)} limit w.most for update skip locked) r`;
  const rows =
    which.length === 0
      ? []
      : await tx
          .select({
            ...{ investigation: sql<string>`w.id`, id: sql<string>`r.id` },
            ...{ cell: sql<number>`r.cell`, seed: sql`r.seed`.mapWith(Number) },
            ...{ hyper: sql<Packed['hyper']>`r.hyper`, repeat: sql<number>`r.repeat` },
            program: sql<string>`r.program`,
          })
          .from(
            sql`json_to_recordset(${JSON.stringify(which)}::json) as w(id text, most int), ${open}`,
          );
  const byRoom = groupBy(rows, (row) => row.investigation);
  const windows = new Map<Group, OpenRun[]>();
  for (const group of groups) {
    const read = group.front?.order == null ? byRoom.get(group.found.id) : null;
    windows.set(group, read ?? (await readOpen(tx, group, undefined, wantedBy(group))));
  }
  return windows;
}

async function readOpen(
  tx: Tx,
  { found, front }: Group,
  which: SQL | undefined,
  most: number,
): Promise<OpenRun[]> {
  if (front === null || most <= 0) return [];
  return await tx
    .select({
      ...{ id: runs.id, cell: runs.cell, seed: runs.seed, hyper: runs.hyper },
      ...{ repeat: runs.repeat, program: programText(runs.program) },
    })
    .from(runs)
    .where(and(isOpen(found.id), which))
    .orderBy(...(front.order ?? []), ...IN_TURN)
    .limit(most)
    .for('update', { skipLocked: true });
}

/** Deals the open runs of a room out, reading more of them only where shapes mix. */
async function deal(tx: Tx, group: Group, window: OpenRun[]): Promise<Formed[]> {
  const isAll = window.length < wantedBy(group);
  const taken = new Set<string>();
  const others = () =>
    not(
      inArray(
        runs.id,
        window.map((run) => run.id),
      ),
    );

  async function next(): Promise<OpenRun | null> {
    const untaken = window.find((run) => !taken.has(run.id));
    if (untaken !== undefined || isAll) return untaken ?? null;
    const [more] = await readOpen(tx, group, others(), 1);
    if (more !== undefined) window.push(more);
    return more ?? null;
  }

  /** Open runs of this shape, in order: those read already, else more of them. */
  async function take(like: OpenRun, firsts: boolean, most: number): Promise<OpenRun[]> {
    const fits = (run: OpenRun) =>
      !taken.has(run.id) && run.program === like.program && (run.repeat === 0) === firsts;
    const own = most <= 0 ? [] : window.filter(fits).slice(0, most);
    if (most > own.length && !isAll) {
      const repeat = firsts ? eq(runs.repeat, 0) : gt(runs.repeat, 0);
      const same = and(eq(runs.program, programOf(like.program)), repeat, others());
      const more = await readOpen(tx, group, same, most - own.length);
      window.push(...more);
      own.push(...more);
    }
    for (const run of own) taken.add(run.id);
    return own;
  }

  const formed: Formed[] = [];
  for (const { sizeOf } of group.seekers) {
    const first = await next();
    if (first === null) break;
    const program = programOf(first.program);
    const size = sizeOf(program, group.study);
    const firsts = first.repeat === 0;
    const pack = await take(first, firsts, size);
    // Cells of other shapes wait for their first seed: no second seeds yet, even if they would fit.
    if (firsts && pack.length < size && !(await firstsWait(tx, group, first, taken))) {
      pack.push(...(await take(first, false, size - pack.length)));
    }
    const row: ShardRow = {
      ...{ id: randomUUID(), investigation: group.found.id, program },
      position: first.repeat * LIMITS.runsPerInvestigation + first.cell,
      work: runSteps(program, pack.length),
      ...{ accepted: null, tries: 0, heldUntil: null },
    };
    const inOrder = [...pack].sort((a, b) => a.cell - b.cell || a.seed - b.seed);
    formed.push({ row, pack: inOrder });
  }
  return formed;
}

/** Whether a cell of another shape has no run in a shard yet. */
async function firstsWait(
  tx: Tx,
  { found }: Group,
  like: OpenRun,
  taken: ReadonlySet<string>,
): Promise<boolean> {
  const [waiting] = await tx
    .select({ id: runs.id })
    .from(runs)
    .where(
      and(
        isOpen(found.id),
        eq(runs.repeat, 0),
        not(eq(runs.program, programOf(like.program))),
        not(inArray(runs.id, [...taken])),
      ),
    )
    .limit(1);
  return waiting !== undefined;
}

/** Stores shards with what `transition` made of them, and puts their runs into them. */
export async function storeFormed(
  tx: Tx,
  all: readonly { readonly row: ShardRow; readonly pack: readonly Packed[] }[],
): Promise<void> {
  if (all.length === 0) return;
  const rows = all.map(({ row }) => row);
  await tx.execute(sql`
    insert into shards (id, investigation, position, program, work, tries, held_until)
    select * from json_to_recordset(${JSON.stringify(rows)}::json)
      as v(id text, investigation text, position int, program jsonb, work int, tries int,
        "heldUntil" bigint)`);
  const which = all.flatMap(({ row, pack }) => pack.map(({ id }) => ({ id, shard: row.id })));
  await tx.execute(sql`
    update runs set shard = v.shard
    from json_to_recordset(${JSON.stringify(which)}::json) as v(id text, shard text)
    where runs.id = v.id`);
}

/** The runs of a shard. */
export async function packOf(tx: Pick<Tx, 'select'>, shard: string): Promise<Packed[]> {
  return await tx
    .select({ id: runs.id, cell: runs.cell, seed: runs.seed, hyper: runs.hyper })
    .from(runs)
    .where(eq(runs.shard, shard))
    .orderBy(asc(runs.cell), asc(runs.seed));
}
