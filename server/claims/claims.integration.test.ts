/** Claims over real sockets, on PGlite and on PostgreSQL: what they stand on, and who reads and does what. */
import { describe, expect, test } from 'vitest';
import { mean, tInterval } from '../../compute/analysis/stats.ts';
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
  type World,
} from '../coordinator.testkit.ts';
import { resultsJson } from '../exports.ts';
import type { Anchor, ClaimView } from '../protocol.ts';

type Person = Awaited<ReturnType<typeof person>>;

const EVERYTHING: Anchor = {
  ...{ kind: 'region', panel: 'ratio', region: { x: [0, 30], y: [0, 2] } },
};
const VERDICT: Anchor = { kind: 'fit', fit: null };

/** A room of three cells with three seeds each, its owner in it. */
async function room(world: World) {
  const owner = await person(world);
  const { code } = await owner.must('investigation.open', opening([0.1], [1, 2, 3]));
  await owner.must('room.join', { code });
  /** With the claims about it, the verdict comes after the runs. */
  const seen = async () => await verdictNow(owner, code);
  const claimed = async (id: string): Promise<ClaimView> => {
    const claim = (await seen()).claims.find((c) => c.id === id);
    if (claim === undefined) throw new Error('The room is not shown this claim.');
    return claim;
  };
  const say = async (who: Person, anchor: Anchor, text = 'Look', evidence = 1e6) =>
    (await who.must('claim.add', { code, anchor, text, evidence })).claim;
  return { owner, code, seen, claimed, say };
}

