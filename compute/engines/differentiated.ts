/**
 * Trains a differentiable program by the library's automatic differentiation, in groups of runs that are
 * updated together. On a GPU a group has as many runs as a bounded memory and the library's limits on rows
 * allow, because there a launch costs as much as the work. On wasm and cpu, where it costs nothing beside
 * the work, a group is one run: then its bits do not hang on its neighbours, and a replay has them again.
 */
import type { Tensor, Tensor3D } from '@tensorflow/tfjs';
import type { Tf } from '../programs/dense.ts';
import { type DifferentiableProgram, MOST_ROWS } from '../programs/differentiable.ts';
import type { PackedRun } from '../programs/program.ts';
import { type Arrays, createPacer } from './machine.ts';
import { settle } from './packed.ts';
import type { Trainable } from './trainable.ts';
import { createUpdates, lettersOf, type Updates } from './updates.ts';

/** What the runs of one group may hold on a GPU while they are updated. */
export const GROUP_BYTES = 256e6;

interface Group {
  readonly runs: readonly number[];
  readonly updates: Updates;
  /** By letter of `lettersOf`, then by array: [runs × rows × columns]. */
  state: Tensor3D[][];
}

/** Runs of a group: one off the GPU, and on it what memory and rows allow, one at least. */
export function groupSize(
  { bytes, rows }: Pick<DifferentiableProgram, 'bytes' | 'rows'>,
  onGpu: boolean,
): number {
  const fit = Math.min(GROUP_BYTES / bytes, MOST_ROWS / rows);
  return onGpu ? Math.max(1, Math.floor(fit)) : 1;
}

/** Stands at the start of the runs, or at the arrays of a checkpoint at `step`. */
export function differentiated(
  tf: Tf,
  program: DifferentiableProgram,
  runs: readonly PackedRun[],
  from: { readonly step: number; readonly arrays: readonly Arrays[] } | null,
): Trainable {
  const { weights: shapes, schedule } = program;
  if (program.rows > MOST_ROWS)
    throw new RangeError(
      `One run's softmax would have ${program.rows} rows, and at most ${MOST_ROWS} can be trained: make its batch smaller.`,
    );
  const hypers = runs.map((run) => run.hyper);
  const letters = lettersOf(program.optimizer, hypers);
  const namesOf = (letter: string) => shapes.map((_, l) => `${letter}${l + 1}`);
  const size = groupSize(program, tf.getBackend() === 'webgpu');
  const on = program.on(tf);
  const groups = Array.from({ length: Math.ceil(runs.length / size) }, (_, g): Group => {
    const own = runs.map((_, r) => r).slice(g * size, (g + 1) * size);
    const updates = createUpdates(
      tf,
      program.optimizer,
      shapes,
      own.map((r) => at(hypers, r)),
    );
    return { runs: own, updates, state: letters.map((letter) => uploaded(letter, own)) };
  });
  let step = from?.step ?? 0;
  const pacer = createPacer();

  function uploaded(letter: string, own: readonly number[]): Tensor3D[] {
    const names = namesOf(letter);
    const arrays = own.map((r) =>
      from !== null
        ? names.map((name) => from.arrays[r]?.[name])
        : letter === 'W'
          ? program.initial(r)
          : [],
    );
    return shapes.map(({ rows, columns }, l) => {
      const packed = new Float32Array(own.length * rows * columns);
      for (const [i, array] of arrays.entries()) packed.set(array[l] ?? [], i * rows * columns);
      return tf.tensor3d(packed, [own.length, rows, columns]);
    });
  }

  function update(group: Group): void {
    const next = tf.tidy(() => {
      const weights = at(group.state, 0);
      const loss = (...own: Tensor[]) => on.loss(own as Tensor3D[], group.runs, step);
      const gradient = tf.grads(loss)(weights) as Tensor3D[];
      return group.updates.apply(group.state, gradient, step, schedule?.[step] ?? 1);
    });
    tf.dispose(group.state);
    group.state = next;
  }

  return {
    how: `automatic differentiation, ${size === 1 ? 'run after run' : `up to ${size} runs together`}`,
    columns: program.columns,
    names: ['W', 'm', 'v'].flatMap(namesOf),
    async advance(steps) {
      const startedAt = performance.now();
      const count = pacer.next(steps);
      for (let i = 0; i < count; i++) {
        for (const group of groups) update(group);
        step += 1;
      }
      await settle(tf);
      pacer.took(count, performance.now() - startedAt);
      return count;
    },
    async observe(now) {
      const columns = Object.fromEntries(
        program.columns.map((name) => [name, new Float64Array(runs.length).fill(Number.NaN)]),
      );
      for (const group of groups) {
        for (const [i, r] of group.runs.entries()) {
          const own = at(group.state, 0).map(
            (w): Tensor3D => tf.slice(w, [i, 0, 0], [1, w.shape[1], w.shape[2]]),
          );
          const values = await on.read(own, r, now);
          tf.dispose(own);
          for (const [name, value] of Object.entries(values)) {
            const column = columns[name];
            if (column !== undefined) column[r] = value;
          }
        }
      }
      return columns;
    },
    async download() {
      const all: Record<string, Float32Array>[] = runs.map(() => ({}));
      for (const group of groups) {
        for (const [k, letter] of letters.entries()) {
          for (const [l, name] of namesOf(letter).entries()) {
            const values = await at(at(group.state, k), l).data<'float32'>();
            const each = values.length / group.runs.length;
            for (const [i, r] of group.runs.entries()) {
              // A run without momentum keeps no velocity, whoever its neighbours are.
              const none = program.optimizer === 'descent' && at(hypers, r).momentum === 0;
              if (letter === 'm' && none) continue;
              at(all, r)[name] = values.slice(i * each, (i + 1) * each);
            }
          }
        }
      }
      return all;
    },
    dispose() {
      for (const group of groups) {
        tf.dispose(group.state);
        group.updates.dispose();
      }
      on.dispose();
    },
  };
}

function at<T>(list: readonly T[], index: number): T {
  const value = list[index];
  if (value === undefined) throw new RangeError(`No element ${index}.`);
  return value;
}
