/**
 * Stages, with real training: networks of one stage are compared by runs of the next, which wait for them,
 * are given their committed states, are replayed like any other, and leave when one of them does.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { numericClassOf } from '../compute/engines/canary.ts';
import { openEngine } from '../compute/engines/open.ts';
import { packState } from '../compute/engines/state-bytes.ts';
import { servedStates } from '../compute/engines/states.ts';
import { COMPARISON_COLUMNS } from '../compute/programs/program.ts';
import { localFiles } from '../data/local.ts';
import {
  device,
  type kinds,
  openTestDatabase,
  person,
  start,
  until,
  type World,
} from './coordinator.testkit.ts';
import type { Lease, RequestInput } from './protocol.ts';
import { resultOf, show, trained } from './trained.testkit.ts';

const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
const wasmPath = `${path.dirname(wasm)}/`;
const files = localFiles();
let numericClass: string;
beforeAll(async () => {
  numericClass = await numericClassOf(await openEngine({ backend: 'wasm', wasmPath }));
});

type Person = Awaited<ReturnType<typeof person>>;

/** Two widths of training on either half, and a pair of each: six runs in six cells. */
const opening: RequestInput<'investigation.open'> = {
  ...{ study: 'universal-representations', title: 'Stages', null: false },
  grid: {
    params: {
      ...{ leftNetwork: ['mlp'], left: [4], rightNetwork: ['convolutional'], right: [2] },
      updates: [2, 3],
    },
    seeds: [1],
  },
};

const report = () => ({ ...device, numericClass });

async function room(kind: keyof typeof kinds) {
  const world = await start(await openTestDatabase(kind), { verify: true });
  const engine = await openEngine({
    ...{ backend: 'wasm', wasmPath, files },
    states: servedStates(world.url),
  });
  const owner = await person(world);
  const { code } = await owner.must('investigation.open', opening);
  await owner.must('room.join', { code });
  const progress = (ok: (p: { runs: number; verified: number; withdrawn: number }) => boolean) =>
    until(
      () => owner.deltas.at(-1)?.progress ?? { runs: 0, verified: 0, withdrawn: 0 },
      (p) => ok(p),
    );
  const lease = (who: Person) => who.must('lease.request', { code, device });
  /** Trains a lease, submits it and shows what is asked for. */
  const give = async (who: Person, mine: Lease) => {
    const runs = await trained(engine, mine);
    const { asks } = await who.must('result.submit', resultOf(mine, runs, report()));
    expect(await show(who, asks, runs)).toBe('shown');
    return { runs, asks };
  };
  /** Waits until somebody may compare. */
  const compare = (who: Person) =>
    until(
      async () => {
        const reply = await who.ask('lease.request', { code, device });
        return reply.ok ? reply.value : null;
      },
      (found) => found !== null,
    ) as Promise<Lease>;
  return { world, engine, owner, code, progress, lease, give, compare };
}

const stateAt = (world: World, sha256: string) =>
  fetch(`${world.url}/api/states/${sha256}/state.bin`);

const keyOf = ({ shard, attempt }: Lease) => ({ shard, attempt });

/** What a pack trains: the half and length of training, or "pair". */
const whatOf = ({ pack: { program } }: Lease) =>
  'data' in program && program.data.kind === 'mnist'
    ? `${program.data.half} ${program.steps}`
    : program.kind;

