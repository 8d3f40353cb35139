/** What the page and its training worker say to each other: one union each way. */
import type { DeviceInfo, EngineOptions, RunState } from '../engines/engine.ts';
import type { Replayed, ReplayOrder } from '../engines/replay.ts';
import type { Pack } from '../programs/program.ts';
import type { TrainAnswer } from './train-pack.ts';

/** What of an engine's options can be sent: no functions. */
export type SentOptions = Omit<EngineOptions, 'threads' | 'files' | 'states'>;

/** A numeric class, and what it was measured on (`classKeyOf`). */
export interface KnownClass {
  readonly key: string;
  readonly numericClass: string;
}

export type ToWorker =
  /** `threads`: how many may compute at once, this worker included. `known`: the class measured last. */
  | {
      readonly kind: 'open';
      readonly options: SentOptions;
      readonly threads: number;
      readonly known: KnownClass | null;
    }
  | { readonly kind: 'train'; readonly pack: Pack; readonly from: readonly RunState[] | null }
  /** Compute for this share of the time from now on. */
  | { readonly kind: 'limit'; readonly share: number }
  | { readonly kind: 'stop' }
  | { readonly kind: 'replay'; readonly order: ReplayOrder };

export type FromWorker =
  /** The script has loaded: a worker that fails to load says nothing at all. */
  | { readonly kind: 'hello' }
  | { readonly kind: 'opened'; readonly device: DeviceInfo; readonly known: KnownClass }
  | { readonly kind: 'progress'; readonly done: number; readonly how: string }
  | { readonly kind: 'checkpoint'; readonly states: readonly RunState[] }
  | TrainAnswer
  | { readonly kind: 'replayed'; readonly replayed: Replayed }
  | { readonly kind: 'replay-failed'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };
