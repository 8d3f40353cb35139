/** What survives a restart of the coordinator: the rows of its database, in memory. */
import type { LinearSpec } from '../../compute/programs/program.ts';
import type { Shard } from '../../server/shards.ts';
import type { Observation } from '../../server/sizing.ts';
import type { Segment, Standing } from '../../server/trust.ts';
import type { SubmittedRun } from '../../server/validate.ts';
import type { Made, SimulatedRun, State } from './training.ts';

export interface ShardRow {
  readonly id: string;
  readonly investigation: number;
  readonly program: LinearSpec;
  readonly position: number;
  runs: readonly SimulatedRun[];
  shard: Shard;
  /** Of its accepted attempt, while it has one. */
  results: readonly SubmittedRun[];
  readonly audits: AuditRow[];
  readonly handovers: HandoverRow[];
  /** What attempts went on from; those that began at the seeds are not here. */
  readonly bases: Map<number, HandoverRow>;
  /** Of its accepted attempt, those that others stand on. */
  lasts: readonly LastRow[];
}

/** The last state of a run, which was asked for because others stand on it. */
export interface LastRow {
  readonly id: string;
  readonly run: string;
  readonly step: number;
  readonly shard: ShardRow;
  readonly attempt: number;
  readonly device: DeviceRow;
  readonly digest: string;
  /** Null: it has not come yet. */
  state: State | null;
}

export interface HandoverRow {
  readonly id: string;
  readonly attempt: number;
  readonly device: DeviceRow;
  readonly parent: HandoverRow | null;
  readonly from: number;
  readonly to: number;
  state: 'asked' | 'valid' | 'declined' | 'undone';
  readonly digest: string;
  /** All that its device will have made: what is read of it ends at `to`. */
  readonly made: Made;
  readonly results: readonly SubmittedRun[];
}

export interface AuditRow {
  readonly id: string;
  readonly shard: ShardRow;
  readonly attempt: number;
  /** Null: of a result. */
  handover: HandoverRow | null;
  readonly device: DeviceRow;
  readonly segment: Segment;
  /** Digests that were committed for its ends, where there are any. */
  readonly committed: { readonly start: string | null; readonly end: string | null };
  state: 'asked' | 'open' | 'valid' | 'invalid' | 'inconclusive' | 'declined';
  shown: { readonly start: State | null; readonly end: State | null };
}

export interface DeviceRow {
  readonly id: string;
  standing: Standing;
  /** Attempts that count: number of the attempt by shard. */
  readonly accepted: Map<ShardRow, number>;
  readonly audits: AuditRow[];
  /** Shards of which it handed over. */
  readonly legs: Set<ShardRow>;
  /** Attempts that were refused as invalid or left again, by investigation. */
  readonly failed: Map<number, number>;
  /** Its speed of late, latest first. */
  observed: readonly Observation[];
}

export interface Store {
  readonly shards: Map<string, ShardRow>;
  readonly devices: Map<string, DeviceRow>;
  readonly audits: Map<string, AuditRow>;
  readonly lasts: Map<string, LastRow>;
  /** The shard of each run that is in one. */
  readonly places: Map<string, ShardRow>;
}

export const createStore = (): Store => ({
  shards: new Map(),
  devices: new Map(),
  audits: new Map(),
  lasts: new Map(),
  places: new Map(),
});

/** The device's row, made when it is first heard of. */
export function deviceIn({ devices }: Store, id: string): DeviceRow {
  const known = devices.get(id);
  if (known !== undefined) return known;
  const row: DeviceRow = {
    ...{ id, standing: { valid: 0, invalid: 0 }, accepted: new Map(), audits: [] },
    legs: new Set(),
    ...{ failed: new Map(), observed: [] },
  };
  devices.set(id, row);
  return row;
}
