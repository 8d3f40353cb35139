/** Folding when somebody looks, on PGlite and on PostgreSQL. */
import { eq } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { cells, runs } from '../db/schema.ts';
import {
  device,
  kinds,
  openTestDatabase,
  PLAIN,
  person,
  resultOf,
  start,
} from './coordinator.testkit.ts';
import { inSnapshot } from './deltas.ts';
import { foldStale } from './fold.ts';
import { findInvestigation } from './investigations.ts';

/** One cell of nine seeds: a shard of eight runs, and one of one. */
const nineSeeds = {
  ...{ study: 'edge-of-stability', title: 'Test', null: false },
  grid: {
    params: { ...PLAIN, learningRate: [0.1], width: [4], steps: [30] },
    seeds: [1, 2, 3, 4, 5, 6, 7, 8, 9],
  },
};

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])('on %s', (kind) => {
  test('[D3] what was folded before its cell changed is not kept over it', async () => {
    const database = await openTestDatabase(kind);
    const { db } = database;
    const a = await person(await start(database));
    const { code } = await a.must('investigation.open', nineSeeds);
    const found = await findInvestigation(db, code);
    if (found === null) throw new Error('The room is gone.');
    const [first, second] = [
      await a.must('lease.request', { code, device }),
      await a.must('lease.request', { code, device }),
    ];
    const stored = async () => {
      const [cell] = await db.select().from(cells).where(eq(cells.investigation, found.id));
      const all = await db.select().from(runs).where(eq(runs.investigation, found.id));
      const folded = all.filter((run) => run.traces !== null).length;
      return { isStale: (cell?.folded ?? 0) < (cell?.seq ?? 0), folded };
    };

    await a.must('result.submit', resultOf(first));
    expect(await stored()).toEqual({ isStale: true, folded: 0 });
    const early = await db.transaction((tx) => foldStale(tx, found));
    expect(early.runs.size).toBe(8);
    await a.must('result.submit', resultOf(second));
    await early.keep(db);
    expect(await stored()).toEqual({ isStale: true, folded: 0 });

    const read = async () => (await inSnapshot(db, code, ({ since }) => since(0)))?.named;
    const delta = await read();
    expect(delta?.runs).toHaveLength(9);
    const [lines] = Object.values(delta?.cells[0]?.lines ?? {});
    expect(lines?.[0]?.n[0]).toBe(9);
    expect(await stored()).toEqual({ isStale: false, folded: 9 });
    expect(await read()).toEqual(delta);
  });
});
