/** Databases of earlier versions, brought up to date with their data. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import { expect, test } from 'vitest';

const all = path.join(path.dirname(fileURLToPath(import.meta.url)), 'migrations');

/** The first so many migrations, in a folder of their own. */
async function firstMigrations(count: number): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'manyhands-migrations-'));
  await cp(all, folder, { recursive: true });
  const journal = path.join(folder, 'meta', '_journal.json');
  const parsed = JSON.parse(await readFile(journal, 'utf8')) as { entries: unknown[] };
  await writeFile(journal, JSON.stringify({ ...parsed, entries: parsed.entries.slice(0, count) }));
  return folder;
}

test('hashes of checkpoints become bytes in their order, and folded cells stay folded', async () => {
  const lite = new PGlite();
  const folder = await firstMigrations(5);
  const hash = (digit: string) => digit.repeat(64);
  try {
    await migrate(drizzle(lite), { migrationsFolder: folder });
    await lite.exec(`
      insert into devices values ('d', 'hash', 'Somebody');
      insert into investigations (id, code, study, study_version, title, grid, is_null, state, owner, seq)
        values ('i', 'ABCDEF', 's', '1', 't', '{}', false, 'running', 'd', 4);
      insert into cells values ('i', 0, '{}', 1, 0, 1, '{}', 4);
      insert into runs (id, investigation, cell, seed, repeat, program, hyper, seq, hashes) values
        ('none', 'i', 0, 7, 0, '{}', '{}', 1, null), ('empty', 'i', 0, 7, 0, '{}', '{}', 1, '[]'),
        ('two', 'i', 0, 7, 0, '{}', '{}', 1,
          '[{"step": 0, "sha256": "${hash('b')}"}, {"step": 9, "sha256": "${hash('a')}"}]');
    `);
    await migrate(drizzle(lite), { migrationsFolder: all });
    const { rows } = await lite.query(`select id, encode(hashes, 'hex') as hashes from runs`);
    expect(rows).toEqual([
      { id: 'none', hashes: null },
      { id: 'empty', hashes: '' },
      { id: 'two', hashes: hash('b') + hash('a') },
    ]);
    expect((await lite.query('select folded from cells')).rows).toEqual([{ folded: 4 }]);
  } finally {
    await lite.close();
    await rm(folder, { recursive: true, force: true });
  }
});

test('shards planned at opening: what was leased stays, what was not waits in no shard', async () => {
  const lite = new PGlite();
  const folder = await firstMigrations(1);
  try {
    await migrate(drizzle(lite), { migrationsFolder: folder });
    await lite.exec(`
      insert into devices values ('d', 'hash', 'Somebody');
      insert into investigations values ('i', 'ABCDEF', 's', '1', 't', '{}', false, 'running', 'd', 1);
      insert into shards values ('leased', 'i', 0, '{"steps":10}', 20, 1, 1, null);
      insert into shards values ('planned', 'i', 1, '{"steps":30}', 60, null, 0, null);
      insert into runs (id, investigation, cell, seed, shard, hyper, seq) values
        ('a', 'i', 0, 7, 'leased', '{}', 1), ('b', 'i', 1, 7, 'leased', '{}', 1),
        ('c', 'i', 0, 9, 'planned', '{}', 0), ('d', 'i', 1, 8, 'planned', '{}', 0);
    `);
    await migrate(drizzle(lite), { migrationsFolder: all });
    const { rows } = await lite.query(
      `select id, shard, repeat, program->>'steps' as steps from runs order by id`,
    );
    expect(rows).toEqual([
      { id: 'a', shard: 'leased', repeat: 0, steps: '10' },
      { id: 'b', shard: 'leased', repeat: 0, steps: '10' },
      { id: 'c', shard: null, repeat: 1, steps: '30' },
      { id: 'd', shard: null, repeat: 1, steps: '30' },
    ]);
    expect((await lite.query('select id from shards')).rows).toEqual([{ id: 'leased' }]);
  } finally {
    await lite.close();
    await rm(folder, { recursive: true, force: true });
  }
});

test('whoever opened, wrote or trained before there were members is one, under a number of her own', async () => {
  const lite = new PGlite();
  const folder = await firstMigrations(10);
  try {
    await migrate(drizzle(lite), { migrationsFolder: folder });
    await lite.exec(`
      insert into devices (id, key_hash, nickname, name_key, created_at)
        select d, d, d, d, timestamptz '2026-01-01' + n * interval '1 day'
        from (values ('trainer', 1), ('author', 2), ('owner', 3), ('replier', 4)) as v(d, n);
      insert into investigations (id, code, study, study_version, title, grid, is_null, state, owner, seq)
        values ('i', 'ABCDEF', 's', '1', 't', '{}', false, 'running', 'owner', 4);
      insert into shards (id, investigation, position, program, work) values ('s', 'i', 0, '{}', 1);
      insert into attempts (shard, number, device, state, soft_at, hard_at, done) values
        ('s', 1, 'trainer', 'accepted', 0, 0, 0), ('s', 2, 'author', 'active', 0, 0, 0);
      insert into claims (id, investigation, author, panel, region, text, evidence, runs, seq)
        values ('c', 'i', 'author', 'p', '{}', 't', 1, '[]', 2);
      insert into replies (id, claim, author, text) values ('r', 'c', 'replier', 't');
    `);
    await migrate(drizzle(lite), { migrationsFolder: all });
    const { rows } = await lite.query('select device, role, number from members order by number');
    expect(rows).toEqual([
      { device: 'owner', role: 'instructor', number: 1 },
      { device: 'trainer', role: null, number: 2 },
      { device: 'author', role: 'annotator', number: 3 },
      { device: 'replier', role: 'annotator', number: 4 },
    ]);
    const room = await lite.query('select door_open, door_role, anonymous from investigations');
    expect(room.rows).toEqual([{ door_open: true, door_role: 'annotator', anonymous: false }]);
  } finally {
    await lite.close();
    await rm(folder, { recursive: true, force: true });
  }
});

