/**
 * One pack in training: gradient descent with heavy-ball momentum (v ← βv + g, w ← w − ηv) on the
 * device, η and β as per-run tensors so that they are data and never shape; records read back
 * asynchronously; divergence noticed by magnitude; state that can be taken out at any record and
 * put back to go on with the very same numbers.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Tensor3D } from '@tensorflow/tfjs';
import type { PackedProgram, Tf, WarmStarts } from '../programs/packed.ts';
import type { Hyper, Pack } from '../programs/program.ts';
import { packProgram } from '../programs/registry.ts';
import type { RunOutcome } from '../series.ts';
import type { CheckpointHash, RunResult, RunState, Training } from './engine.ts';

/** A loss this many times the first one, or not finite, is divergence: no later number means anything. */
export const DIVERGENCE_FACTOR = 1e6;

interface RunLog {
  readonly steps: number[];
  readonly columns: Record<string, number[]>;
  readonly hashes: CheckpointHash[];
  outcome: RunOutcome | null;
}

/** Starts a pack, or goes on from `from`: the states of all its runs at one step. */
export async function startTraining(
  tf: Tf,
  pack: Pack,
  from?: readonly RunState[],
): Promise<Training> {
  const { program: spec, runs } = pack;
  const program = packProgram(tf, pack);
  const states = from === undefined ? null : runs.map(({ id }) => stateOf(from, id));
  const startStep = states?.[0]?.step ?? 0;
  if (states?.some((s) => s.step !== startStep)) {
    throw new Error('The runs of a pack go on from one step, but these checkpoints differ.');
  }
  const usesMomentum = runs.some((r) => r.hyper.momentum !== 0);
  const perRun = (pick: (h: Hyper) => number) =>
    tf.keep(
      tf.tensor3d(
        runs.map((r) => pick(r.hyper)),
        [runs.length, 1, 1],
      ),
    );
  const learningRate = perRun((h) => h.learningRate);
  const momentum = perRun((h) => h.momentum);
  let weights = upload(tf, program, runs.length, (run, m) => {
    const name = program.shapes[m]?.name ?? '';
    return states === null ? program.initial(run)[m] : states[run]?.arrays[name];
  });
  let velocities = usesMomentum
    ? upload(tf, program, runs.length, (run, m) => states?.[run]?.arrays[velocityName(program, m)])
    : [];
  const warm: WarmStarts = runs.map((_, r) => warmOf(states?.[r], program));
  const logs: RunLog[] = runs.map((_, r) => logOf(program, states?.[r]));
  let step = startStep;
  if (states === null) await record();

  function update(): void {
    const [nextWeights, nextVelocities] = tf.tidy(() => {
      const gradient = program.gradient(weights);
      const v: Tensor3D[] = usesMomentum
        ? gradient.map((g, m) => tf.add(tf.mul(momentum, velocities[m] ?? g), g))
        : [...gradient];
      const w = weights.map((old, m): Tensor3D => tf.sub(old, tf.mul(learningRate, v[m] ?? old)));
      return [w, usesMomentum ? v : []];
    });
    tf.dispose([weights, velocities]);
    weights = nextWeights;
    velocities = nextVelocities;
    step += 1;
  }

  async function record(): Promise<void> {
    const observed = await program.observe(weights, warm);
    for (const [r, log] of logs.entries()) {
      if (log.outcome !== null) continue;
      log.steps.push(step);
      for (const name of program.columns)
        log.columns[name]?.push(observed[name]?.[r] ?? Number.NaN);
      const loss = observed.loss?.[r] ?? Number.NaN;
      const first = log.columns.loss?.[0] ?? Number.NaN;
      if (!(Math.abs(loss) <= DIVERGENCE_FACTOR * Math.max(first, Number.MIN_VALUE))) {
        log.outcome = { kind: 'diverged', step };
      } else if (step === spec.steps) log.outcome = { kind: 'completed' };
    }
    if (step % spec.checkpointEvery !== 0 && step !== spec.steps) return;
    const arrays = await download();
    for (const [r, log] of logs.entries()) {
      if (log.outcome?.kind === 'diverged') continue;
      log.hashes.push({ step, sha256: hashOf(arrays[r] ?? {}) });
    }
  }

  /** Weights, velocities (of runs with momentum) and warm starts of every run, by name. */
  async function download(): Promise<Record<string, Float32Array>[]> {
    const arrays: Record<string, Float32Array>[] = runs.map((_, r) =>
      Object.fromEntries(warm[r] ?? []),
    );
    const take = async (
      tensors: readonly Tensor3D[],
      name: (m: number) => string,
      all: boolean,
    ) => {
      for (const [m, tensor] of tensors.entries()) {
        const values = await tensor.data<'float32'>();
        const each = values.length / runs.length;
        for (const [r, run] of runs.entries()) {
          const into = arrays[r];
          if (into === undefined || (!all && run.hyper.momentum === 0)) continue;
          into[name(m)] = values.slice(r * each, (r + 1) * each);
        }
      }
    };
    await take(weights, (m) => program.shapes[m]?.name ?? '', true);
    await take(velocities, (m) => velocityName(program, m), false);
    return arrays;
  }

  return {
    get step() {
      return step;
    },
    totalSteps: spec.steps,
    async advance() {
      if (step < spec.steps && logs.some((log) => log.outcome === null)) {
        const next = Math.min(
          spec.steps,
          (Math.floor(step / spec.recordEvery) + 1) * spec.recordEvery,
        );
        while (step < next) update();
        await record();
      }
      return logs.every((log) => log.outcome !== null);
    },
    async checkpoint() {
      const arrays = await download();
      return runs.map((run, r): RunState => {
        const log = logs[r] ?? emptyLog(program);
        const { outcome, hashes } = log;
        return {
          id: run.id,
          step,
          arrays: arrays[r] ?? {},
          series: seriesOf(log),
          outcome,
          hashes,
        };
      });
    },
    results: () =>
      runs.map((run, r): RunResult => {
        const log = logs[r];
        if (log === undefined || log.outcome === null)
          throw new Error('The pack is still training.');
        return { id: run.id, series: seriesOf(log), outcome: log.outcome, hashes: log.hashes };
      }),
    dispose() {
      tf.dispose([weights, velocities, learningRate, momentum]);
      program.dispose();
    },
  };
}

