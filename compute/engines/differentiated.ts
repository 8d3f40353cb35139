/**
 * Trains a differentiable program by the library's automatic differentiation, in groups of runs that are
 * updated together. On a GPU a group has as many runs as a bounded memory and the library's limits on rows
 * allow, because there a launch costs as much as the work. On wasm and cpu, where it costs little beside the
 * work, a group is one run: then its bits do not hang on its neighbours, and a replay has them again.
 */

import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs';
import { at } from '../programs/at.ts';
import type { Tf } from '../programs/dense.ts';
import { type DifferentiableProgram, MOST_ROWS } from '../programs/differentiable.ts';
import type { PackedRun } from '../programs/program.ts';
import { type Adam, type AdamState, createAdam } from './adam.ts';
import { type Arrays, createPacer } from './machine.ts';
import { settle } from './packed.ts';
import type { Trainable } from './trainable.ts';

/** What the runs of one group may hold on a GPU while they are updated. */
export const GROUP_BYTES = 256e6;

/** Names of a state's arrays begin so: weights, first and second moments. */
const LETTERS = ['W', 'm', 'v'] as const;

interface Group {
  readonly runs: readonly number[];
  readonly adam: Adam;
  state: AdamState;
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
  if (program.rows > MOST_ROWS)
    throw new RangeError(
      `One run's softmax would have ${program.rows} rows, and at most ${MOST_ROWS} can be trained: make its batch smaller.`,
    );
  let size = 0;
  /** Where each array lies in a run's row. */
  const places = program.weights.map(({ rows, columns }) => {
    const start = size;
    size += rows * columns;
    return { start, length: rows * columns, rows, columns };
  });
  const together = groupSize(program, tf.getBackend() === 'webgpu');
  const on = program.on(tf);
  const groups = Array.from({ length: Math.ceil(runs.length / together) }, (_, g): Group => {
    const own = runs.map((_run, r) => r).slice(g * together, (g + 1) * together);
    const [w, m, v] = [uploaded('W', own), uploaded('m', own), uploaded('v', own)];
    const adam = createAdam(
      tf,
      own.map((r) => at(runs, r).hyper),
    );
    return { runs: own, adam, state: [w, m, v] };
  });
  let step = from?.step ?? 0;
  const pacer = createPacer();

  function uploaded(letter: (typeof LETTERS)[number], own: readonly number[]): Tensor2D {
    const packed = new Float32Array(own.length * size);
    for (const [i, r] of own.entries()) {
      const fresh = from === null && letter === 'W' ? program.initial(r) : [];
      for (const [l, { start }] of places.entries()) {
        const array = from === null ? fresh[l] : from.arrays[r]?.[`${letter}${l + 1}`];
        packed.set(array ?? [], i * size + start);
      }
    }
    return tf.tensor2d(packed, [own.length, size]);
  }

  /** The arrays of some of a group's runs, apart: [count × rows × columns] each. */
  const arraysOf = (weights: Tensor2D, first: number, count: number): Tensor3D[] =>
    places.map(({ start, length, rows, columns }) =>
      tf.reshape(tf.slice(weights, [first, start], [count, length]), [count, rows, columns]),
    );

  function update(group: Group): void {
    const next = tf.tidy(() => {
      const loss = (...own: Tensor[]) => on.loss(own as Tensor3D[], group.runs, step);
      const gradients = tf.grads(loss)(arraysOf(group.state[0], 0, group.runs.length));
      const rows = gradients.map(
        (g, l): Tensor2D => tf.reshape(g, [group.runs.length, at(places, l).length]),
      );
      return group.adam.apply(
        group.state,
        tf.concat(rows, 1),
        step,
        program.rateFactor?.(step) ?? 1,
      );
    });
    tf.dispose([...group.state]);
    group.state = next;
  }

  return {
    how: `automatic differentiation, ${together === 1 ? 'run after run' : `up to ${together} runs together`}`,
    columns: program.columns,
    names: LETTERS.flatMap((letter) => places.map((_, l) => `${letter}${l + 1}`)),
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
          const own = tf.tidy(() => arraysOf(group.state[0], i, 1));
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
        for (const [k, letter] of LETTERS.entries()) {
          const values = await at(group.state, k).data<'float32'>();
          for (const [i, r] of group.runs.entries())
            for (const [l, { start, length }] of places.entries()) {
              const begin = i * size + start;
              at(all, r)[`${letter}${l + 1}`] = values.slice(begin, begin + length);
            }
        }
      }
      return all;
    },
    dispose() {
      for (const group of groups) {
        tf.dispose([...group.state]);
        group.adam.dispose();
      }
      on.dispose();
    },
  };
}