describe.each(['PGlite', 'PostgreSQL'] as const)('on %s', { timeout: 180_000 }, (kind) => {
  test('[T1] [T2] pairs wait until both their networks are verified, and are compared by their committed states', async () => {
    const { world, code, progress, lease, give, compare, owner } = await room(kind);
    const ann = await person(world);
    const leases = [await lease(ann), await lease(ann), await lease(ann), await lease(ann)];
    expect(leases.map(whatOf)).toEqual(['left 2', 'left 3', 'right 2', 'right 3']);
    // Nothing else: the pairs wait, and the room is told of no next cell.
    expect(await ann.ask('lease.request', { code, device })).toMatchObject({ reason: 'no-work' });
    expect((await owner.must('room.join', { code })).presence.next).toBeNull();
    const [left, , right] = leases as [Lease, Lease, Lease, Lease];
    const first = await give(ann, left);
    await progress((p) => p.verified === 1);
    // One of two is not enough.
    expect(await ann.ask('lease.request', { code, device })).toMatchObject({ reason: 'no-work' });
    const second = await give(ann, right);
    const pair = await compare(ann);
    expect(whatOf(pair)).toBe('comparison');
    const ends = [first, second].map(({ runs }) => runs[0]?.hashes.at(-1)?.sha256);
    expect(pair.pack.runs.map((run) => run.inputs?.map((i) => i.sha256))).toEqual([ends]);
    const state = await stateAt(world, ends[0] ?? '');
    const kept = first.runs[0]?.kept?.at(-1)?.arrays ?? {};
    expect(new Uint8Array(await state.arrayBuffer())).toEqual(packState(kept));
    expect((await stateAt(world, 'f'.repeat(64))).status).toBe(404);
    // A divergence at once has no segment to replay: who claims one is refused, as no network ran away.
    await ann.must('lease.release', { ...keyOf(pair), reason: 'stopped' });
    const lazy = await person(world);
    const claimed = await lease(lazy);
    const none = Float32Array.of(Number.NaN);
    const columns = Object.fromEntries(COMPARISON_COLUMNS.map((name) => [name, none] as const));
    const ranAway = claimed.pack.runs.map(({ id }) => ({
      ...{ id, hashes: [], series: { steps: Float32Array.of(0), columns } },
      outcome: { kind: 'diverged' as const, step: 0 },
    }));
    expect(await lazy.ask('result.submit', resultOf(claimed, ranAway, report()))).toMatchObject({
      reason: 'invalid-result',
    });
    await give(ann, await compare(ann));
    await progress((p) => p.runs === 3 && p.verified === 3);
    // Anybody may compute it again from its file.
    const [run] = pair.pack.runs;
    const point = await (await fetch(`${world.url}/api/runs/${run?.id}/point.json`)).json();
    expect(point.plan.inputs.map((i: { sha256: string }) => i.sha256)).toEqual(ends);
  });

  test('[T1] who does not show the last state of a network has no result, but may go on', async () => {
    const { world, engine, progress, lease } = await room(kind);
    const ann = await person(world);
    const mine = await lease(ann);
    const runs = await trained(engine, mine);
    const { asks } = await ann.must('result.submit', resultOf(mine, runs, report()));
    // The acknowledgement got lost: the same is asked again, last state and all.
    const again = await ann.must('result.submit', resultOf(mine, runs, report()));
    expect(new Set(again.asks)).toEqual(new Set(asks));
    const last = asks.find(({ from, to }) => from === 0 && to === mine.pack.program.steps);
    const other = packState({ W1: new Float32Array(3) });
    const reply = await ann.ask('audit.answer', {
      answers: [{ audit: last?.audit ?? '', start: null, end: other.length }],
      states: other,
    });
    expect(reply.ok).toBe(false);
    await progress((p) => p.withdrawn === 1 && p.runs === 0);
    expect((await lease(ann)).shard).toBeDefined();
  });

  test('[T3] [L10] when a network leaves, what was compared with it leaves, and nobody is blamed for that', async () => {
    const { world, engine, owner, code, progress, lease, give, compare } = await room(kind);
    const [eve, bob, ann] = [await person(world), await person(world), await person(world)];
    await give(eve, await lease(eve));
    const spare = await lease(bob);
    await give(bob, await lease(bob));
    await give(bob, await lease(bob));
    const pair = await compare(ann);
    const { runs: compared } = await give(ann, pair);
    await progress((p) => p.verified === 4);
    // Eve is found out by another network.
    const { shard, attempt } = spare;
    await bob.must('lease.release', { shard, attempt, reason: 'stopped' });
    const mine = await lease(eve);
    expect(whatOf(mine)).toBe('left 3');
    const runs = await trained(engine, mine);
    const forged = runs.map((run) => {
      const loss = (run.series.columns.loss ?? new Float32Array()).map((v) => 0.01 * v);
      const columns = { ...run.series.columns, loss };
      return { ...run, series: { ...run.series, columns } };
    });
    const { asks } = await eve.must('result.submit', resultOf(mine, forged, report()));
    await show(eve, asks, forged);
    // Her two networks, and the pair that one of them was in.
    await progress((p) => p.withdrawn === 3 && p.runs === 2);
    const gone = owner.deltas.flatMap((d) => d.gone);
    expect(gone).toContain(compared[0]?.id);
    const { presence } = await owner.must('room.join', { code });
    expect(presence.left).toHaveLength(3);
    const [input] = pair.pack.runs[0]?.inputs ?? [];
    expect((await stateAt(world, input?.sha256 ?? '')).status).toBe(404);
    // Somebody else trains it anew, and the pair is compared anew, by whoever did before.
    await give(bob, await lease(bob));
    await give(bob, await lease(bob));
    const again = await compare(ann);
    expect(whatOf(again)).toBe('comparison');
    await give(ann, again);
    await give(ann, await compare(ann));
    await progress((p) => p.runs === 6 && p.verified === 6);
    expect((await owner.must('room.join', { code })).presence.left).toEqual([]);
  });

  test('[T3] [L10] a lease on what stood on it is lost, and its result is refused', async () => {
    const { world, engine, code, progress, lease, give, compare } = await room(kind);
    const [eve, bob, ann] = [await person(world), await person(world), await person(world)];
    await give(eve, await lease(eve));
    const spare = await lease(bob);
    await give(bob, await lease(bob));
    await give(bob, await lease(bob));
    const pair = await compare(ann);
    const result = await trained(engine, pair);
    const { shard, attempt } = spare;
    await bob.must('lease.release', { shard, attempt, reason: 'stopped' });
    const mine = await lease(eve);
    const runs = await trained(engine, mine);
    const { asks } = await eve.must('result.submit', resultOf(mine, runs, report()));
    // Another state than the committed one of a segment: she cannot show it, and is only without that result …
    const [ask] = asks;
    await eve.ask('audit.answer', {
      answers: [{ audit: ask?.audit ?? '', start: null, end: null }],
      states: new Uint8Array(),
    });
    await progress((p) => p.withdrawn === 1);
    expect(
      await ann.ask('lease.progress', { shard: pair.shard, attempt: pair.attempt, done: 0 }),
    ).toMatchObject({ ok: true });
    // … but a curve that is not that of its states takes everything.
    const next = await lease(eve);
    const nicer = (await trained(engine, next)).map((run) => {
      const loss = (run.series.columns.loss ?? new Float32Array()).map((v) => 0.01 * v);
      return { ...run, series: { ...run.series, columns: { ...run.series.columns, loss } } };
    });
    const { asks: more } = await eve.must('result.submit', resultOf(next, nicer, report()));
    await show(eve, more, nicer);
    await progress((p) => p.withdrawn >= 3);
    expect(
      await ann.ask('lease.progress', { shard: pair.shard, attempt: pair.attempt, done: 0 }),
    ).toMatchObject({ reason: 'lease-lost' });
    expect(await ann.ask('result.submit', resultOf(pair, result, report()))).toMatchObject({
      reason: 'lease-lost',
    });
    expect(await ann.ask('lease.request', { code, device })).toMatchObject({ ok: true });
  });
});
