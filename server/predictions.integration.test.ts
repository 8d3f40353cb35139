/** The largest size is predicted before its runs arrive, on PGlite and on PostgreSQL. */
import { eq } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { cells, predictions } from '../db/schema.ts';
import {
  device,
  kinds,
  openTestDatabase,
  person,
  start,
  until,
  verdictNow,
  wideResultOf,
} from './coordinator.testkit.ts';
import type { Lease, RequestInput } from './protocol.ts';
import { acceptedOf, withdraw } from './withdraw.ts';

const WIDTHS = [16, 32, 64, 128];
const opening = (seeds: readonly number[]): RequestInput<'investigation.open'> => ({
  ...{ study: 'infinite-width', title: 'Test', null: false },
  grid: {
    params: {
      ...{ pairs: WIDTHS.map((n) => n / 2), inputs: [8], samples: [32] },
      ...{ learningRate: [0.5], steps: [4] },
    },
    seeds: [...seeds],
  },
});
const widthOf = ({ pack: { program } }: Lease) =>
  program.kind === 'mlp' ? program.layers[1] : undefined;

/** Somebody in a new room of this many seeds. */
async function setting(kind: keyof typeof kinds, seeds: readonly number[]) {
  const database = await openTestDatabase(kind);
  const world = await start(database);
  const a = await person(world);
  const { code } = await a.must('investigation.open', opening(seeds));
  const lease = () => a.must('lease.request', { code, device });
  const submit = (leased: Lease) => a.must('result.submit', wideResultOf(leased));
  const room = async () => await verdictNow(a, code);
  await a.must('room.join', { code });
  return { database, world, a, code, lease, submit, room };
}

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])('on %s', (kind) => {
  test('[S8] the largest size is leased when nothing else is left', async () => {
    const { a, code } = await setting(kind, [1, 2]);
    const leased: (number | undefined)[] = [];
    for (;;) {
      const next = await a.ask('lease.request', { code, device });
      if (!next.ok) break;
      leased.push(...next.value.pack.runs.map(() => widthOf(next.value)));
    }
    expect(leased).toHaveLength(8);
    expect(leased.slice(0, 6)).not.toContain(128);
  });

  test('[D4] a prediction is recorded before its runs are accepted, and stays as it was', async () => {
    const { database, a, code, lease, submit, room } = await setting(kind, [1, 2, 3, 4]);
    let widest: Lease | null = null;
    while (widest === null) {
      const leased = await lease();
      if (widthOf(leased) === 128) widest = leased;
      else await submit(leased);
    }
    const before = await room();
    const [made] = before.predictions;
    expect(before.predictions).toHaveLength(1);
    expect(made).toMatchObject({ x: 128, seeds: 4, sizes: [16, 32, 64], law: 'power law' });
    expect(made?.came).toBeNull();
    // Of a variance that is 1/N: 1/128 is what a right law says.
    expect(made?.interval[0]).toBeLessThan(1 / 128);
    expect(made?.interval[1]).toBeGreaterThan(1 / 128);

    await submit(widest);
    for (;;) {
      const next = await a.ask('lease.request', { code, device });
      if (!next.ok) break;
      await submit(next.value);
    }
    const after = await until(room, (r) => r.progress.runs === 16);
    const [now] = after.predictions;
    expect({ ...now, came: null }).toEqual(made);
    expect(now?.came).toMatchObject({ seeds: 4, complete: true });
    const came = now?.came?.value ?? 0;
    expect(now?.came?.inside).toBe(
      came >= (made?.interval[0] ?? 0) && came <= (made?.interval[1] ?? 0),
    );
    const [cell] = await database.db.select().from(cells).where(eq(cells.index, 3));
    expect(cell?.seen).toBeGreaterThan(made?.evidence ?? Number.POSITIVE_INFINITY);
  });

  test('[D6] a prediction is flagged when results it stood on leave, in the same words after they came anew', async () => {
    const { database, world, a, code, lease, submit, room } = await setting(kind, [1, 2, 3, 4]);
    const b = await person(world);
    const { self } = await b.must('room.join', { code });
    const theirs = await b.must('lease.request', { code, device });
    await b.must('result.submit', wideResultOf(theirs));
    let widest: Lease | null = null;
    while (widest === null) {
      const leased = await lease();
      if (widthOf(leased) === 128) widest = leased;
      else await submit(leased);
    }
    const before = await room();
    const [made] = before.predictions;
    if (made === undefined) throw new Error('Nothing was predicted.');
    expect(made).not.toHaveProperty('left');
    const stoodOn = before.runs.filter((r) => r.device === self.id).length;
    await database.db.transaction(async (tx) => await withdraw(tx, await acceptedOf(tx, self.id)));
    const after = await room();
    const [flagged] = after.predictions;
    expect(flagged).toMatchObject({ ...made, left: { runs: stoodOn } });
    // The law says 1/128, which the interval of an honest fit holds.
    const [low = 1, high = 0] = flagged?.left?.now?.interval ?? [];
    expect(low).toBeLessThan(1 / 128);
    expect(high).toBeGreaterThan(1 / 128);
    // A snapshot that is taken now says so, too, and is taken in elsewhere.
    const { snapshot } = await a.must('snapshot.take', { code, title: 'Now', note: '', view: '' });
    const file = await (await fetch(`${world.url}/api/snapshots/${snapshot}/snapshot.json`)).text();
    expect(file).toContain('"left":{');
    const other = await start(await openTestDatabase(kind));
    const reader = await person(other);
    expect(
      (await reader.must('snapshot.import', { file: new TextEncoder().encode(file) })).known,
    ).toBe(false);
    for (;;) {
      const next = await a.ask('lease.request', { code, device });
      if (!next.ok) break;
      await submit(next.value);
    }
    const anew = await until(room, (r) => r.progress.runs >= before.progress.runs);
    expect(anew.predictions[0]?.left).toEqual(flagged?.left);
  });

  test('[D4] nothing is predicted once a run of that size was accepted', async () => {
    const { database, a, code, lease, submit, room } = await setting(kind, [1, 2]);
    // It comes to the widest while the others are still being trained, and the widest is the first to end.
    const leased: Lease[] = [];
    do leased.unshift(await lease());
    while (leased[0] !== undefined && widthOf(leased[0]) !== 128);
    for (const one of leased) await submit(one);
    for (;;) {
      const next = await a.ask('lease.request', { code, device });
      if (!next.ok) break;
      await submit(next.value);
    }
    const room8 = await until(room, (r) => r.progress.runs === 8);
    expect(room8.predictions).toEqual([]);
    expect(await database.db.select().from(predictions)).toEqual([]);
  });

  test('[D4] a size that is added later is predicted from all that are smaller', async () => {
    const { a, code, submit, room } = await setting(kind, [1, 2]);
    for (;;) {
      const next = await a.ask('lease.request', { code, device });
      if (!next.ok) break;
      await submit(next.value);
    }
    const extension = { params: { pairs: [128] }, seeds: [] as number[] };
    await a.must('investigation.control', { action: 'extend', code, ...extension });
    const { predictions: made } = await room();
    expect(made.map((p) => p.x)).toEqual([128, 256]);
    expect(made[1]?.sizes).toEqual([16, 32, 64, 128]);
  });
});