/** Trains one shard, or what is left of the room. */
async function train(who: Person, code: string) {
  const lease = await who.must('lease.request', { code, device });
  const { asks } = await who.must('result.submit', resultOf(lease));
  return { lease, asks };
}

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])('on %s', (kind) => {
  const open = () => openTestDatabase(kind);

  test('[C2] [C3] runs that come into a region flag its claim, nothing moves it, and its author reaffirms', async () => {
    const world = await start(await open());
    const { owner, code, claimed, say } = await room(world);
    const first = await train(owner, code);
    const claim = await say(owner, EVERYTHING);
    const fresh = await claimed(claim);
    expect(fresh.changed).toEqual([]);
    expect([...fresh.runs].sort()).toEqual(first.lease.pack.runs.map((r) => r.id).sort());

    const second = await train(owner, code);
    const n = second.lease.pack.runs.length;
    const word = n === 1 ? '1 run has' : `${n} runs have`;
    const flagged = await claimed(claim);
    expect(flagged.changed).toEqual([`${word} come into the region.`]);
    expect(flagged).toMatchObject({ runs: fresh.runs, evidence: fresh.evidence, version: 1 });
    // The flag went out with the delta that brought the runs, and reads the same however often.
    const pushed = await until(
      () => owner.deltas.flatMap((d) => d.claims).at(-1),
      (c) => c?.changed.length === 1,
    );
    expect(pushed).toEqual(flagged);
    expect(await claimed(claim)).toEqual(flagged);

    await owner.must('claim.reaffirm', { claim, evidence: 1e6 });
    const again = await claimed(claim);
    expect(again).toMatchObject({ changed: [], version: 2, text: 'Look' });
    expect(again.runs).toHaveLength(fresh.runs.length + n);
    const history = await owner.must('claim.history', { claim });
    expect(history.map((v) => [v.version, v.what])).toEqual([
      [1, 'made'],
      [2, 'reaffirmed'],
    ]);
    expect(history[0]?.evidence).toBe(fresh.evidence);
  });

  test('[C3] a result that does not stand up to verification flags the claims that stood on it', async () => {
    const world = await start(await open(), { verify: true });
    const { owner, code, claimed, say } = await room(world);
    const eve = await person(world);
    const { lease, asks } = await train(eve, code);
    const run = lease.pack.runs[0]?.id ?? '';
    const region = await say(owner, EVERYTHING);
    const verdict = await say(owner, VERDICT);
    const at = (await owner.must('room.sync', { code, from: 0 })).runs.find((r) => r.id === run);
    const trace = at?.traces.ratio?.[0];
    const point = await say(owner, {
      ...{ kind: 'point', panel: 'ratio', of: { kind: 'run', run }, line: trace?.line ?? '' },
      ...{ x: trace?.x[0] ?? Number.NaN, y: 99 },
    });
    // The y is the coordinator's own.
    expect((await claimed(point)).anchor).toMatchObject({ y: trace?.y[0] });
    const [ask] = asks;
    if (ask === undefined) throw new Error('Nothing is verified.');
    // Not the states that she committed.
    const states = new Uint8Array(8);
    await eve.ask('audit.answer', {
      answers: [
        { audit: ask.audit, start: ask.from === 0 ? null : 4, end: ask.from === 0 ? 8 : 4 },
      ],
      states,
    });
    await until(
      async () => (await owner.must('room.sync', { code, from: 0 })).progress.withdrawn,
      (n) => n > 0,
    );
    const n = lease.pack.runs.length;
    expect((await claimed(region)).changed).toEqual([
      n === 1
        ? '1 run left the region: it did not stand up to verification.'
        : `${n} runs left the region: they did not stand up to verification.`,
    ]);
    expect((await claimed(point)).changed).toEqual([
      '1 run left the point: it did not stand up to verification.',
    ]);
    expect((await claimed(verdict)).changed).toHaveLength(1);
    expect(await owner.ask('claim.reaffirm', { claim: point, evidence: 1e6 })).toMatchObject({
      reason: 'not-found',
    });
  });

  test('[C2] a mean stands on its cell alone, with the numbers of its runs', async () => {
    const world = await start(await open());
    const { owner, code, seen, claimed, say } = await room(world);
    await train(owner, code);
    const { cells, runs } = await seen();
    const cell = cells.find((c) => c.done > 0);
    const line = cell?.lines.ratio?.[0];
    if (cell === undefined || line === undefined) throw new Error('Nothing was trained.');
    const x = line.x[2] ?? Number.NaN;
    const anchor: Anchor = {
      ...{ kind: 'point', panel: 'ratio', of: { kind: 'cell', cell: cell.index } },
      ...{ line: line.line, x, y: 0 },
    };
    const claim = await say(owner, anchor);
    const values = runs
      .filter((r) => r.cell === cell.index)
      .map((r) => r.traces.ratio?.[0]?.y[2] ?? Number.NaN);
    const made = await claimed(claim);
    expect(made.anchor).toMatchObject({ y: Number(mean(values).toPrecision(6)) });
    const interval = tInterval(values);
    expect(made.stoodOn).toContain(`(${values.length} run`);
    if (interval !== null) expect(made.stoodOn).toContain('[');
    for (;;) {
      const before = (await seen()).cells.find((c) => c.index === cell.index)?.done;
      const reply = await owner.ask('lease.request', { code, device });
      if (!reply.ok) break;
      await owner.must('result.submit', resultOf(reply.value));
      const after = (await seen()).cells.find((c) => c.index === cell.index)?.done;
      const { changed } = await claimed(claim);
      if (after === cell.done) expect(changed).toEqual([]);
      else expect(changed).toHaveLength(1);
      expect(after).toBeGreaterThanOrEqual(before ?? 0);
    }
    const none = await owner.ask('claim.add', {
      ...{ code, text: 'Nowhere', evidence: 1 },
      anchor: { ...anchor, x: x + 0.5 },
    });
    expect(none).toMatchObject({ reason: 'not-found' });
  });

  test('[C2] who saw less stood on less: what came before the claim arrived is flagged at once', async () => {
    const world = await start(await open());
    const { owner, code, seen, claimed, say } = await room(world);
    const first = await train(owner, code);
    const { to } = await seen();
    await train(owner, code);
    const region = await claimed(await say(owner, EVERYTHING, 'On what I saw', to));
    expect(region.evidence).toBe(to);
    expect(region.runs).toHaveLength(first.lease.pack.runs.length);
    expect(region.changed[0]).toMatch(/come into the region/);
    expect((await claimed(await say(owner, VERDICT, 'Too', to))).changed).toHaveLength(1);
  });

  test('[C3] two coordinators find the same, and deltas fold to the snapshot', async () => {
    const database = await open();
    const [here, there] = [await start(database), await start(database)];
    const { owner, code, say } = await room(here);
    const other = await person(there);
    const joined = await other.must('room.join', { code });
    await train(owner, code);
    const ids = [await say(owner, EVERYTHING), await say(owner, VERDICT)];
    await train(owner, code);
    const [a, b] = await Promise.all([verdictNow(owner, code), verdictNow(other, code)]);
    expect(a.claims).toEqual(b.claims);
    expect(a.claims.map((c) => [c.id, c.changed.length])).toEqual(ids.map((id) => [id, 1]));
    // The one about the verdict with the verdict, and both as they are flagged for whoever asks.
    const told = () => [joined.delta, ...other.deltas, ...other.verdicts].flatMap((d) => d.claims);
    await until(
      () =>
        told()
          .filter((c) => c.id === ids[1])
          .at(-1),
      (c) => c?.changed.length === 1,
    );
    expect([...new Map(told().map((c) => [c.id, c])).values()]).toEqual(b.claims);
    await owner.must('claim.resolve', { claim: ids[0] ?? '', resolved: true });
    const missed = await other.must('room.sync', { code, from: b.to });
    // Whoever is told a verdict is told how the claims about it stand on it.
    expect(missed.claims.map((c) => c.id)).toEqual(ids);
  });

  test('[C4] its author edits, resolves, takes back and brings back; others may not; every version stays', async () => {
    const world = await start(await open());
    const { owner, code, seen, claimed, say } = await room(world);
    const [ann, bob] = [await person(world), await person(world)];
    for (const one of [ann, bob]) await one.must('room.join', { code });
    await train(owner, code);
    const claim = await say(ann, EVERYTHING, 'Frist');
    await ann.must('claim.edit', { claim, text: 'First', evidence: 1e6 });
    await ann.must('claim.edit', { claim, text: 'First', evidence: 1e6 });
    await ann.must('claim.edit', { claim, text: 'First', anchor: VERDICT, evidence: 1e6 });
    expect(await claimed(claim)).toMatchObject({ version: 3, text: 'First', anchor: VERDICT });
    const history = await bob.must('claim.history', { claim });
    expect(history.map((v) => [v.text, v.anchor.kind])).toEqual([
      ['Frist', 'region'],
      ['First', 'region'],
      ['First', 'fit'],
    ]);
    expect(history[1]?.evidence).toBe(history[0]?.evidence);
    const { reply } = await bob.must('claim.reply', { claim, text: 'Yse' });
    await bob.must('reply.edit', { reply, text: 'Yes' });

    const refused = { reason: 'not-allowed' };
    const what = { kind: 'claim', id: claim } as const;
    for (const who of [bob, owner]) {
      const evidence = 1e6;
      expect(await who.ask('claim.edit', { claim, text: 'No', evidence })).toMatchObject(refused);
      expect(await who.ask('claim.reaffirm', { claim, evidence })).toMatchObject(refused);
      expect(await who.ask('claim.withdraw', what)).toMatchObject(refused);
    }
    expect(await ann.ask('reply.edit', { reply, text: 'No' })).toMatchObject(refused);
    expect(await bob.ask('claim.resolve', { claim, resolved: true })).toMatchObject(refused);
    await owner.must('claim.resolve', { claim, resolved: true });
    const { to } = await seen();
    await ann.must('claim.resolve', { claim, resolved: true });
    expect((await seen()).to).toBe(to);
    expect((await claimed(claim)).resolved).not.toBeNull();
    await ann.must('claim.resolve', { claim, resolved: false });

    await bob.must('claim.withdraw', { kind: 'reply', id: reply });
    expect((await claimed(claim)).replies).toEqual([]);
    await bob.must('claim.restore', { kind: 'reply', id: reply });
    expect((await claimed(claim)).replies).toMatchObject([{ id: reply, text: 'Yes' }]);
    await ann.must('claim.withdraw', what);
    const without = await seen();
    expect(without.claims).toEqual([]);
    expect(without.withheld).toMatchObject([{ id: claim, why: 'withdrawn' }]);
    expect(JSON.stringify(without)).not.toContain('First');
    expect(await bob.ask('claim.history', { claim })).toMatchObject({ reason: 'not-found' });
    expect(await bob.ask('claim.reply', { claim, text: 'Hm' })).toMatchObject({
      reason: 'not-found',
    });
    await ann.must('claim.restore', what);
    expect(await claimed(claim)).toMatchObject({ version: 3, resolved: null });
  });

  test('[C5] a text names whom it names by their nickname, however odd, and nobody else', async () => {
    const world = await start(await open());
    const { owner, code, claimed, say } = await room(world);
    const [odd, plain] = [await person(world), await person(world)];
    const nickname = '<b>$& .*+ @x';
    const self = async (who: Person) => (await who.must('room.join', { code })).self.id;
    const [oddId, plainId] = [await self(odd), await self(plain)];
    await odd.must('device.rename', { nickname });
    await train(owner, code);
    const claim = await say(owner, EVERYTHING);
    await owner.must('claim.edit', {
      ...{ claim, text: `See @${nickname}!`, evidence: 1 },
      mentions: [oddId, plainId, 'nobody'],
    });
    expect((await claimed(claim)).mentions).toEqual([{ id: oddId, name: nickname }]);
  });

  test('[C7] members who are away are offered and named, and nobody from outside the room', async () => {
    const world = await start(await open());
    const { owner, code, claimed, say } = await room(world);
    const [gone, here, other] = [await person(world), await person(world), await person(world)];
    for (const [i, one] of [owner, gone, here, other].entries())
      await one.must('device.rename', { nickname: `Realname${i}` });
    const { self } = await gone.must('room.join', { code });
    await here.must('room.join', { code });
    await train(owner, code);
    const elsewhere = await other.must('investigation.open', opening());
    const { self: stranger } = await other.must('room.join', elsewhere);
    await gone.must('room.leave', { code });
    gone.socket.disconnect();
    await until(
      () => owner.presences.at(-1)?.members.map(({ id }) => id) ?? [],
      (ids) => ids.length > 0 && !ids.includes(self.id),
    );
    const people = await here.must('room.people', { code });
    expect(people.map(({ nickname }) => nickname)).toEqual([
      ...['Realname2', 'Realname1', 'Realname0'],
    ]);
    const claim = await say(owner, EVERYTHING);
    const edit = (text: string) =>
      owner.must('claim.edit', { claim, text, evidence: 1, mentions: [self.id, stranger.id] });
    await edit('@Realname1 and @Realname3');
    expect((await claimed(claim)).mentions).toEqual([{ id: self.id, name: 'Realname1' }]);

    await owner.must('room.anonymise', { code, on: true });
    const hidden = await here.must('room.people', { code });
    expect(hidden.map(({ nickname }) => nickname)).toEqual([
      'Student 3',
      'Student 2',
      'Instructor 1',
    ]);
    expect((await owner.must('room.people', { code })).map((p) => p.nickname)).toContain(
      'Realname1',
    );
    await edit('Well, @Student 2');
    const shown = (await here.must('room.sync', { code, from: 0 })).claims[0];
    expect(shown).toMatchObject({
      ...{ text: 'Well, @Student 2', mentions: [{ id: self.id, name: 'Student 2' }] },
    });
  });

  test('[C6] what waits or is hidden reaches its author and moderators and nobody else', async () => {
    const database = await open();
    const world = await start(database);
    const { owner, code, seen, claimed, say } = await room(world);
    const [ann, bob] = [await person(world), await person(world)];
    for (const one of [ann, bob]) await one.must('room.join', { code });
    await train(owner, code);
    const policy = { action: 'policy', code, wait: true } as const;
    expect(await ann.ask('claims.moderate', policy)).toMatchObject({ reason: 'not-allowed' });
    await owner.must('claims.moderate', policy);
    const claim = await say(ann, EVERYTHING, 'SECRET one');
    const what = { kind: 'claim', id: claim } as const;
    expect(await say(owner, VERDICT, 'Of a moderator')).toBe((await seen()).claims[0]?.id);
    await until(
      () => bob.deltas.flatMap((d) => d.withheld).at(-1),
      (w) => w?.why === 'waiting',
    );
    const texts = async (who: Person) => {
      const { claims, replies } = await who.must('claims.queue', { code });
      return [...claims, ...replies].map((c) => [c.why, c.text]);
    };
    expect(await texts(ann)).toEqual([['waiting', 'SECRET one']]);
    expect(await texts(owner)).toEqual([['waiting', 'SECRET one']]);
    expect(await texts(bob)).toEqual([]);
    expect(await bob.ask('claim.history', { claim })).toMatchObject({ reason: 'not-found' });
    expect(await bob.ask('claims.moderate', { action: 'approve', what })).toMatchObject({
      reason: 'not-allowed',
    });

    // Words that nobody approved do not come in through an edit, nor through the history after it.
    await ann.must('claim.edit', { claim, text: 'Fair', evidence: 1e6 });
    await owner.must('claims.moderate', { action: 'approve', what });
    await owner.must('claims.moderate', { action: 'approve', what });
    expect(await claimed(claim)).toMatchObject({ text: 'Fair' });
    expect((await bob.must('claim.history', { claim })).map((v) => v.text)).toEqual(['Fair']);
    await ann.must('claim.edit', { claim, text: 'SECRET two', evidence: 1e6 });
    expect(await texts(owner)).toEqual([['waiting', 'SECRET two']]);
    await owner.must('claims.moderate', { action: 'hide', what, reason: 'Off the subject' });
    await owner.must('claims.moderate', { action: 'approve', what });
    expect((await seen()).claims.map((c) => c.text)).toEqual(['Of a moderator']);
    const [own] = (await ann.must('claims.queue', { code })).claims;
    expect(own).toMatchObject({ why: 'hidden', reason: 'Off the subject' });
    await ann.must('claim.edit', { claim, text: 'Fair again', evidence: 1e6 });
    await owner.must('claims.moderate', { action: 'unhide', what });
    await owner.must('claims.moderate', { action: 'approve', what });
    expect(await claimed(claim)).toMatchObject({ text: 'Fair again' });
    expect((await bob.must('claim.history', { claim })).map((v) => v.text)).toEqual(['Fair again']);

    const { reply } = await bob.must('claim.reply', { claim, text: 'SECRET three' });
    expect(await claimed(claim)).toMatchObject({ replies: [], waiting: 1 });
    expect(await texts(bob)).toEqual([['waiting', 'SECRET three']]);
    expect(await texts(ann)).toEqual([]);
    const told = JSON.stringify([bob.deltas, await seen(), await resultsJson(database.db, code)]);
    expect(told).not.toContain('SECRET');
    await owner.must('claims.moderate', { action: 'approve', what: { kind: 'reply', id: reply } });
    expect((await claimed(claim)).replies).toMatchObject([{ text: 'SECRET three' }]);

    const log = await owner.must('claims.log', { code });
    expect(log.map((entry) => entry.action).reverse()).toEqual([
      ...['wait', 'approve', 'hide', 'approve', 'unhide', 'approve', 'approve'],
    ]);
    expect(log.find((entry) => entry.action === 'hide')).toMatchObject({
      ...{ reason: 'Off the subject', what, text: 'Fair again' },
    });
    expect(await bob.ask('claims.log', { code })).toMatchObject({ reason: 'not-allowed' });
  });
});
