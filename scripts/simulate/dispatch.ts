/**
 * Which shard a device gets (S1 to S4): `server/forming.ts` and `leases.ts` decide this in SQL; here the
 * same is said in plain code, with the real sizing. Left out: cells by their intervals (S5).
 */
import type { LinearSpec } from '../../compute/programs/program.ts';
import { heldUntil, newShard } from '../../server/shards.ts';
import { type Observation, runsPerSecond, shardSize } from '../../server/sizing.ts';
import { startOf } from './handovers.ts';
import { createHeap, type Heap } from './heap.ts';
import type { DeviceRow, ShardRow, Store } from './store.ts';
import type { SimulatedRun } from './training.ts';
import { createWaiting, positionOf, type Waiting } from './waiting.ts';
import { type Planned, STUDY } from './workload.ts';

/** As in `server/forming.ts`. */
const MUCH_TOO_LARGE = 4;
const LOOKED_AT = 16;
const OBSERVED = { own: 4, class: 16 };
/** As in `server/leases.ts`. */
const FAIR_OVER_MS = 5 * 60_000;
/** So many investigations run at a time; the next is opened when one has no new run left. */
const RUNNING = 8;

export interface Dispatch {
  /** A shard for the device, which is then to be leased; null if there is none. */
  next(device: DeviceRow, deviceClass: string, now: number): ShardRow | null;
  /** Nobody holds the shard and it has no result. */
  returned(row: ShardRow): void;
  /** All that a run stands on is there (T1), or not any more (T3); it is in no shard. */
  settled(run: SimulatedRun, isReady: boolean): void;
  /** An accepted shard took so long: what its device and its class are sized by. */
  observed(device: DeviceRow, deviceClass: string, observation: Observation): void;
}

interface Room {
  readonly index: number;
  readonly waiting: Waiting;
  readonly returned: Heap<ShardRow>;
}

export function createDispatch(plans: readonly Planned[], store: Store): Dispatch {
  const rooms = plans.map(roomOf);
  const classes = new Map<string, readonly Observation[]>();
  const lately: { readonly at: number; readonly room: Room }[] = [];
  let stale = 0;
  const leases = new Map<Room, number>();
  let formed = 0;

  function next(device: DeviceRow, deviceClass: string, now: number): ShardRow | null {
    const known = device.observed.length > 0 ? device.observed : (classes.get(deviceClass) ?? []);
    const sizeOf = (program: LinearSpec) =>
      shardSize(program, runsPerSecond(program, known), STUDY.packSize);
    for (const room of roomsFor(now)) {
      const row =
        formShard(room, sizeOf) ??
        returnedShard(room, store, device, now, known.length > 0 ? sizeOf : null);
      if (row === null) continue;
      lately.push({ at: now, room });
      leases.set(room, (leases.get(room) ?? 0) + 1);
      return row;
    }
    return null;
  }

  /** Running investigations, the one leased least in the last minutes first (S4). */
  function roomsFor(now: number): readonly Room[] {
    for (let old = lately[stale]; old && old.at < now - FAIR_OVER_MS; old = lately[++stale])
      leases.set(old.room, (leases.get(old.room) ?? 0) - 1);
    const running: Room[] = [];
    let fresh = 0;
    for (const room of rooms) {
      if (room.waiting.size > 0) fresh += 1;
      if (room.waiting.size > 0 || room.returned.size > 0) running.push(room);
      if (fresh === RUNNING) break;
    }
    return running.sort((a, b) => (leases.get(a) ?? 0) - (leases.get(b) ?? 0) || a.index - b.index);
  }

  /** A new shard, the first seed of every cell before any second (S2). */
  function formShard(room: Room, sizeOf: (program: LinearSpec) => number): ShardRow | null {
    const first = nextIn(room);
    if (first === null) return null;
    const { waiting } = room;
    const { program, repeat, investigation } = first;
    const others = [...waiting.shapes()].some(
      (shape) => shape !== program && waiting.peek(shape)?.repeat === 0,
    );
    const firstsOnly = repeat === 0 && others;
    const runs: SimulatedRun[] = [];
    const size = sizeOf(program);
    for (let run = waiting.peek(program); run && runs.length < size; run = waiting.peek(program)) {
      if (firstsOnly && run.repeat > 0) break;
      runs.push(run);
      waiting.take(program);
    }
    const row: ShardRow = {
      ...{ id: `s${formed++}`, investigation, program, position: positionOf(first), runs },
      ...{ shard: newShard, results: [], audits: [] },
      ...{ handovers: [], bases: new Map(), lasts: [] },
    };
    store.shards.set(row.id, row);
    for (const run of runs) store.places.set(run.id, row);
    return row;
  }

  return {
    next,
    returned: (row) => rooms[row.investigation]?.returned.push(row),
    settled(run, isReady) {
      const waiting = rooms[run.investigation]?.waiting;
      if (isReady) waiting?.add(run);
      else waiting?.remove(run);
    },
    observed(device, deviceClass, observation) {
      device.observed = [observation, ...device.observed].slice(0, OBSERVED.own);
      const known = classes.get(deviceClass) ?? [];
      classes.set(deviceClass, [observation, ...known].slice(0, OBSERVED.class));
    },
  };
}

function roomOf({ runs }: Planned, index: number): Room {
  const waiting = createWaiting();
  for (const run of runs) if (run.standsOn.length === 0) waiting.add(run);
  const tries = ({ shard }: ShardRow) => shard.attempts.length;
  const returned = createHeap<ShardRow>(
    (a, b) => tries(a) < tries(b) || (tries(a) === tries(b) && a.position < b.position),
  );
  return { index, waiting, returned };
}

/** The run that is wanted first. */
function nextIn({ waiting }: Room): SimulatedRun | null {
  let first: SimulatedRun | null = null;
  for (const shape of waiting.shapes()) {
    const run = waiting.peek(shape);
    if (run && (first === null || positionOf(run) < positionOf(first))) first = run;
  }
  return first;
}

/** A shard that was leased before and that nobody holds; cut to the device if no attempt can count (S3). */
function returnedShard(
  room: Room,
  { places }: Store,
  device: DeviceRow,
  now: number,
  sizeOf: ((program: LinearSpec) => number) | null,
): ShardRow | null {
  const passed: ShardRow[] = [];
  let found: ShardRow | null = null;
  for (let looked = 0; looked < LOOKED_AT && found === null; looked++) {
    const row = room.returned.pop();
    if (row === undefined) break;
    const { shard, runs, program } = row;
    // Without runs: what they stood on has left.
    if (shard.accepted !== null || (heldUntil(shard) ?? -1) >= now || runs.length === 0) continue;
    const alive = shard.attempts.some(
      (a) => (a.state === 'active' || a.state === 'away') && a.hardAt > now,
    );
    const size = sizeOf?.(program) ?? Number.POSITIVE_INFINITY;
    const refused = shard.attempts.some((a) => a.device === device.id && a.state === 'invalid');
    if (refused || (alive && runs.length > MUCH_TOO_LARGE * size)) {
      passed.push(row);
      continue;
    }
    // Its runs go on together where somebody got to.
    if (!alive && runs.length > size && startOf(row) === null) {
      row.runs = runs.slice(0, size);
      for (const run of runs.slice(size)) {
        places.delete(run.id);
        room.waiting.add(run);
      }
    }
    found = row;
  }
  for (const row of passed) room.returned.push(row);
  return found;
}
