/** What a server tells whoever comes by of what was found on it, on PGlite and on PostgreSQL. */
import { describe, expect, test } from 'vitest';
import {
  device,
  kinds,
  opening,
  openTestDatabase,
  person,
  resultOf,
  start,
} from './coordinator.testkit.ts';
import { createGallery } from './gallery.ts';

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])('on %s', (kind) => {
  test('[G1] a study is told by its fullest investigation of the present version, never by its null, and without a code', async () => {
    const database = await openTestDatabase(kind);
    const world = await start(database);
    const owner = await person(world);
    const { code } = await owner.must('investigation.open', opening());
    const empty = await owner.must('investigation.open', opening());
    const broken = await owner.must('investigation.open', { ...opening(), null: true });
    for (const room of [code, broken.code]) {
      const lease = await owner.must('lease.request', { code: room, device });
      await owner.must('result.submit', resultOf(lease));
    }
    const told = await createGallery(database.db).studies();
    const entry = told.find(({ study }) => study === 'edge-of-stability');
    expect(entry?.investigations).toBe(2);
    expect(entry?.best?.verdict.runs).toBeGreaterThan(0);
    expect(entry?.best?.means.length).toBeGreaterThan(0);
    expect(told.find(({ study }) => study === 'mup')).toEqual({
      ...{ study: 'mup', investigations: 0, best: null },
    });
    for (const secret of [code, empty.code, broken.code])
      expect(JSON.stringify(told)).not.toContain(secret);
    const served = await (await fetch(`${world.url}/api/gallery`)).json();
    expect(served).toEqual(told);
  });

  test('[G2] what was opened for an open question is listed there, and nothing else is', async () => {
    const database = await openTestDatabase(kind);
    const world = await start(database);
    const owner = await person(world);
    const hidden = await owner.must('investigation.open', opening());
    const { code } = await owner.must('investigation.open', {
      ...{ ...opening(), title: 'Wide enough?', question: 'finite-and-infinite' },
    });
    expect(
      await owner.ask('investigation.open', { ...opening(), question: 'nonsense' as never }),
    ).toMatchObject({ ok: false, reason: 'bad-message' });
    const listed = await (await fetch(`${world.url}/api/questions`)).json();
    expect(listed).toMatchObject([
      {
        ...{ code, question: 'finite-and-infinite', title: 'Wide enough?', runs: 0 },
        ...{ state: 'running', verdict: 'undecided', null: false },
      },
    ]);
    expect(JSON.stringify(listed)).not.toContain(hidden.code);
  });
});
