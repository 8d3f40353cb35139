/**
 * Verification by replay, with real training: an honest volunteer, and others that forge. The verifier
 * is the coordinator's own, with its thread.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { numericClassOf } from '../compute/engines/canary.ts';
import type { Engine } from '../compute/engines/engine.ts';
import { openEngine } from '../compute/engines/open.ts';
import {
  device,
  type kinds,
  openTestDatabase,
  PLAIN,
  person,
  start,
  until,
} from './coordinator.testkit.ts';
import type { RequestInput } from './protocol.ts';
import { resultOf, show, trained } from './trained.testkit.ts';

let engine: Engine;
let numericClass: string;
beforeAll(async () => {
  const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  engine = await openEngine({ backend: 'wasm', wasmPath: `${path.dirname(wasm)}/` });
  numericClass = await numericClassOf(engine);
});

const opening: RequestInput<'investigation.open'> = {
  ...{ study: 'edge-of-stability', title: 'Verified', null: false },
  grid: {
    params: { ...PLAIN, learningRate: [0.2, 0.3], width: [6], steps: [200] },
    seeds: [1, 2],
  },
};

const report = () => ({ ...device, numericClass });

async function room(kind: keyof typeof kinds) {
  const world = await start(await openTestDatabase(kind), { verify: true });
  const owner = await person(world);
  const { code } = await owner.must('investigation.open', opening);
  await owner.must('room.join', { code });
  const progress = (ok: (p: { runs: number; verified: number; withdrawn: number }) => boolean) =>
    until(
      () => owner.deltas.at(-1)?.progress ?? { runs: 0, verified: 0, withdrawn: 0 },
      (p) => ok(p),
    );
  return { world, owner, code, progress };
}

describe.each(['PGlite', 'PostgreSQL'] as const)('on %s', (kind) => {
  test('[V1] [V3] an honest result is asked for, replayed bit by bit, and becomes solid', async () => {
    const { world, owner, code, progress } = await room(kind);
    const ann = await person(world);
    for (;;) {
      const lease = await ann.ask('lease.request', { code, device });
      if (!lease.ok) break;
      const runs = await trained(engine, lease.value);
      const { asks } = await ann.must('result.submit', resultOf(lease.value, runs, report()));
      expect(asks.length).toBeGreaterThan(0);
      // The first acknowledgement got lost: the same is asked again.
      const again = await ann.must('result.submit', resultOf(lease.value, runs, report()));
      expect(again).toMatchObject({ outcome: 'already-accepted' });
      expect(new Set(again.asks)).toEqual(new Set(asks));
      expect(await show(ann, asks, runs)).toBe('shown');
    }
    await progress((p) => p.runs === 4 && p.verified === 4);
    const { runs } = await owner.must('room.sync', { code, from: 0 });
    expect(runs.map((r) => r.verified)).toEqual([true, true, true, true]);
  });

  test('[V4] [S7] a curve that was not trained leaves again with all its device gave, and the device gets no more', async () => {
    const { world, owner, code, progress } = await room(kind);
    const eve = await person(world);
    const lease = await eve.must('lease.request', { code, device });
    const runs = await trained(engine, lease);
    // States and hashes are honest; the curves are nicer than the truth.
    const forged = runs.map((run) => ({
      ...run,
      series: {
        ...run.series,
        columns: {
          ...run.series.columns,
          loss: (run.series.columns.loss ?? new Float32Array()).map((v) => 0.3 * v),
        },
      },
    }));
    const { asks } = await eve.must('result.submit', resultOf(lease, forged, report()));
    expect(await show(eve, asks, forged)).toBe('shown');
    await progress((p) => p.withdrawn === 1 && p.runs === 0);
    expect(await eve.ask('lease.request', { code, device })).toMatchObject({
      reason: 'not-allowed',
    });
    const state = await owner.must('room.sync', { code, from: 0 });
    expect(state.runs).toEqual([]);
    expect(state.cells.map((c) => c.done)).toEqual([0, 0]);
    const gone = owner.deltas.flatMap((d) => d.gone);
    expect(new Set(gone)).toEqual(new Set(runs.map((r) => r.id)));
    const left = async () => (await owner.must('room.join', { code })).presence.left;
    expect(await left()).toHaveLength(runs.length);
    // The shard is open again, for somebody else.
    const ann = await person(world);
    const again = await ann.must('lease.request', { code, device });
    expect(again.shard).toBe(lease.shard);
    const honest = await trained(engine, again);
    const { asks: more } = await ann.must('result.submit', resultOf(again, honest, report()));
    expect(await show(ann, more, honest)).toBe('shown');
    await progress((p) => p.verified === again.pack.runs.length);
    expect(await left()).toEqual([]);
  });

  test('[V5] who cannot show what it committed has no result, but may go on', async () => {
    const { world, code, progress } = await room(kind);
    const [ann, eve] = [await person(world), await person(world)];
    // What somebody else has shown, of another room, stands for nothing here.
    const { code: elsewhere } = await ann.must('investigation.open', opening);
    const hers = await ann.must('lease.request', { code: elsewhere, device });
    const lease = await eve.must('lease.request', { code, device });
    const honest = await trained(engine, hers);
    const first = await ann.must('result.submit', resultOf(hers, honest, report()));
    expect(await show(ann, first.asks, honest)).toBe('shown');
    const runs = await trained(engine, lease);
    const { asks } = await eve.must('result.submit', resultOf(lease, runs, report()));
    const other = runs.map((run) => ({
      ...run,
      kept:
        run.kept?.map((k) => ({ ...k, arrays: { ...k.arrays, W1: new Float32Array(12) } })) ?? [],
    }));
    expect(await show(eve, asks.slice(0, 1), other)).toBe('invalid-result');
    await progress((p) => p.withdrawn === 1 && p.runs === 0);
    expect(await eve.ask('lease.request', { code, device })).toMatchObject({ ok: true });
  });
});