test('claims on regions become anchors that stand on the runs they had, and their first versions', async () => {
  const lite = new PGlite();
  const folder = await firstMigrations(11);
  const region = { x: [0, 1], y: [2, 3] };
  try {
    await migrate(drizzle(lite), { migrationsFolder: folder });
    await lite.exec(`
      insert into devices (id, key_hash, nickname, name_key) values ('d', 'hash', 'Ann', 'ann');
      insert into investigations (id, code, study, study_version, title, grid, is_null, state, owner, seq)
        values ('i', 'ABCDEF', 's', '1', 't', '{}', false, 'running', 'd', 4);
      insert into claims (id, investigation, author, panel, region, text, evidence, runs, seq) values
        ('none', 'i', 'd', 'p', '${JSON.stringify(region)}', 'a', 2, '[]', 3),
        ('two', 'i', 'd', 'p', '${JSON.stringify(region)}', 'b', 2, '["r1", "r2"]', 3);
    `);
    await migrate(drizzle(lite), { migrationsFolder: all });
    const { rows } = await lite.query(`
      select c.anchor, c.stood, c.checked, v.text, v.what, v.stood::text = c.stood::text as same
      from claims c join claim_versions v on v.claim = c.id order by c.id`);
    const anchor = { kind: 'region', panel: 'p', region };
    const common = { anchor, checked: 0, what: 'made', same: true };
    expect(rows).toEqual([
      { ...common, text: 'a', stood: { kind: 'runs', runs: {} } },
      { ...common, text: 'b', stood: { kind: 'runs', runs: { r1: null, r2: null } } },
    ]);
  } finally {
    await lite.close();
    await rm(folder, { recursive: true, force: true });
  }
});

test('segments that were drawn one by one stand together with their result, with what came of each', async () => {
  const lite = new PGlite();
  const folder = await firstMigrations(17);
  const hash = (digit: string) => digit.repeat(64);
  try {
    await migrate(drizzle(lite), { migrationsFolder: folder });
    await lite.exec(`
      insert into devices (id, key_hash, nickname, name_key) values ('d', 'hash', 'Somebody', 'somebody');
      insert into investigations (id, code, study, study_version, title, grid, is_null, state, owner, seq)
        values ('i', 'ABCDEF', 's', '1', 't', '{}', false, 'running', 'd', 4);
      insert into shards (id, investigation, position, program, work) values ('s', 'i', 0, '{}', 1);
      insert into runs (id, investigation, cell, seed, repeat, program, hyper, seq, shard, outcome, hashes) values
        ('whole', 'i', 0, 1, 0, '{"checkpointEvery": 10}', '{}', 1, 's', '{"kind": "completed"}',
          decode('${hash('0') + hash('1') + hash('2') + hash('3')}', 'hex')),
        ('wild', 'i', 0, 2, 0, '{"checkpointEvery": 10}', '{}', 1, 's', '{"kind": "diverged", "step": 15}',
          decode('${hash('a') + hash('b')}', 'hex'));
      insert into audits (id, investigation, shard, attempt, run, device, from_step, to_step, draw, state,
        asked_until, start, "end", replayer, deviation) values
        ('1', 'i', 's', 1, 'whole', 'd', 20, 25, 'dd', 'open', 9, '\\x01', '\\x02', null, null),
        ('2', 'i', 's', 1, 'wild', 'd', 10, 15, 'dd', 'asked', 9, null, null, null, null),
        ('3', 'i', 's', 1, 'whole', 'd', 0, 10, 'dd', 'valid', 9, null, null, 'v', 0.5);
    `);
    await migrate(drizzle(lite), { migrationsFolder: all });
    const { rows } = await lite.query(
      'select shard, attempt, device, draw, state, segments, found, valid, invalid from result_audits',
    );
    const at = (run: string, from: number, to: number) => ({ run, from, to });
    expect(rows).toEqual([
      {
        ...{
          shard: 's',
          attempt: 1,
          device: 'd',
          draw: 'dd',
          state: 'asked',
          valid: 1,
          invalid: 0,
        },
        segments: [
          { ...at('whole', 20, 25), start: hash('2'), end: hash('3') },
          { ...at('wild', 10, 15), start: hash('b'), end: null },
          { ...at('whole', 0, 10), start: null, end: hash('1') },
        ],
        found: [{ segment: 2, verdict: 'valid', deviation: 0.5, replayer: 'v' }],
      },
    ]);
    const states = await lite.query(
      'select segment, start, "end" from audit_states order by segment',
    );
    expect(states.rows).toEqual([
      { segment: 0, start: Uint8Array.of(1), end: Uint8Array.of(2) },
      { segment: 2, start: null, end: null },
    ]);
  } finally {
    await lite.close();
    await rm(folder, { recursive: true, force: true });
  }
});
