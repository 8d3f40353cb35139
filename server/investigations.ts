/** Opening and steering investigations. */
import { randomUUID } from 'node:crypto';
import { and, eq, ne, sql } from 'drizzle-orm';
import type { PlannedRun } from '../compute/engines/pack.ts';
import {
  cellCount,
  cellsOf,
  checkGrid,
  plannedRuns,
  studyById,
} from '../compute/studies/registry.ts';
import type { Config, Grid } from '../compute/studies/study.ts';
import type { Database } from '../db/open.ts';
import { cells, investigations } from '../db/schema.ts';
import { weightOf } from './last-states.ts';
import { store } from './members.ts';
import { roomCode } from './names.ts';
import type { InvestigationState, Refusal, RequestValue } from './protocol.ts';
import { refuse } from './refusal.ts';
import { numbered, type Tx } from './sequence.ts';
import { insertInputs } from './stages.ts';
import { stopOf } from './stops.ts';
import { toleranceOf } from './tolerances.ts';
import { LIMITS, tooLarge } from './vocabulary.ts';

/** About 10⁹ codes: a second collision in a row is chance, an eighth is a broken generator. */
const CODE_TRIES = 8;

export type Investigation = typeof investigations.$inferSelect;

export async function findInvestigation(db: Database, code: string): Promise<Investigation | null> {
  const [found] = await db.select().from(investigations).where(eq(investigations.code, code));
  return found ?? null;
}

/** Checks the grid and plans every run, all in one transaction. Returns the room code. */
export async function openInvestigation(
  db: Database,
  owner: string,
  input: RequestValue<'investigation.open'>,
  makeCode: () => string = roomCode,
): Promise<{ readonly code: string } | Refusal> {
  const study = studyById(input.study);
  if (study === null) return refuse('not-found', `There is no study “${input.study}”.`);
  const stopped = await stopOf(db, study.id, study.version);
  if (stopped !== null) return refuse('stopped', stopped);
  const checked = checkGrid(study, input.grid as Grid);
  if (!checked.ok) return refuse('bad-grid', checked.message);
  const { grid } = checked;
  const large = refuseTooLarge(cellCount(study, grid), grid.seeds.length);
  if (large !== null) return large;
  const configs = cellsOf(study, grid);
  const planned = plannedRuns(study, configs, grid.seeds, { null: input.null });
  const tooHeavy = refuseTooHeavy(planned);
  if (tooHeavy !== null) return tooHeavy;
  const id = randomUUID();
  return await db.transaction(async (tx) => {
    const code = await insertWithCode(tx, makeCode, {
      ...{ id, owner, grid, state: 'running', seq: 1, isNull: input.null },
      ...{ study: study.id, studyVersion: study.version, title: input.title || study.title },
      ...{ tolerance: toleranceOf(study), question: input.question ?? null },
    });
    await insertCells(tx, id, configs, { first: 0, of: grid.seeds.length, seq: 1 });
    await insertRuns(tx, id, planned);
    await store(tx, [{ investigation: id, device: owner, role: 'instructor' }]);
    return { code };
  });
}

/** The refusal of so many cells and seeds, or null. */
export function refuseTooLarge(cells: number, seeds: number): Refusal | null {
  const problem = tooLarge(cells, seeds);
  return problem === null ? null : refuse('bad-grid', problem);
}

/** The refusal of runs whose last states, kept for those that stand on them, weigh too much; or null. */
export function refuseTooHeavy(planned: readonly PlannedRun[]): Refusal | null {
  const at = ({ cell, seed }: { readonly cell: number; readonly seed: number }) =>
    `${cell} ${seed}`;
  const wanted = new Set(planned.flatMap(({ inputs = [] }) => inputs.map(at)));
  const kept = planned.filter((run) => wanted.has(at(run))).map(({ plan }) => plan.program);
  const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`;
  const [all, one] = [weightOf(kept), Math.max(0, ...kept.map((program) => weightOf([program])))];
  if (one > LIMITS.lastStateBytes)
    return refuse(
      'bad-grid',
      `A network of this grid weighs ${megabytes(one)}, and at most ${megabytes(LIMITS.lastStateBytes)} can be kept to be compared. Choose smaller ones.`,
    );
  return all <= LIMITS.stateBytes
    ? null
    : refuse(
        'bad-grid',
        `The networks that are compared weigh ${megabytes(all)} together; at most ${megabytes(LIMITS.stateBytes)} are kept for one investigation. Choose fewer or smaller ones.`,
      );
}

/** Stores cells without a run, the first under this index. */
export async function insertCells(
  tx: Tx,
  investigation: string,
  configs: readonly Config[],
  { first, of, seq }: { readonly first: number; readonly of: number; readonly seq: number },
): Promise<void> {
  const empty = { investigation, of, seq, folded: seq, done: 0, diverged: 0, lines: {} };
  const rows = configs.map((config, i) => ({ ...empty, index: first + i, config }));
  if (rows.length > 0) await tx.insert(cells).values(rows);
}

/** Stores runs that are in no shard yet. */
export async function insertRuns(
  tx: Tx,
  investigation: string,
  planned: readonly PlannedRun[],
): Promise<void> {
  const named = planned.map((run) => ({ ...run, id: randomUUID() }));
  const rows = named.map(({ id, cell, seed, repeat, plan: { program, hyper } }) => ({
    ...{ id, cell, seed, repeat, program, hyper },
  }));
  // As one parameter: with seven for each of thousands of runs, building the statement takes seconds.
  await tx.execute(sql`
    insert into runs (id, investigation, cell, seed, repeat, program, hyper, seq)
    select id, ${investigation}, cell, seed, repeat, program, hyper, 0
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as v(id text, cell int, seed bigint, repeat int, program jsonb, hyper jsonb)`);
  await insertInputs(
    tx,
    investigation,
    named.flatMap(({ id, inputs }) => (inputs === undefined ? [] : [{ id, inputs }])),
  );
}

/** Stores an investigation under the first code that is free; returns the code. */
async function insertWithCode(
  tx: Tx,
  makeCode: () => string,
  values: Omit<typeof investigations.$inferInsert, 'code'>,
): Promise<string> {
  for (let tries = 0; tries < CODE_TRIES; tries++) {
    const code = makeCode();
    const stored = await tx
      .insert(investigations)
      .values({ ...values, code })
      .onConflictDoNothing({ target: investigations.code })
      .returning({ id: investigations.id });
    if (stored.length > 0) return code;
  }
  throw new Error(`${CODE_TRIES} room codes in a row were taken.`);
}

type Steering = Extract<
  RequestValue<'investigation.control'>,
  { readonly action: 'pause' | 'resume' | 'conclude' }
>;

/** Pauses, resumes or concludes. A concluded investigation stays concluded. */
export async function steerInvestigation(
  db: Database,
  found: Investigation,
  action: Steering['action'],
): Promise<{ readonly state: InvestigationState } | Refusal> {
  const next = { pause: 'paused', resume: 'running', conclude: 'concluded' } as const;
  const state = next[action];
  return await db.transaction(async (tx) => {
    const changed = await tx
      .update(investigations)
      .set({ state })
      .where(and(eq(investigations.id, found.id), ne(investigations.state, 'concluded')))
      .returning({ id: investigations.id });
    if (changed.length === 0) return refuse('not-running', 'The investigation is concluded.');
    await numbered(tx, found.id);
    return { state };
  });
}
