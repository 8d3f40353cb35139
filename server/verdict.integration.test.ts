/** Points before their verdict, and a verdict for all that is to stay, on PGlite and on PostgreSQL. */
import { and, asc, eq, isNotNull } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { studyById } from '../compute/studies/registry.ts';
import type { RunSummary } from '../compute/studies/study.ts';
import type { OpenDatabase } from '../db/open.ts';
import { cells, investigations, runs } from '../db/schema.ts';
import {
  device,
  kinds,
  opening,
  openTestDatabase,
  person,
  resultOf,
  start,
  until,
  verdictNow,
} from './coordinator.testkit.ts';
import { resultsJson } from './exports.ts';

type Person = Awaited<ReturnType<typeof person>>;

async function train(who: Person, code: string): Promise<number> {
  const lease = await who.must('lease.request', { code, device });
  await who.must('result.submit', resultOf(lease));
  return lease.pack.runs.length;
}

/** What the study says of what the database has, worked out here. */
async function independent({ db }: OpenDatabase, code: string) {
  const [found] = await db.select().from(investigations).where(eq(investigations.code, code));
  if (found === undefined) throw new Error('The room is gone.');
  const rows = await db
    .select({ config: cells.config, seed: runs.seed, outcome: runs.outcome, summary: runs.summary })
    .from(runs)
    .innerJoin(cells, and(eq(cells.investigation, runs.investigation), eq(cells.index, runs.cell)))
    .where(and(eq(runs.investigation, found.id), isNotNull(runs.outcome)))
    .orderBy(asc(runs.cell), asc(runs.seed));
  const all = await db.$count(runs, eq(runs.investigation, found.id));
  return studyById(found.study)?.analyse(rows as RunSummary[], {
    ...{ null: found.isNull, expected: all },
  });
}

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])('on %s', (kind) => {
  test('[D7] points come before their verdict, which follows of exactly the evidence that was told', async () => {
    const database = await openTestDatabase(kind);
    const world = await start(database);
    const [owner, volunteer] = [await person(world), await person(world)];
    const { code } = await owner.must('investigation.open', opening());
    const heard: { readonly what: string; readonly evidence: number; readonly to: number }[] = [];
    owner.socket.on('room.delta', (d) => {
      // Whoever is told points is not told a verdict with them.
      expect(d.verdict).toBeNull();
      heard.push({ what: 'points', evidence: d.evidence, to: d.to });
    });
    owner.socket.on('room.verdict', ({ to, verdict: { evidence } }) => {
      heard.push({ what: 'verdict', evidence, to });
    });
    const { delta } = await owner.must('room.join', { code });
    expect(delta.verdict?.evidence).toBe(delta.evidence);
    await volunteer.must('room.join', { code });
    let trained = 0;
    while (trained < 18) trained += await train(volunteer, code);
    const last = await until(
      () => owner.verdicts.at(-1),
      (v) => v?.verdict.analysis.verdict.runs === 18,
    );
    expect(last?.verdict.analysis).toEqual(await independent(database, code));
    expect(last?.verdict.analysis.verdict.state).toBe('holds');
    for (const [i, { what, evidence, to }] of heard.entries()) {
      if (what !== 'verdict') continue;
      const before = heard.slice(0, i).filter((h) => h.what === 'points');
      // All that it is of was told before, and nothing that was told later is in its number.
      expect(before.at(-1)?.to ?? delta.to).toBeGreaterThanOrEqual(to);
      expect(Math.max(...before.map((h) => h.evidence))).toBeGreaterThanOrEqual(evidence);
    }
    const verdicts = heard.filter((h) => h.what === 'verdict').map((h) => h.evidence);
    expect(verdicts).toEqual([...verdicts].sort((a, b) => a - b));
  });

  test('[D7] who joins is told the last verdict, and its own wherever the room stands still', async () => {
    const database = await openTestDatabase(kind);
    const world = await start(database);
    const owner = await person(world);
    const { code } = await owner.must('investigation.open', opening());
    await owner.must('room.join', { code });
    let trained = await train(owner, code);
    await owner.must('room.freeze', { code, on: true });
    const froze = await until(
      () => owner.deltas.find((d) => d.investigation.room.frozen !== null),
      (d) => d !== undefined,
    );
    expect(froze?.verdict?.evidence).toBe(froze?.evidence);
    expect(froze?.verdict?.analysis.verdict.runs).toBe(trained);

    await owner.must('room.freeze', { code, on: false });
    while (trained < 18) trained += await train(owner, code);
    await owner.must('investigation.control', { action: 'conclude', code });
    // At once, and at a coordinator that has worked out nothing yet.
    const late = await person(world);
    const other = await person(await start(database));
    for (const who of [late, other]) {
      const { delta } = await who.must('room.join', { code });
      expect(delta.verdict?.evidence).toBe(delta.evidence);
      expect(delta.verdict?.analysis).toEqual(await independent(database, code));
    }
  });

  test('[D7] what is exported in the middle of the work carries its own verdict', async () => {
    const database = await openTestDatabase(kind);
    const world = await start(database);
    const owner = await person(world);
    const { code } = await owner.must('investigation.open', opening());
    await owner.must('room.join', { code });
    for (let trained = 0; trained < 18; ) {
      trained += await train(owner, code);
      const file = await resultsJson(database.db, code);
      expect(file).toMatchObject({ progress: { runs: trained }, verdict: { runs: trained } });
      expect(file).toMatchObject({ ...(await independent(database, code)) });
    }
    expect((await verdictNow(owner, code)).analysis.verdict.runs).toBe(18);
  });
});
