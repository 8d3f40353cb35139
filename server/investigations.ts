/** Opening and steering investigations. */
import { randomUUID } from 'node:crypto';
import { and, eq, ne } from 'drizzle-orm';
import { cellsOf, checkGrid, plannedPacks, studyById } from '../compute/studies/registry.ts';
import type { Grid } from '../compute/studies/study.ts';
import type { Database } from '../db/open.ts';
import { cells, investigations, runs, shards } from '../db/schema.ts';
import { roomCode } from './names.ts';
import { type InvestigationState, LIMITS, type Refusal, type RequestValue } from './protocol.ts';
import { refuse } from './refusal.ts';
import { numbered, type Tx } from './sequence.ts';

/** About 10⁹ codes: a second collision in a row is chance, an eighth is a broken generator. */
const CODE_TRIES = 8;

export type Investigation = typeof investigations.$inferSelect;

export async function findInvestigation(db: Database, code: string): Promise<Investigation | null> {
  const [found] = await db.select().from(investigations).where(eq(investigations.code, code));
  return found ?? null;
}

/** Checks the grid, plans every run, packs them into shards; all in one transaction. Returns the room code. */
export async function openInvestigation(
  db: Database,
  owner: string,
  input: RequestValue<'investigation.open'>,
  makeCode: () => string = roomCode,
): Promise<{ readonly code: string } | Refusal> {
  const study = studyById(input.study);
  if (study === null) return refuse('not-found', `There is no study “${input.study}”.`);
  const checked = checkGrid(study, input.grid as Grid);
  if (!checked.ok) return refuse('bad-grid', checked.message);
  const { grid } = checked;
  const configs = cellsOf(study, grid);
  const total = configs.length * grid.seeds.length;
  if (total > LIMITS.runsPerInvestigation) {
    return refuse(
      'bad-grid',
      `That is ${total} runs; at most ${LIMITS.runsPerInvestigation} fit in one investigation.`,
    );
  }
  const packs = plannedPacks(study, grid, { null: input.null });
  const id = randomUUID();
  return await db.transaction(async (tx) => {
    const code = await insertWithCode(tx, makeCode, {
      ...{ id, owner, grid, state: 'running', seq: 1, isNull: input.null },
      ...{ study: study.id, studyVersion: study.version, title: input.title || study.title },
    });
    const empty = {
      investigation: id,
      done: 0,
      diverged: 0,
      of: grid.seeds.length,
      lines: {},
      seq: 1,
    };
    await tx.insert(cells).values(configs.map((config, index) => ({ ...empty, index, config })));
    for (const [position, pack] of packs.entries()) {
      const program = pack[0]?.plan.program;
      if (program === undefined) continue;
      const shard = randomUUID();
      const work = program.steps * pack.length;
      await tx.insert(shards).values({ id: shard, investigation: id, position, program, work });
      await tx.insert(runs).values(
        pack.map(({ cell, seed, plan }) => ({
          ...{ id: randomUUID(), investigation: id, shard, cell, seed, seq: 0 },
          hyper: plan.hyper,
        })),
      );
    }
    return { code };
  });
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

/** Pauses, resumes or concludes; the owner only. A concluded investigation stays concluded. */
export async function controlInvestigation(
  db: Database,
  device: string,
  input: RequestValue<'investigation.control'>,
): Promise<{ readonly state: InvestigationState } | Refusal> {
  const found = await findInvestigation(db, input.code);
  if (found === null) return refuse('not-found', `There is no room ${input.code}.`);
  if (found.owner !== device) return refuse('not-allowed');
  const next = { pause: 'paused', resume: 'running', conclude: 'concluded' } as const;
  const state = next[input.action];
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
