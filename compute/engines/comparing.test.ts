/** Comparisons beside a reference written here: forward passes, neighbours by sorting, CKA by its definition. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';
import { stateLength } from '../programs/cost.ts';
import { madeSet } from '../programs/data.ts';
import { initialMlp } from '../programs/mlp.ts';
import {
  COMPARING,
  type ComparisonSpec,
  drawnBy,
  HYPER,
  MLP,
  type MlpSpec,
  type Pack,
  type RunInput,
} from '../programs/program.ts';
import { expectCompared, type Forward, finished, near } from './comparing.testkit.ts';
import { openEngine } from './open.ts';
import { firstRow, replaySegment } from './replay.ts';
import { hashOf } from './state-bytes.ts';

const wasmPath = `${path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`;
const engine = await openEngine({ backend: 'wasm', wasmPath });

const [SAMPLES, TRAIN, PROBE, K, CLASSES] = [72, 40, 32, 5, 3];
const data = { kind: 'clusters', seed: 4, samples: SAMPLES, spread: 0.6 } as const;
const hyper = { ...HYPER, learningRate: 0.2 };

function network(width: number, draw: number): MlpSpec {
  const layers = [6, width, CLASSES];
  return {
    ...{ ...MLP, layers, activation: 'relu', loss: 'cross-entropy', data, draw },
    scales: layers.slice(1).map((_, l) => ({
      ...{ std: 1 / Math.sqrt(layers[l] ?? 1), rate: 1, bias: { std: 0.1, rate: 1 } },
    })),
    train: { count: TRAIN, draw: 'first' },
    observe: ['loss'],
    ...{ steps: 30, recordEvery: 10, checkpointEvery: 10 },
  };
}
// Wide enough that no two samples turn on one unit alone, whose cosines would tie.
const of = [network(24, 0), network(16, 1)] as const;
const comparison: ComparisonSpec = {
  ...{ ...COMPARING, of, pairing: 'same', neighbours: K },
  probe: { from: TRAIN, count: PROBE },
};

async function trained(program: MlpSpec, seed: number): Promise<RunInput> {
  const { kept = [], hashes } = await finished(engine, {
    program,
    runs: [{ id: 'a', seed, hyper }],
  });
  const [state, hash] = [kept.at(-1)?.arrays, hashes.at(-1)];
  return { seed, hyper, sha256: hash?.sha256 ?? null, state };
}

/** Hidden layer and outputs on the probe, sample by sample. */
function forward(program: MlpSpec, weights: readonly Float32Array[]): Forward {
  const { x, y } = madeSet(data, 6, CLASSES);
  const rows = Array.from({ length: PROBE }, (_, i) => TRAIN + i);
  const through = (input: number[], w: Float32Array, out: number) =>
    Array.from({ length: out }, (_, j) =>
      [...input, 1].reduce((sum, v, k) => sum + v * (w[k * out + j] ?? 0), 0),
    );
  return rows.map((row) => {
    const input = [...x.slice(row * 6, row * 6 + 6)];
    const [first = new Float32Array(), second = new Float32Array()] = weights;
    const hidden = through(input, first, program.layers[1] ?? 0).map((z) => Math.max(0, z));
    const label = [...y.slice(row * CLASSES, (row + 1) * CLASSES)].indexOf(1);
    return { hidden, label, outputs: through(hidden, second, CLASSES) };
  });
}
const weightsOf = (program: MlpSpec, { seed, state }: RunInput, drawn: boolean) =>
  drawn
    ? initialMlp(program, drawnBy(program, seed), 1)
    : [state?.W1 ?? new Float32Array(), state?.W2 ?? new Float32Array()];

test('a comparison records what two networks share as they were drawn, and as they were trained', async () => {
  const inputs = [await trained(of[0], 7), await trained(of[1], 7)];
  const result = await finished(engine, {
    program: comparison,
    runs: [{ id: 'pair', seed: 7, hyper: HYPER, inputs }],
  });
  for (const [row, drawn] of [true, false].entries()) {
    const [a, b] = of.map((program, i) =>
      forward(program, weightsOf(program, inputs[i] as RunInput, drawn)),
    ) as [Forward, Forward];
    const shared = expectCompared(result, row, [a, b], K);
    if (!drawn) expect([...(result.kept?.at(-1)?.arrays.shared ?? [])]).toEqual(shared);
  }
  expect(result.hashes.map((h) => h.step)).toEqual([0, 1]);
});

