/**
 * What a volunteer works with, whatever it is made of: a courier to the coordinator and what goes by it, a
 * trainer, where packs are trained, and an outbox, which survives a closed tab.
 */
import type { Carried } from '../engines/carried.ts';
import type { DeviceInfo, RunResult } from '../engines/engine.ts';
import type { Replayed, ReplayOrder } from '../engines/replay.ts';
import type { Pack } from '../programs/program.ts';
import type { TrainAnswer, TrainOrder } from './train-pack.ts';

/** What the coordinator leased: the pack, and who it is for. */
export interface LeasedShard {
  readonly shard: string;
  readonly attempt: number;
  readonly pack: Pack;
  /** Where somebody else got to; null: from the seeds. */
  readonly from: Carried | null;
  /** How often to hand over what was trained, and states of how many bytes at most. */
  readonly handover: { readonly everyMs: number; readonly mostBytes: number };
}

/** A finished shard that waits for its acknowledgement. */
export interface KeptResult {
  readonly shard: string;
  readonly attempt: number;
  readonly device: DeviceInfo;
  readonly runs: readonly RunResult[];
  /** What was trained: a state that is asked for and was not kept is trained again. */
  readonly pack?: Pack;
  /** How long the training took, rests included: the coordinator sizes the next shard by it. */
  readonly seconds: number;
}

/** `offline`: no answer, try again when the connection is back. */
export type LeaseAnswer =
  | { readonly kind: 'lease'; readonly lease: LeasedShard }
  | { readonly kind: 'none'; readonly why: string; readonly retryInMs: number }
  | { readonly kind: 'offline' };
export type ProgressAnswer = 'go-on' | 'lost' | 'offline';
/** The coordinator asks for the states that were committed at these steps, to have them replayed. */
export interface Ask {
  readonly audit: string;
  readonly run: string;
  readonly from: number;
  readonly to: number;
}
/** The states that are asked for, as bytes; null where there is none. */
export interface ShownStates {
  readonly ask: Ask;
  readonly start: Uint8Array<ArrayBuffer> | null;
  readonly end: Uint8Array<ArrayBuffer> | null;
}
export type SubmitAnswer =
  | { readonly kind: 'counted'; readonly asks: readonly Ask[] }
  | { readonly kind: 'not-counted'; readonly why: string }
  | { readonly kind: 'offline' };

export type HandoverAnswer =
  | { readonly kind: 'taken'; readonly asks: readonly Ask[] }
  /** Not taken, or not heard of: the next one may be. */
  | { readonly kind: 'refused' | 'offline' };

export interface Courier {
  lease(device: DeviceInfo): Promise<LeaseAnswer>;
  progress(lease: LeasedShard, done: number): Promise<ProgressAnswer>;
  /** Hands over what was trained so far, for whoever may have to go on from there. */
  handOver(lease: LeasedShard, device: DeviceInfo, carried: Carried): Promise<HandoverAnswer>;
  release(
    lease: LeasedShard,
    reason: 'stopped' | 'hidden' | 'failed',
    detail?: string,
  ): Promise<void>;
  submit(result: KeptResult): Promise<SubmitAnswer>;
  /** Shows committed states. `offline`: ask again by submitting again. */
  show(states: readonly ShownStates[]): Promise<'done' | 'offline'>;
  /** Resolves when the coordinator can be reached (at once if it can), or when `signal` aborts. */
  online(signal: AbortSignal): Promise<void>;
}

export interface Trainer {
  readonly device: DeviceInfo;
  /** Trains a pack; stops after a slice once the order's `signal` aborts. Rejects if the device fails. */
  train(order: TrainOrder): Promise<TrainAnswer>;
  /** Trains a part of one run again, on the same device. Rejects if the device fails. */
  replay(order: ReplayOrder): Promise<Replayed>;
  /** Computes for this share of the time from now on. */
  limit(share: number): void;
  dispose(): void;
}

export interface Outbox {
  put(result: KeptResult): Promise<void>;
  all(): Promise<readonly KeptResult[]>;
  remove(shard: string, attempt: number): Promise<void>;
}
