/** A room of more runs than one message takes, on PGlite and on PostgreSQL. */
import { gunzipSync } from 'node:zlib';
import { eq } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { runs } from '../db/schema.ts';
import {
  cleanups,
  device,
  kinds,
  LARGE,
  openTestDatabase,
  person,
  resultOf,
  start,
} from './coordinator.testkit.ts';
import type { Replies, RunView } from './protocol.ts';
import { PAGED_FROM } from './run-pages.ts';

type Person = Awaited<ReturnType<typeof person>>;

const RUNS = 36 * 30;

/** Every run of the room, as somebody in it is told by pages. */
async function paged({ must }: Person, code: string): Promise<RunView[]> {
  const all: RunView[] = [];
  let after: Replies['room.runs']['next'] = null;
  do {
    const page: Replies['room.runs'] = await must('room.runs', { code, after });
    all.push(...(JSON.parse(gunzipSync(page.runs).toString()) as RunView[]));
    after = page.next;
  } while (after !== null);
  return all;
}

const byId = (all: Iterable<RunView>) => new Map([...all].map((run) => [run.id, run]));

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])('on %s', (kind) => {
  test('[D8] who joins a large room has its means and verdict at once and its runs in pages, each once', {
    timeout: 180_000,
  }, async () => {
    const database = await openTestDatabase(kind);
    const world = await start(database);
    const owner = await person(world);
    const { code } = await owner.must('investigation.open', LARGE);
    expect((await owner.must('room.join', { code })).delta).toMatchObject({ runsAside: false });
    let trained = 0;
    const train = async () => {
      const lease = await owner.must('lease.request', { code, device });
      await owner.must('result.submit', { ...resultOf(lease), seconds: 0.001 });
      trained += lease.pack.runs.length;
    };
    // All but the last shard.
    while (trained <= PAGED_FROM) await train();

    const late = await person(world);
    const { delta } = await late.must('room.join', { code });
    expect(delta).toMatchObject({ runsAside: true, runs: [], progress: { runs: trained } });
    expect(delta.cells.reduce((n, { done }) => n + done, 0)).toBe(trained);
    expect(delta.cells.some(({ lines }) => Object.keys(lines).length > 0)).toBe(true);
    expect(delta.verdict).not.toBeNull();

    const pages = await paged(late, code);
    expect(pages).toHaveLength(trained);
    expect(new Set(pages.map(({ id }) => id)).size).toBe(trained);
    // What deltas told of each run, one after another, to who was there all the time.
    const told = byId(owner.deltas.flatMap((d) => d.runs));
    expect(byId(pages)).toEqual(told);
    const stored = await database.db.$count(runs, eq(runs.cell, 0));
    expect(stored).toBe(30);

    while (trained < RUNS) await train();
    expect(await paged(late, code)).toHaveLength(RUNS);
    // Names that are hidden stay hidden in pages too, save to who leads.
    await owner.must('room.anonymise', { code, on: true });
    const names = async (who: Person) => new Set((await paged(who, code)).map(({ by }) => by));
    expect([...(await names(late))]).toEqual(['Instructor 1']);
    expect([...(await names(owner))]).not.toEqual(['Instructor 1']);
    const stranger = await person(world);
    expect(await stranger.ask('room.runs', { code, after: null })).toMatchObject({
      reason: 'not-allowed',
    });
    cleanups.push(() => stranger.socket.disconnect());
  });
});
