/**
 * Runs of an investigation that are in no shard and could be in one, by shape, those that are wanted first
 * first (S2). One that must wait again for what it stands on (T3) is forgotten where it lies.
 */
import type { LinearSpec } from '../../compute/programs/program.ts';
import { createHeap, type Heap } from './heap.ts';
import type { SimulatedRun } from './training.ts';

export interface Waiting {
  /** How many they are. */
  readonly size: number;
  add(run: SimulatedRun): void;
  remove(run: SimulatedRun): void;
  shapes(): Iterable<LinearSpec>;
  /** The first of a shape. */
  peek(shape: LinearSpec): SimulatedRun | undefined;
  /** Takes the first of a shape. */
  take(shape: LinearSpec): void;
}

export const positionOf = (run: SimulatedRun): number => run.repeat * 10_000 + run.cell;

export function createWaiting(): Waiting {
  const heaps = new Map<LinearSpec, Heap<SimulatedRun>>();
  const waits = new Set<string>();
  /** In a heap, whether or not they wait. */
  const lying = new Set<string>();

  function peek(shape: LinearSpec): SimulatedRun | undefined {
    const heap = heaps.get(shape);
    for (let run = heap?.peek(); run !== undefined; run = heap?.peek()) {
      if (waits.has(run.id)) return run;
      heap?.pop();
      lying.delete(run.id);
    }
    return undefined;
  }

  return {
    get size() {
      return waits.size;
    },
    add(run) {
      waits.add(run.id);
      if (lying.has(run.id)) return;
      lying.add(run.id);
      const heap =
        heaps.get(run.program) ?? createHeap<SimulatedRun>((a, b) => positionOf(a) < positionOf(b));
      heaps.set(run.program, heap);
      heap.push(run);
    },
    remove: ({ id }) => void waits.delete(id),
    shapes: () => heaps.keys(),
    peek,
    take(shape) {
      const run = peek(shape);
      if (run === undefined) return;
      waits.delete(run.id);
      lying.delete(run.id);
      heaps.get(shape)?.pop();
    },
  };
}