test('with another sample of the class, it records what knowing the class alone makes', async () => {
  const inputs = [await trained(of[0], 7), await trained(of[1], 7)];
  const { series } = await finished(engine, {
    program: comparison,
    runs: [{ id: 'pair', seed: 7, hyper: HYPER, inputs }],
  });
  const [a, b] = of.map((p, i) => forward(p, weightsOf(p, inputs[i] as RunInput, false))) as [
    Forward,
    Forward,
  ];
  const other = a.map(({ label }, i) => {
    const own = a.flatMap((s, j) => (s.label === label ? [j] : []));
    return own[(own.indexOf(i) + 1) % own.length] ?? i;
  });
  const [m, n] = [near(a, K), near(b, K)];
  const total = m.reduce(
    (s, own, i) => s + [...own].filter((j) => n[other[i] ?? 0]?.has(other[j] ?? 0)).length,
    0,
  );
  expect(series.columns.classAlignment?.[1]).toBeCloseTo(total / (K * PROBE), 6);
});

test('shuffled, two networks share what chance makes them share, k/(n − 1)', async () => {
  const program: ComparisonSpec = { ...comparison, pairing: 'shuffled' };
  const shares: number[] = [];
  for (let seed = 1; seed <= 20; seed++) {
    const inputs = [await trained(of[0], seed), await trained(of[1], seed)];
    const { series } = await finished(engine, {
      program,
      runs: [{ id: 'pair', seed, hyper: HYPER, inputs }],
    });
    shares.push(series.columns.alignment?.[1] ?? Number.NaN);
  }
  const mean = shares.reduce((s, v) => s + v, 0) / shares.length;
  const sd = Math.sqrt(shares.reduce((s, v) => s + (v - mean) ** 2, 0) / (shares.length - 1));
  expect(Math.abs(mean - K / (PROBE - 1))).toBeLessThan((4 * sd) / Math.sqrt(shares.length));
});

test('its one segment is replayed to the same bits, from states that are fetched by their hashes', async () => {
  const inputs = [await trained(of[0], 7), await trained(of[1], 7)];
  const run = { id: 'pair', seed: 7, hyper: HYPER, inputs };
  const { series, hashes } = await finished(engine, { program: comparison, runs: [run] });
  const bare = inputs.map(({ state: _, ...input }) => input);
  const fetching = await openEngine({
    ...{ backend: 'cpu', wasmPath },
    states: async (sha256) => inputs.find((i) => i.sha256 === sha256)?.state ?? {},
  });
  const replayed = await replaySegment(fetching, {
    ...{ program: comparison, run: { ...run, inputs: bare } },
    ...{ from: null, first: firstRow(series), to: 1 },
  });
  expect(hashOf(replayed.start)).toBe(hashes[0]?.sha256);
  expect(hashOf(replayed.end ?? {})).toBe(hashes[1]?.sha256);
  expect(replayed.rows).toEqual(series.columns);
});

test('what a last state weighs is known before it is trained, with either optimizer', async () => {
  for (const optimizer of ['descent', 'adam'] as const) {
    const program: MlpSpec = { ...of[0], optimizer };
    const momentum = { ...hyper, momentum: 0.9 };
    const pack = { program, runs: [{ id: 'a', seed: 1, hyper: momentum }] };
    const { kept = [] } = await finished(engine, pack);
    const arrays = Object.values(kept.at(-1)?.arrays ?? {});
    expect(arrays.reduce((n, a) => n + a.length, 0)).toBe(stateLength(program));
  }
});

test('a state that is not the committed one is refused, and a network that ran away has none', async () => {
  const inputs = [await trained(of[0], 7), await trained(of[1], 7)];
  const forged = {
    ...inputs[0],
    state: { W1: new Float32Array(7 * 24), W2: new Float32Array(25 * 3) },
  };
  const pack = (first: RunInput): Pack => ({
    program: comparison,
    runs: [{ id: 'pair', seed: 7, hyper: HYPER, inputs: [first, inputs[1] as RunInput] }],
  });
  await expect(finished(engine, pack(forged as RunInput))).rejects.toThrow(/committed/);
  const { outcome } = await finished(engine, pack({ seed: 7, hyper, sha256: null }));
  expect(outcome).toEqual({ kind: 'diverged', step: 0 });
});
