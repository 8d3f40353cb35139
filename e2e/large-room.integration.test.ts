/** What a page knows of a large room, by its own store and client, while results come in. */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createRoomStore } from '../app/net/room-store.ts';
import { createClient } from '../client/client.ts';
import {
  cleanups,
  device,
  LARGE,
  openTestDatabase,
  person,
  resultOf,
  start,
  until,
} from '../server/coordinator.testkit.ts';
import { PAGED_FROM } from '../server/run-pages.ts';

test('[D7] [D8] a page that comes into a large room shows its means first, then every run, and the verdict of them all', {
  timeout: 180_000,
}, async () => {
  const world = await start(await openTestDatabase('PostgreSQL'));
  const owner = await person(world);
  const { code } = await owner.must('investigation.open', LARGE);
  let trained = 0;
  const train = async () => {
    const lease = await owner.must('lease.request', { code, device });
    await owner.must('result.submit', { ...resultOf(lease), seconds: 0.001 });
    trained += lease.pack.runs.length;
  };
  while (trained <= PAGED_FROM) await train();

  const deviceKey = randomBytes(32).toString('hex');
  const client = createClient({ url: world.url, deviceKey: () => deviceKey });
  const store = createRoomStore(client, code);
  cleanups.push(() => client.dispose());
  cleanups.push(() => store.dispose());
  const seen: { readonly loading: boolean; readonly runs: number; readonly means: number }[] = [];
  store.subscribe(() => {
    const room = store.current();
    if (room.kind !== 'in') return;
    const { loading, runs, cells } = room.state;
    const means = cells.filter(({ lines }) => Object.keys(lines).length > 0).length;
    seen.push({ loading: loading !== null, runs: runs.length, means });
  });
  const stateNow = () => {
    const room = store.current();
    return room.kind === 'in' ? room.state : null;
  };
  // Results go on coming while the pages do.
  await until(stateNow, (state) => state !== null);
  while (trained < 36 * 30) await train();
  const state = await until(
    stateNow,
    (s) => s?.loading === null && s.progress.runs === trained && s.verdict.evidence === s.evidence,
  );
  expect(seen[0]).toEqual({ loading: true, runs: 0, means: 36 });
  expect(state?.runs).toHaveLength(trained);
  expect(new Set(state?.runs.map(({ id }) => id)).size).toBe(trained);
  expect(state?.progress.runs).toBe(trained);
  expect(state?.verdict.analysis.verdict.runs).toBe(trained);
});
