/** What is exported, frozen, imported and written, over real sockets and HTTP, on both databases. */
import { createHash } from 'node:crypto';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from './canonical.ts';
import {
  device,
  kinds,
  opening,
  openTestDatabase,
  person,
  resultOf,
  start,
  verdictNow,
  type World,
} from './coordinator.testkit.ts';
import { seriesParquet } from './parquet.ts';
import { PointCard, type ReportView, type SnapshotView } from './protocol.ts';
import { thinEnough } from './snapshots.ts';
import { scheduledSteps } from './validate.ts';

type Person = Awaited<ReturnType<typeof person>>;

/** A second coordinator, which knows nothing of the first. */
async function elsewhere(kind: keyof typeof kinds): Promise<World> {
  const database = await openTestDatabase(kind);
  // Imports weigh much, and a test sends several at once.
  return await start(database, { limits: { messagesPerDevice: 10_000 } });
}

/** A room with one result in it, a claim that stands with its reply, and one that was withdrawn. */
async function filledRoom(owner: Person, other: Person) {
  const { code } = await owner.must('investigation.open', opening());
  await owner.must('room.join', { code });
  await other.must('room.join', { code });
  const lease = await other.must('lease.request', { code, device });
  await other.must('result.submit', resultOf(lease));
  const claim = async (text: string) =>
    (
      await other.must('claim.add', {
        ...{ code, text, evidence: 2 },
        anchor: { kind: 'region', panel: 'ratio', region: { x: [0, 30], y: [0, 2] } },
      })
    ).claim;
  const stands = await claim('It climbs.');
  await owner.must('claim.reply', { claim: stands, text: 'It does.' });
  const id = await claim('A secret that was taken back.');
  await other.must('claim.withdraw', { kind: 'claim', id });
  return { code, lease };
}

const taking = (code: string) => ({
  ...{ code, title: 'Lesson one', note: 'After the first seed.', view: 'cell=1' },
});