/** SHA-256 over names and little-endian bytes of a run's arrays, names in sorted order. */
export function hashOf(arrays: Readonly<Record<string, Float32Array>>): string {
  const hash = sha256.create();
  for (const name of Object.keys(arrays).sort()) {
    hash.update(new TextEncoder().encode(`${name}\0`));
    hash.update(new Uint8Array(new Float32Array(arrays[name] ?? []).buffer));
  }
  return bytesToHex(hash.digest());
}

const velocityName = (program: PackedProgram, m: number) =>
  `velocity:${program.shapes[m]?.name ?? ''}`;

function upload(
  tf: Tf,
  program: PackedProgram,
  runs: number,
  arrayOf: (run: number, matrix: number) => Float32Array | undefined,
): Tensor3D[] {
  return program.shapes.map(({ rows, columns }, m) => {
    const packed = new Float32Array(runs * rows * columns);
    for (let r = 0; r < runs; r++) packed.set(arrayOf(r, m) ?? [], r * rows * columns);
    return tf.tensor3d(packed, [runs, rows, columns]);
  });
}

function stateOf(from: readonly RunState[], id: string): RunState {
  const state = from.find((s) => s.id === id);
  if (state === undefined) throw new Error(`The checkpoint has no run ${id}.`);
  return state;
}

/** What a state holds beyond weights and velocities: the arrays that observations start from. */
function warmOf(state: RunState | undefined, program: PackedProgram): Map<string, Float32Array> {
  const own = new Set(program.shapes.flatMap((s, m) => [s.name, velocityName(program, m)]));
  return new Map(Object.entries(state?.arrays ?? {}).filter(([name]) => !own.has(name)));
}

function emptyLog(program: PackedProgram): RunLog {
  const columns = Object.fromEntries(program.columns.map((name): [string, number[]] => [name, []]));
  return { steps: [], columns, hashes: [], outcome: null };
}

function logOf(program: PackedProgram, state: RunState | undefined): RunLog {
  const log = emptyLog(program);
  if (state === undefined) return log;
  log.steps.push(...state.series.steps);
  for (const name of program.columns)
    log.columns[name]?.push(...(state.series.columns[name] ?? []));
  log.hashes.push(...state.hashes);
  log.outcome = state.outcome;
  return log;
}

function seriesOf(log: RunLog) {
  const columns = Object.entries(log.columns).map(
    ([name, c]) => [name, Float32Array.from(c)] as const,
  );
  return { steps: Float32Array.from(log.steps), columns: Object.fromEntries(columns) };
}
