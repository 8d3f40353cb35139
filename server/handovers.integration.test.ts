/**
 * Runs that move between volunteers, with real training and the coordinator's own verifier: what is handed
 * over, who may go on from it, and what becomes of it when somebody forged.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { numericClassOf } from '../compute/engines/canary.ts';
import {
  type Carried,
  carriedOf,
  packCarried,
  statesFrom,
  unpackCarried,
} from '../compute/engines/carried.ts';
import type { Engine, RunResult, RunState } from '../compute/engines/engine.ts';
import { openEngine } from '../compute/engines/open.ts';
import { packResults } from '../compute/engines/result-bytes.ts';
import { attempts, handovers, runs as runTable } from '../db/schema.ts';
import {
  device,
  type kinds,
  openTestDatabase,
  PLAIN,
  person,
  start,
  until,
} from './coordinator.testkit.ts';
import { resultsJson } from './exports.ts';
import { pointCard } from './point-card.ts';
import type { Ask, Lease, RequestInput } from './protocol.ts';
import { answerTo, trained } from './trained.testkit.ts';

let engine: Engine;
let numericClass: string;
beforeAll(async () => {
  const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  engine = await openEngine({ backend: 'wasm', wasmPath: `${path.dirname(wasm)}/` });
  numericClass = await numericClassOf(engine);
});

type Person = Awaited<ReturnType<typeof person>>;

const opening: RequestInput<'investigation.open'> = {
  ...{ study: 'edge-of-stability', title: 'Long', null: false },
  grid: {
    params: { ...PLAIN, learningRate: [0.2], width: [6], steps: [400] },
    seeds: [1, 2],
  },
};

const report = () => ({ ...device, backend: 'wasm' as const, numericClass });

function fromOf({ pack, from }: Lease): readonly RunState[] | undefined {
  if (from === null) return undefined;
  const carried = unpackCarried(pack.program, from);
  if (carried === null) throw new Error('What was leased is not whole.');
  return statesFrom(pack, carried);
}

/** Trains a lease from where it begins up to a step at least; the states then. */
async function trainedTo(lease: Lease, step: number): Promise<readonly RunState[]> {
  const training = await engine.start(lease.pack, fromOf(lease));
  while (training.step < step && !(await training.advance()));
  const states = await training.checkpoint();
  training.dispose();
  return states;
}

async function finished(
  lease: Lease,
  states: readonly RunState[] | undefined = fromOf(lease),
): Promise<readonly RunResult[]> {
  return await trained(engine, lease, states);
}

function handoverOf(lease: Lease, carried: Carried | null): RequestInput<'lease.handover'> {
  if (carried === null) throw new Error('There is nothing to hand over.');
  const { shard, attempt } = lease;
  return { shard, attempt, device: report(), ...packCarried(carried) };
}

const resultOf = (
  { shard, attempt }: Lease,
  runs: readonly RunResult[],
): RequestInput<'result.submit'> => ({
  ...{ shard, attempt, device: report(), seconds: 1 },
  ...packResults(runs),
});

async function show(
  who: Person,
  asks: readonly Ask[],
  runs: readonly Pick<RunState, 'id' | 'kept'>[],
): Promise<void> {
  for (const ask of asks) await who.must('audit.answer', answerTo(ask, runs));
}

async function room(kind: keyof typeof kinds, verify = true) {
  const database = await openTestDatabase(kind);
  const { db } = database;
  const world = await start(database, { verify, handoverMs: 100 });
  const owner = await person(world);
  const { code } = await owner.must('investigation.open', opening);
  await owner.must('room.join', { code });
  const lease = async (who: Person) => await who.must('lease.request', { code, device: report() });
  const states = async () => (await db.select().from(handovers)).map((h) => h.state);
  const progress = (ok: (p: { runs: number; verified: number; withdrawn: number }) => boolean) =>
    until(
      () => owner.deltas.at(-1)?.progress ?? { runs: 0, verified: 0, withdrawn: 0 },
      (p) => ok(p),
    );
  /** Trains to a step, hands over, shows what is asked for, and is gone when it is verified. */
  async function carry(step: number, change = (c: Carried | null) => c) {
    const who = await person(world);
    const leased = await lease(who);
    const reached = await trainedTo(leased, step);
    const given = handoverOf(leased, change(carriedOf(reached)));
    const { asks } = await who.must('lease.handover', given);
    await show(who, asks, reached);
    const before = (await states()).length;
    return { who, leased, given, asks, reached, before };
  }
  const verified = (n: number) =>
    until(states, (all) => all.filter((s) => s === 'valid').length === n);
  return { world, db, owner, code, lease, states, progress, carry, verified };
}

async function gone(who: Person): Promise<void> {
  who.socket.disconnect();
}

