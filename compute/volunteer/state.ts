/** What a donating browser is doing, as one discriminated union: the screen shows it, tests assert it. */
import type { DeviceInfo } from '../engines/engine.ts';

export interface Tally {
  /** Shards whose results the coordinator has acknowledged in this sitting. */
  readonly shards: number;
  readonly runs: number;
  /** Results kept in this browser until the coordinator acknowledges them. */
  readonly unsent: number;
}

export type VolunteerState =
  | { readonly kind: 'off'; readonly tally: Tally }
  | { readonly kind: 'starting'; readonly tally: Tally }
  | {
      readonly kind: 'working';
      readonly device: DeviceInfo;
      readonly tally: Tally;
      readonly shard: string;
      /** How many runs are trained at once. */
      readonly runs: number;
      /** Run-steps done, of so many. */
      readonly done: number;
      readonly total: number;
      /** Seconds left of this shard at the pace observed; null before the first record. */
      readonly secondsLeft: number | null;
      /** How it is computed: "fused: 64 threads a run, 120 steps a dispatch"; null before the first slice. */
      readonly how: string | null;
    }
  | {
      readonly kind: 'waiting';
      readonly device: DeviceInfo;
      readonly tally: Tally;
      /** A sentence: "Every run is taken; …". */
      readonly why: string;
    }
  | {
      readonly kind: 'paused';
      readonly device: DeviceInfo | null;
      readonly tally: Tally;
      readonly cause: 'person' | 'hidden';
    }
  | { readonly kind: 'failed'; readonly tally: Tally; readonly message: string };
