import { createRequire } from 'node:module';
import path from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { HYPER, type Pack } from '../programs/program.ts';
import { grokking } from '../studies/grokking.ts';
import { type Carried, carriedOf, packCarried, statesFrom, unpackCarried } from './carried.ts';
import type { Engine, RunResult, RunState } from './engine.ts';
import { openEngine } from './open.ts';

let engine: Engine;
beforeAll(async () => {
  const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  engine = await openEngine({ backend: 'wasm', wasmPath: `${path.dirname(wasm)}/` });
});

const config = {
  ...{ modulus: 11, width: 12, fraction: 0.6, learningRate: 0.01, weightDecay: 1, steps: 240 },
};

/** Trains on; handed over at the first committed step from `until` on, if that is before the end. */
async function leg(
  pack: Pack,
  from: Carried | null,
  until: number,
): Promise<Carried | readonly RunResult[]> {
  const states = from === null ? undefined : statesFrom(pack, from);
  const training = await engine.start(pack, states);
  try {
    while (!(await training.advance())) {
      const carried = carriedOf(await training.checkpoint());
      if (carried === null || carried.step < until) continue;
      // In mid-segment, as whoever is killed: what it trained since is lost with it.
      await training.advance();
      const sent = unpackCarried(pack.program, packCarried(carried));
      if (sent === null) throw new Error('What was packed is not whole.');
      return sent;
    }
    return training.results();
  } finally {
    training.dispose();
  }
}

async function inLegs(pack: Pack, moves: readonly number[]): Promise<readonly RunResult[]> {
  let at: Carried | null = null;
  for (const until of [...moves, Number.POSITIVE_INFINITY]) {
    const next: Carried | readonly RunResult[] = await leg(pack, at, until);
    if ('step' in next) at = next;
    else return next;
  }
  throw new Error('It never ended.');
}

const numbers = (runs: readonly RunResult[]) =>
  runs.map(({ id, series, outcome, hashes }) => ({ id, series, outcome, hashes }));

describe('[L11] a run that moves', () => {
  test.each([false, true])(
    'ends with the bits of one machine after three legs, null %s',
    async (isNull) => {
      const { program, hyper } = grokking.plan(config, { null: isNull });
      const runs = [3, 4].map((seed) => ({ id: `r${seed}`, seed, hyper }));
      const pack = { program, runs };
      const whole = numbers(await inLegs(pack, []));
      expect(numbers(await inLegs(pack, [60, 150]))).toEqual(whole);
      expect(whole[0]?.hashes.length).toBeGreaterThan(3);
      // It would not from any other state: another leg's numbers are not taken for these.
      const half = await leg(pack, null, 120);
      if (!('step' in half)) throw new Error('It ended early.');
      const [first] = half.runs;
      const W1 = first?.arrays?.W1?.map((w, i) => (i === 0 ? w * (1 + 2 ** -20) : w));
      const moved = half.runs.map((run, r) =>
        r === 0 && W1 !== undefined ? { ...run, arrays: { ...run.arrays, W1 } } : run,
      );
      const other = await leg(pack, { ...half, runs: moved }, Number.POSITIVE_INFINITY);
      if ('step' in other) throw new Error('It did not end.');
      expect(numbers(other)[0]).not.toEqual(whole[0]);
      expect(numbers(other)[1]).toEqual(whole[1]);
    },
  );

  test('takes along a run that diverged, whose numbers stay, beside one that does not', async () => {
    const program = {
      ...{ kind: 'linear' as const, width: 3, depth: 2, singularValues: [1, 0.5, 0.2] },
      ...{ init: 'aligned' as const, observe: ['loss' as const] },
      ...{ steps: 400, recordEvery: 10, checkpointEvery: 20 },
    };
    const pack: Pack = {
      program,
      runs: [
        { id: 'calm', seed: 1, hyper: { ...HYPER, learningRate: 0.05 } },
        { id: 'wild', seed: 1, hyper: { ...HYPER, learningRate: 5 } },
      ],
    };
    const whole = numbers(await inLegs(pack, []));
    expect(whole.map(({ outcome }) => outcome.kind)).toEqual(['completed', 'diverged']);
    expect(numbers(await inLegs(pack, [100, 250]))).toEqual(whole);
  });
});

test('what is packed comes back, and bytes that are not whole do not', () => {
  const program = grokking.plan(config, { null: false }).program;
  const floats = fc.float32Array({ minLength: 3, maxLength: 3, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(floats, floats), { minLength: 1, maxLength: 3 }), (all) => {
      const runs = all.map(([loss, W1], r) => ({
        ...{ id: `r${r}`, diverged: null, arrays: { W1 } },
        series: { steps: Float32Array.from([0, 2, 4]), columns: { loss } },
        hashes: [{ step: 0, sha256: String(r).repeat(64) }],
      }));
      const packed = packCarried({ step: 4, runs });
      expect(unpackCarried(program, packed)).toEqual({ step: 4, runs });
      for (const part of ['values', 'hashes', 'states'] as const)
        expect(unpackCarried(program, { ...packed, [part]: packed[part].slice(4) })).toBeNull();
    }),
  );
});

test('only a step that all runs committed is handed over, and nothing at the start', () => {
  const state = (id: string, kept: readonly number[], diverged: number | null): RunState => ({
    ...{ id, step: 9, arrays: {} },
    series: { steps: Float32Array.from([0, 4, 8]), columns: { loss: new Float32Array(3) } },
    outcome: diverged === null ? null : { kind: 'diverged', step: diverged },
    hashes: [0, ...kept].map((step) => ({ step, sha256: 'a'.repeat(64) })),
    kept: kept.map((step) => ({ step, arrays: { W1: new Float32Array(1) } })),
  });
  expect(carriedOf([state('a', [], null)])).toBeNull();
  expect(carriedOf([state('a', [4, 8], null), state('b', [4], null)])?.step).toBe(4);
  // A run that had not diverged by then is one that trains.
  const both = carriedOf([state('a', [4], null), state('b', [4], 8)]);
  expect(both?.runs.map(({ diverged }) => diverged)).toEqual([null, null]);
  const later = carriedOf([state('a', [4, 8], null), state('b', [4], 8)]);
  expect(later?.runs.map(({ diverged, arrays }) => [diverged, arrays === null])).toEqual([
    [null, false],
    [8, true],
  ]);
});