describe.each(['PGlite', 'PostgreSQL'] as const)('on %s', (kind) => {
  test('[L11] [V6] three volunteers carry a shard in turn, and it ends with the bits of one machine and an unbroken chain', async () => {
    const { db, code, lease, world, carry, verified, progress } = await room(kind);
    const first = await carry(130);
    expect(first.leased.from).toBeNull();
    // A segment that ends with a state that was handed over, and others.
    expect(first.asks.some(({ to }) => to === first.given.step)).toBe(true);
    expect(first.asks.some(({ to }) => to !== first.given.step)).toBe(true);
    await verified(1);
    await gone(first.who);
    const second = await until(
      async () => await carry(260).catch(() => null),
      (c) => c !== null,
    );
    if (second === null) throw new Error('Nobody could go on.');
    expect(second.leased).toMatchObject({ shard: first.leased.shard, attempt: 2 });
    expect(second.leased.from?.step).toBe(first.given.step);
    await verified(2);
    await gone(second.who);
    const cleo = await person(world);
    const third = await until(
      async () => await lease(cleo).catch(() => null),
      (l) => l !== null,
    );
    if (third === null) throw new Error('Nobody could go on.');
    expect(third.from?.step).toBe(second.given.step);
    const results = await finished(third);
    const alone = await finished({ ...third, from: null });
    expect(results.map(({ kept, ...run }) => run)).toEqual(alone.map(({ kept, ...run }) => run));
    const { asks, outcome } = await cleo.must('result.submit', resultOf(third, results));
    expect(outcome).toBe('accepted');
    // Her own segments alone: the others answered for theirs.
    expect(Math.min(...asks.map(({ from }) => from))).toBeGreaterThanOrEqual(second.given.step);
    await show(cleo, asks, results);
    await progress((p) => p.verified === 2);
    const card = await pointCard(db, third.pack.runs[0]?.id ?? '');
    expect(card?.broken).toBeNull();
    expect(card?.legs.map(({ attempt, from, to }) => [attempt, from, to])).toEqual([
      [1, 0, first.given.step],
      [2, first.given.step, second.given.step],
      [3, second.given.step, 400],
    ]);
    const file = JSON.parse(JSON.stringify(await resultsJson(db, code)));
    expect(file.runs[0]).toMatchObject({ broken: null, legs: [{ from: 0 }, {}, { to: 400 }] });
    // Nobody needs the states any more.
    expect((await db.select().from(handovers)).map((h) => h.states)).toEqual([null, null]);
    // A hash rewritten in the database breaks the chain, and the card says so.
    const [row] = await db
      .select()
      .from(runTable)
      .where(eq(runTable.id, card?.run ?? ''));
    const rewritten = Uint8Array.from(row?.hashes ?? []);
    const at = card?.checkpoints.findIndex(({ step }) => step === first.given.step) ?? 0;
    rewritten[32 * at] = (rewritten[32 * at] ?? 0) ^ 1;
    await db
      .update(runTable)
      .set({ hashes: rewritten })
      .where(eq(runTable.id, card?.run ?? ''));
    expect((await pointCard(db, card?.run ?? ''))?.broken).toContain(`step ${first.given.step}`);
  });

  test('[V6] a leg whose states were not trained is found before anybody goes on, and its device gets no more', async () => {
    const { world, code, carry, states, lease } = await room(kind);
    const forger = await person(world);
    const leased = await lease(forger);
    const reached = await trainedTo(leased, 130);
    // The committed states of the last checkpoint are half of what training gives.
    const step = carriedOf(reached)?.step ?? 0;
    const { hashOf } = await import('../compute/engines/state-bytes.ts');
    const forged = reached.map((run) => {
      const kept = (run.kept ?? []).map((k) =>
        k.step === step
          ? {
              step,
              arrays: Object.fromEntries(
                Object.entries(k.arrays).map(([n, a]) => [n, a.map((v) => v / 2)]),
              ),
            }
          : k,
      );
      const own = kept.find((k) => k.step === step);
      const sha256 = own === undefined ? '' : hashOf(own.arrays);
      return {
        ...run,
        kept,
        hashes: run.hashes.map((h) => (h.step === step ? { step, sha256 } : h)),
      };
    });
    const given = handoverOf(leased, carriedOf(forged));
    const { asks } = await forger.must('lease.handover', given);
    await show(forger, asks, forged);
    await until(states, (all) => all[0] === 'undone' || all[0] === 'declined');
    expect(await forger.ask('lease.request', { code, device: report() })).toMatchObject({
      reason: 'not-allowed',
    });
    await gone(forger);
    const next = await until(
      async () => await carry(130).catch(() => null),
      (c) => c !== null,
    );
    expect(next?.leased).toMatchObject({ shard: leased.shard, from: null });
  });

  test('[V5] whose states are not the committed ones loses the handover alone, and hands over no more', async () => {
    const { world, lease, states, progress } = await room(kind);
    const ann = await person(world);
    const leased = await lease(ann);
    const reached = await trainedTo(leased, 130);
    const { asks } = await ann.must('lease.handover', handoverOf(leased, carriedOf(reached)));
    // While one is being verified, no other is taken, and the same is asked again.
    const later = await trainedTo(leased, 260);
    const more = handoverOf(leased, carriedOf(later));
    expect(new Set((await ann.must('lease.handover', more)).asks)).toEqual(new Set(asks));
    const other = reached.map((run) => ({
      ...run,
      kept: (run.kept ?? []).map((k) => ({ ...k, arrays: { W1: new Float32Array(12) } })),
    }));
    await expect(show(ann, asks, other)).rejects.toThrow('not the states that were committed');
    expect(await states()).toEqual(['declined']);
    expect(await ann.ask('lease.handover', more)).toMatchObject({ reason: 'not-allowed' });
    // Its result counts all the same, and is drawn from as a whole.
    const results = await finished(leased);
    const last = await ann.must('result.submit', resultOf(leased, results));
    expect(last.outcome).toBe('accepted');
    await show(ann, last.asks, results);
    await progress((p) => p.verified === 2);
  });

  test('[V4] [L12] who is found to forge takes along what others made of its leg, at no cost to them', async () => {
    const { world, db, code, carry, verified, lease, progress } = await room(kind);
    const first = await carry(130);
    await verified(1);
    await gone(first.who);
    const ann = await person(world);
    const leased = await until(
      async () => await lease(ann).catch(() => null),
      (l) => l !== null,
    );
    if (leased === null) throw new Error('Nobody could go on.');
    const results = await finished(leased);
    const { asks } = await ann.must('result.submit', resultOf(leased, results));
    await show(ann, asks, results);
    await progress((p) => p.verified === 2);
    // The first device forges elsewhere, and is found.
    const { code: other } = await ann.must('investigation.open', opening);
    const back = await person(world, first.who.deviceKey);
    const bad = await back.must('lease.request', { code: other, device: report() });
    const runs = await finished(bad);
    const forged = runs.map((run) => ({
      ...run,
      series: {
        ...run.series,
        columns: { ...run.series.columns, loss: run.series.steps.map(() => 0.5) },
      },
    }));
    const { asks: more } = await back.must('result.submit', resultOf(bad, forged));
    await show(back, more, forged);
    await progress((p) => p.runs === 0 && p.withdrawn === 1);
    const rows = await db.select().from(attempts).where(eq(attempts.shard, leased.shard));
    expect(rows.find((r) => r.number === leased.attempt)?.state).toBe('undone');
    // Ann did nothing wrong, and begins at the seeds.
    const again = await ann.must('lease.request', { code, device: report() });
    expect(again).toMatchObject({ shard: leased.shard, from: null });
    const anew = await finished(again);
    const { asks: last } = await ann.must('result.submit', resultOf(again, anew));
    await show(ann, last, anew);
    await progress((p) => p.verified === 2);
  });

  test('[L11] what does not go on from what was handed over is refused, and a handover changes nothing else', async () => {
    const { world, code, carry, verified, lease, states } = await room(kind, false);
    const first = await carry(130);
    await verified(1);
    // Of one attempt, half the time between two must pass; a stranger cannot hand over at all.
    const stranger = await person(world);
    expect(await stranger.ask('lease.handover', first.given)).toMatchObject({
      reason: 'not-found',
    });
    expect(await stranger.ask('lease.request', { code, device })).toMatchObject({
      reason: 'no-work',
    });
    await gone(first.who);
    const ann = await person(world);
    const leased = await until(
      async () => await lease(ann).catch(() => null),
      (l) => l !== null,
    );
    if (leased === null) throw new Error('Nobody could go on.');
    const honest = await trainedTo(leased, 260);
    const carried = carriedOf(honest);
    if (carried === null) throw new Error('There is nothing to hand over.');
    const spoilt = {
      ...carried,
      runs: carried.runs.map((run) => ({
        ...run,
        series: {
          ...run.series,
          columns: { ...run.series.columns, loss: run.series.steps.map(() => 0.5) },
        },
      })),
    };
    const refused = await ann.ask('lease.handover', handoverOf(leased, spoilt));
    expect(refused).toMatchObject({ reason: 'invalid-result' });
    const wrongState = {
      ...carried,
      runs: carried.runs.map((run) => ({ ...run, arrays: { W1: new Float32Array(3) } })),
    };
    expect(await ann.ask('lease.handover', handoverOf(leased, wrongState))).toMatchObject({
      message: expect.stringContaining('committed last'),
    });
    expect(await states()).toEqual(['valid']);
    // From the seeds on another path: valid by itself, but not what it was leased to go on with.
    const results = await finished({ ...leased, from: null });
    const other = results.map((run) => ({
      ...run,
      series: {
        ...run.series,
        columns: {
          ...run.series.columns,
          loss: (run.series.columns.loss ?? new Float32Array()).map((v) => v * 1.001),
        },
      },
    }));
    expect(await ann.ask('result.submit', resultOf(leased, other))).toMatchObject({
      reason: 'invalid-result',
      message: expect.stringContaining('does not go on from'),
    });
  });
});
