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
import type { Engine, RunResult } from './engine.ts';
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

async function finished(on: Engine, pack: Pack): Promise<RunResult> {
  const training = await on.start(pack);
  while (!(await training.advance()));
  const [result] = training.results();
  training.dispose();
  if (result === undefined) throw new Error('No run came back.');
  return result;
}

async function trained(program: MlpSpec, seed: number): Promise<RunInput> {
  const { kept = [], hashes } = await finished(engine, {
    program,
    runs: [{ id: 'a', seed, hyper }],
  });
  const [state, hash] = [kept.at(-1)?.arrays, hashes.at(-1)];
  return { seed, hyper, sha256: hash?.sha256 ?? null, state };
}

/** Hidden layer and outputs on the probe, sample by sample. */
function forward(program: MlpSpec, weights: readonly Float32Array[]) {
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
type Forward = ReturnType<typeof forward>;

const lossOf = (all: Forward) =>
  all.reduce((sum, { outputs, label }) => {
    const z = outputs.reduce((s, f) => s + Math.exp(f), 0);
    return sum + Math.log(z) - (outputs[label] ?? 0);
  }, 0) / all.length;
const accuracyOf = (all: Forward) =>
  all.filter(({ outputs, label }) => outputs.indexOf(Math.max(...outputs)) === label).length /
  all.length;

function near(all: Forward): Set<number>[] {
  const cosine = (a: number[], b: number[]) =>
    a.reduce((s, v, j) => s + v * (b[j] ?? 0), 0) / (Math.hypot(...a) * Math.hypot(...b));
  // A sample at which every unit is off points nowhere, and is nobody's neighbour.
  const isOff = (j: number) => all[j]?.hidden.every((v) => v === 0) ?? true;
  return all.map(({ hidden }, i) => {
    if (isOff(i)) return new Set();
    const others = all.map((_, j) => j).filter((j) => j !== i && !isOff(j));
    const by = (j: number) => cosine(hidden, all[j]?.hidden ?? []);
    return new Set(others.sort((p, q) => by(q) - by(p)).slice(0, K));
  });
}

/** Tr(KHLH) over the geometric mean of each with itself, with Gram matrices and the centring matrix. */
function cka(a: Forward, b: Forward): number {
  const gram = (all: Forward) => {
    const g = all.map((p) =>
      all.map((q) => p.hidden.reduce((s, v, j) => s + v * (q.hidden[j] ?? 0), 0)),
    );
    const row = g.map((r) => r.reduce((s, v) => s + v, 0) / PROBE);
    const all2 = row.reduce((s, v) => s + v, 0) / PROBE;
    return g.map((r, i) => r.map((v, j) => v - (row[i] ?? 0) - (row[j] ?? 0) + all2));
  };
  const [k, l] = [gram(a), gram(b)];
  const inner = (p: number[][], q: number[][]) =>
    p.reduce((s, r, i) => s + r.reduce((t, v, j) => t + v * (q[i]?.[j] ?? 0), 0), 0);
  return inner(k, l) / Math.sqrt(inner(k, k) * inner(l, l));
}

const weightsOf = (program: MlpSpec, { seed, state }: RunInput, drawn: boolean) =>
  drawn
    ? initialMlp(program, drawnBy(program, seed), 1)
    : [state?.W1 ?? new Float32Array(), state?.W2 ?? new Float32Array()];

test('a comparison records what two networks share as they were drawn, and as they were trained', async () => {
  const inputs = [await trained(of[0], 7), await trained(of[1], 7)];
  const {
    series,
    hashes,
    kept = [],
  } = await finished(engine, {
    program: comparison,
    runs: [{ id: 'pair', seed: 7, hyper: HYPER, inputs }],
  });
  for (const [row, drawn] of [true, false].entries()) {
    const [a, b] = of.map((program, i) =>
      forward(program, weightsOf(program, inputs[i] as RunInput, drawn)),
    ) as [Forward, Forward];
    const [m, n] = [near(a), near(b)];
    const shared = m.map((own, i) => [...own].filter((j) => n[i]?.has(j)).length);
    const value = (name: string) => series.columns[name]?.[row] ?? Number.NaN;
    const total = shared.reduce((s, v) => s + v, 0);
    expect(value('alignment')).toBeCloseTo(total / (K * PROBE), 6);
    expect(value('cka')).toBeCloseTo(cka(a, b), 5);
    expect(value('loss')).toBeCloseTo((lossOf(a) + lossOf(b)) / 2, 5);
    expect(value('accuracy1')).toBeCloseTo(accuracyOf(a), 6);
    expect(value('accuracy2')).toBeCloseTo(accuracyOf(b), 6);
    if (!drawn) expect([...(kept.at(-1)?.arrays.shared ?? [])]).toEqual(shared);
  }
  expect(hashes.map((h) => h.step)).toEqual([0, 1]);
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
  const [m, n] = [near(a), near(b)];
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