const bytesAt = async (url: string) => new Uint8Array(await (await fetch(url)).arrayBuffer());
const jsonAt = async <T>(url: string) => (await (await fetch(url)).json()) as T;
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const encoded = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])('on %s', (kind) => {
  test('[X1] [X2] a snapshot shows what the room showed, stays as it is while the room goes on, and comes back from another coordinator byte for byte', async () => {
    const here = await start(await openTestDatabase(kind));
    const [owner, other] = [await person(here), await person(here)];
    const { code } = await filledRoom(owner, other);
    const before = await owner.must('room.sync', { code, from: 0 });
    const { snapshot } = await other.must('snapshot.take', taking(code));
    // Its verdict is that of its own number, whether the room has been told it or not.
    const due = await verdictNow(owner, code);
    expect(due.to).toBe(before.to);
    const at = (world: World, name: string) => `${world.url}/api/snapshots/${snapshot}/${name}`;
    const file = await bytesAt(at(here, 'snapshot.json'));

    const { about, content } = await jsonAt<SnapshotView>(at(here, 'view.json'));
    expect(about).toMatchObject({ id: snapshot, imported: false, room: code });
    expect(about.studyHere).toBe(content.study.version);
    const { code: _, ...stamp } = taking(code);
    expect(content).toMatchObject({ ...stamp, sequence: before.to });
    expect(content.cells).toEqual(before.cells);
    expect(content.runs).toEqual(before.runs);
    expect(content.analysis).toEqual(due.analysis);
    expect(content.analysis.verdict.runs).toBe(before.progress.runs);
    expect(content.progress).toEqual(before.progress);
    expect(content.claims.map((c) => [c.text, c.replies.map((r) => r.text)])).toEqual([
      ['It climbs.', ['It does.']],
    ]);
    expect(text(file)).not.toContain('secret');
    const hash = createHash('sha256').update(canonicalJson(content)).digest('hex');
    expect(about.sha256).toBe(hash);

    const lease = await other.must('lease.request', { code, device });
    await other.must('result.submit', resultOf(lease));
    await owner.must('investigation.control', { code, action: 'conclude' });
    expect(await bytesAt(at(here, 'snapshot.json'))).toEqual(file);

    const there = await elsewhere(kind);
    const stranger = await person(there);
    expect(await stranger.must('snapshot.import', { file })).toEqual({ snapshot, known: false });
    expect(await stranger.must('snapshot.import', { file })).toEqual({ snapshot, known: true });
    expect(await bytesAt(at(there, 'snapshot.json'))).toEqual(file);
    const taken = await jsonAt<SnapshotView>(at(there, 'view.json'));
    expect(taken.content).toEqual(content);
    expect(taken.about).toMatchObject({ sha256: hash, imported: true, room: null });
    // Where it was taken it stays what it is, whoever imports it.
    expect(await stranger.ask('room.shared', { code })).toMatchObject({ reason: 'not-found' });
    expect(await other.must('snapshot.import', { file })).toEqual({ snapshot, known: true });
    expect((await jsonAt<SnapshotView>(at(here, 'view.json'))).about.imported).toBe(false);

    const csv = text(await bytesAt(at(here, 'runs.csv'))).trim();
    expect(csv.split('\r\n')).toHaveLength(1 + content.runs.length);
  });

  test('[X3] a file that was changed, that has more or less than a snapshot has, or that is none, is refused and leaves nothing', async () => {
    const world = await start(await openTestDatabase(kind));
    const owner = await person(world);
    const { code } = await filledRoom(owner, await person(world));
    const { snapshot } = await owner.must('snapshot.take', taking(code));
    const url = `${world.url}/api/snapshots/${snapshot}/snapshot.json`;
    type File = { content: { runs: { summary: object }[]; claims: object[] }; sha256: string };
    const changed = async (change: (file: File) => void) => {
      const file = await jsonAt<File>(url);
      change(file);
      return encoded(file);
    };
    const wrong = [
      encoded('nothing'),
      new Uint8Array([0xff, 0xfe]),
      await changed((f) => {
        f.content.runs = [];
      }),
      await changed((f) => {
        f.sha256 = '0'.repeat(64);
      }),
      await changed((f) => Object.assign(f.content, { script: 'x' })),
      await changed((f) => {
        f.content.claims = Array.from({ length: 5_001 }, () => f.content.claims[0] ?? {});
      }),
    ];
    const there = await elsewhere(kind);
    const stranger = await person(there);
    for (const file of wrong) {
      expect(await stranger.ask('snapshot.import', { file })).toMatchObject({
        ...{ ok: false, reason: 'bad-message' },
      });
    }
    expect((await fetch(`${there.url}/api/snapshots/${snapshot}/snapshot.json`)).status).toBe(404);
    expect((await fetch(`${world.url}/api/snapshots/..%2f/snapshot.json`)).status).toBe(404);
  });

  test('[X4] runs and series in Parquet are those that were submitted, of one numbered state', async () => {
    const database = await openTestDatabase(kind);
    const world = await start(database);
    const owner = await person(world);
    const { code, lease } = await filledRoom(owner, await person(world));
    const at = (name: string) => `${world.url}/api/investigations/${code}/${name}.parquet`;
    const response = await fetch(at('runs'));
    expect(response.headers.get('content-disposition')).toMatch(/-runs-\d+\.parquet"$/);
    const runsFile = await response.arrayBuffer();
    const meta = parquetMetadata(runsFile).key_value_metadata ?? [];
    const { to } = await owner.must('room.sync', { code, from: 0 });
    expect(meta).toContainEqual({ key: 'manyhands.sequence', value: String(to) });
    const rows = await parquetReadObjects({ file: runsFile });
    expect(rows).toHaveLength(18);
    const finished = rows.filter((row) => row.outcome === 'completed');
    expect(finished.map((row) => row.run).sort()).toEqual(lease.pack.runs.map((r) => r.id).sort());
    const [first] = lease.pack.runs;
    const row = finished.find(({ run }) => run === first?.id);
    expect(row).toMatchObject({ seed: BigInt(first?.seed ?? -1), verified: false, width: 4 });
    expect(row?.learningRate).toBe(first?.hyper.learningRate);

    const series = await parquetReadObjects({
      file: await (await fetch(at('series'))).arrayBuffer(),
    });
    const steps = scheduledSteps(lease.pack.program);
    expect(series).toHaveLength(2 * steps.length * lease.pack.runs.length);
    const loss = series.filter((r) => r.run === first?.id && r.column === 'loss');
    expect(loss.map((r) => [r.step, r.value])).toEqual(
      steps.map((step) => [step, Math.fround(1 / (1 + step))]),
    );
    expect(await seriesParquet(database.db, code, 10)).toBe('too-large');
    expect((await fetch(at('none'))).status).toBe(404);
  });

  test('[X5] the card of a run says what was trained, who tried, and what came of it', async () => {
    const world = await start(await openTestDatabase(kind));
    const [owner, other] = [await person(world), await person(world)];
    const { code, lease } = await filledRoom(owner, other);
    const [run] = lease.pack.runs;
    const card = PointCard.parse(await jsonAt(`${world.url}/api/runs/${run?.id}/card.json`));
    const { self } = await other.must('room.join', { code });
    expect(card).toMatchObject({
      ...{ code, seed: run?.seed, hyper: run?.hyper, study: 'edge-of-stability', verified: false },
      ...{ outcome: { kind: 'completed' }, together: lease.pack.runs.length },
      attempts: [{ number: 1, by: self.nickname, backend: 'cpu', state: 'accepted' }],
    });
    expect(card.program).toMatchObject({ kind: 'mlp', steps: 30 });
    expect(card.checkpoints.at(-1)).toEqual({ step: 30, sha256: 'a'.repeat(64) });
    expect((await fetch(`${world.url}/api/runs/none/card.json`)).status).toBe(404);
  });

  test('[X6] a report is changed by its author and by who moderates, never over a version unseen, and all versions stay', async () => {
    const world = await start(await openTestDatabase(kind));
    const [owner, author, other] = [await person(world), await person(world), await person(world)];
    const { code } = await filledRoom(owner, author);
    await other.must('room.join', { code });
    const { snapshot } = await author.must('snapshot.take', taking(code));
    const first = { code, title: 'What we saw', body: '![[verdict]]', snapshot };
    const { report } = await author.must('report.save', { ...first, report: null, after: 0 });
    const next = { ...first, report, after: 1, body: 'It climbs.' };
    expect(await other.ask('report.save', next)).toMatchObject({ reason: 'not-allowed' });
    expect(await author.must('report.save', next)).toEqual({ report, version: 2 });
    expect(await owner.ask('report.save', next)).toMatchObject({ reason: 'not-allowed' });
    const more = { ...next, after: 2, snapshot: null };
    expect(await owner.must('report.save', more)).toEqual({ report, version: 3 });
    expect(await author.ask('report.save', { ...more, snapshot: '0'.repeat(16) })).toMatchObject({
      reason: 'not-found',
    });
    const at = (query: string) => `${world.url}/api/reports/${report}/report.json${query}`;
    expect(await jsonAt<ReportView>(at(''))).toMatchObject({
      ...{ code, version: 3, body: 'It climbs.', snapshot: null },
    });
    expect(await jsonAt<ReportView>(at('?version=1'))).toMatchObject({
      ...{ version: 1, body: '![[verdict]]', snapshot },
    });
    expect((await fetch(at('?version=9'))).status).toBe(404);
    expect((await fetch(at('?version=x'))).status).toBe(400);
    const shared = await owner.must('room.shared', { code });
    expect(shared.snapshots.map((s) => s.id)).toEqual([snapshot]);
    expect(shared.reports).toMatchObject([{ id: report, title: 'What we saw' }]);
  });

  test('[X7] who only looks is told what changed, and is not among the people', async () => {
    const world = await start(await openTestDatabase(kind));
    const owner = await person(world);
    const { code } = await filledRoom(owner, await person(world));
    const whole = await owner.must('room.sync', { code, from: 0 });
    const at = (from: string) => `${world.url}/api/investigations/${code}/live.json?from=${from}`;
    expect(await jsonAt(at('0'))).toEqual(whole);
    expect(await jsonAt(at(String(whole.to)))).toEqual({ current: true });
    await owner.must('investigation.control', { code, action: 'pause' });
    expect(await jsonAt(at(String(whole.to)))).toMatchObject({
      ...{ from: whole.to, to: whole.to + 1, runs: [] },
    });
    expect((await fetch(at('x'))).status).toBe(400);
    const { presence } = await owner.must('room.join', { code });
    expect(presence.members).toHaveLength(2);
  });
});

test('[X2] a room too large for a file is frozen with fewer points of single runs, and says so', async () => {
  const world = await elsewhere('PGlite');
  const owner = await person(world);
  const { code } = await filledRoom(owner, await person(world));
  const { snapshot } = await owner.must('snapshot.take', taking(code));
  const { content } = await jsonAt<SnapshotView>(
    `${world.url}/api/snapshots/${snapshot}/view.json`,
  );
  const whole = thinEnough(content);
  expect(whole?.id).toBe(snapshot);
  const bytes = Buffer.byteLength(whole?.text ?? '');
  const thin = thinEnough(content, bytes);
  const thinned = JSON.parse(thin?.text ?? '') as SnapshotView['content'];
  expect(thinned.pointsPerLine).not.toBeNull();
  expect(thinned.cells).toEqual(content.cells);
  for (const [i, run] of thinned.runs.entries()) {
    const before = content.runs[i]?.traces.ratio?.[0];
    expect(run.traces.ratio?.[0]?.x.at(0)).toBe(before?.x.at(0));
    expect(run.traces.ratio?.[0]?.x.at(-1)).toBe(before?.x.at(-1));
  }
  expect(thinEnough(content, 1_000)).toBeNull();
  // A picture without some of its pixels is another: lines of such a panel stay as they are.
  const drawn: SnapshotView['content'] = {
    ...content,
    study: {
      ...content.study,
      panels: content.study.panels.map((panel) =>
        panel.id === 'ratio'
          ? { ...panel, draw: 'images', image: { width: 8, height: 8, columns: 4 } }
          : panel,
      ),
    },
  };
  const { text } = thinEnough(drawn) ?? { text: '' };
  const pictured = thinEnough(drawn, Buffer.byteLength(text));
  const kept = JSON.parse(pictured?.text ?? '') as SnapshotView['content'];
  expect(kept.pointsPerLine).not.toBeNull();
  expect(kept.study.panels.find(({ id }) => id === 'ratio')).toMatchObject({ draw: 'images' });
  expect(kept.runs.map((run) => run.traces.ratio)).toEqual(
    content.runs.map((run) => run.traces.ratio),
  );
});
