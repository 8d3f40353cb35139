/**
 * Trust, as pure decisions: what of an accepted result is replayed, what a replay says of it, and what
 * a device's record is worth. Rules (SPEC.md, the argument in docs/trust.md):
 *
 * - V1 Every accepted shard is audited: at least one segment between two committed checkpoints, drawn
 *   after the commitment by bytes that nobody could foresee.
 * - V2 So many segments that replaying them costs a set share of the shard's work, and a set number at
 *   least: of a device without a record at any cost, of one with a record within a second share.
 * - V3 Equal bits are valid. Else the deviation is measured against the tolerance of the study: below
 *   it valid, far above it invalid, between them inconclusive (and replayed another way).
 * - V4 An invalid segment takes everything of its device with it.
 * - V5 What stays inconclusive, or is not shown, takes its attempt with it and nothing else.
 * - V6 Nobody goes on from a state that was not verified.
 *
 * No clock, chance or storage of its own: the simulator runs this very code.
 */
import type { Reach } from '../compute/engines/replay.ts';

/** A stretch of a run between two steps whose states were committed; `to` may be the divergence. */
export interface Segment {
  readonly run: string;
  readonly from: number;
  readonly to: number;
}

/** What is drawn from: the runs of a result with the steps of their committed states. */
export interface Committed {
  readonly run: string;
  /** Ascending, starting with 0. */
  readonly checkpoints: readonly number[];
  /** Step of divergence; null for a completed run. */
  readonly diverged: number | null;
}

/** What is known of a device: segments of its results that stood up to replay, and that did not. */
export interface Standing {
  readonly valid: number;
  readonly invalid: number;
}

/** Share of a shard's segments that is replayed; and up to which the least number may raise it. */
export const REPLAY_SHARE = { usual: 0.05, most: 0.08 } as const;
/**
 * At least so many segments of a shard, of a device with a record and of one without. Whoever skips
 * half of its training passes k draws by 2^−k: 10 leave one forged shard in a thousand; of a device that
 * has a record fewer are enough, as one segment found takes all that it gave. A share alone left small
 * shards nearly unwatched (one draw of twelve segments). By the costs measured in docs/trust.md.
 */
export const REPLAY_AT_LEAST = { known: 6, unknown: 10 } as const;
/**
 * Beyond that least number, of one run no more than so many segments, however short they are: their
 * states must travel.
 */
export const MOST_PER_RUN = 2;
/** So many valid segments make a record: a shard that was watched as closely as an unknown device's. */
export const RECORD = 10;
/** Above the tolerance times this, no honest device lies: the result is invalid. */
export const CLEARLY = 10;

/** The segments of a run: between neighbouring checkpoints, and from the last one to a divergence. */
export function segmentsOf({ run, checkpoints, diverged }: Committed): Segment[] {
  const ends = diverged === null ? checkpoints : [...checkpoints, diverged];
  return ends.slice(1).map((to, i) => ({ run, from: ends[i] ?? 0, to }));
}

/**
 * Which segments of a result are replayed (V1, V2). Every run is drawn once before any is drawn
 * twice; within a run, every segment is equally likely.
 * @param random uniform in [0, 1), unforeseeable to whoever committed
 */
export function drawSegments(
  committed: readonly Committed[],
  record: Standing,
  random: () => number,
): readonly Segment[] {
  const pools = poolsOf(committed, random);
  return takeFrom(pools, Math.max(1, countOf(pools, record, random)), random);
}

/**
 * Which segments of a handover are replayed (V6): as many as of a result, and beside them the last one of
 * one run, drawn by lot. A run that is alone in its shard is so never gone on with from a state that was not
 * reproduced; and of several, which must be of one shape, none is given away that is no state at all.
 */
export function drawHandover(
  committed: readonly Committed[],
  record: Standing,
  random: () => number,
): readonly Segment[] {
  const pools = poolsOf(committed, random);
  const training = new Set(committed.flatMap((c) => (c.diverged === null ? [c.run] : [])));
  const last = pools.find(([first]) => first !== undefined && training.has(first.run))?.pop();
  return [
    ...(last === undefined ? [] : [last]),
    ...takeFrom(pools, countOf(pools, record, random), random),
  ];
}

/** Segments by run, the runs in an order by lot. */
const poolsOf = (committed: readonly Committed[], random: () => number): Segment[][] =>
  shuffled(
    committed.map(segmentsOf).filter((pool) => pool.length > 0),
    random,
  );

/** How many of these segments are replayed (V2). */
function countOf(
  pools: readonly (readonly Segment[])[],
  record: Standing,
  random: () => number,
): number {
  const all = pools.reduce((n, pool) => n + pool.length, 0);
  const isKnown = record.valid >= RECORD && record.invalid === 0;
  const least = isKnown
    ? Math.min(REPLAY_AT_LEAST.known, REPLAY_SHARE.most * all)
    : REPLAY_AT_LEAST.unknown;
  const usual = Math.min(REPLAY_SHARE.usual * all, MOST_PER_RUN * pools.length);
  const wanted = Math.max(least, usual);
  return Math.floor(wanted) + (random() < wanted % 1 ? 1 : 0);
}

/** So many segments, or all: one of each run before any second one. */
function takeFrom(
  pools: readonly Segment[][],
  wanted: number,
  random: () => number,
): readonly Segment[] {
  const count = Math.min(
    pools.reduce((n, pool) => n + pool.length, 0),
    wanted,
  );
  const drawn: Segment[] = [];
  while (drawn.length < count) {
    for (const pool of pools) {
      const segment = drawn.length < count ? takeOne(pool, random) : undefined;
      if (segment !== undefined) drawn.push(segment);
    }
  }
  return drawn;
}

/** A segment as its volunteer committed it, or as a replay found it. */
export interface Observed {
  /** State at its end, by name; null where the run diverged before. */
  readonly end: Readonly<Record<string, Float32Array>> | null;
  /** What was recorded after `from`, up to `to`: values by column. */
  readonly rows: Readonly<Record<string, Float32Array>>;
  readonly diverged: number | null;
}

export interface Sizes {
  /** Largest magnitude of each column over the whole run. */
  readonly columns: Readonly<Record<string, number>>;
  /** What arrays that are no weights will still do to the weights, by their name. */
  readonly reach: Readonly<Record<string, Reach>>;
}

export interface Judgement {
  readonly verdict: 'valid' | 'invalid' | 'inconclusive';
  /** Relative deviation of states and rows; 0 where the bits are equal. Infinite where shapes differ. */
  readonly deviation: number;
}

/**
 * What a trusted replay says of a segment (V3).
 * @param start the state that both went on from
 * @param tolerance relative deviation within which honest devices of all classes lie
 * @param sizes what is tiny beside these is not compared with itself
 */
export function judge(
  claimed: Observed,
  replayed: Observed,
  start: Readonly<Record<string, Float32Array>>,
  tolerance: number,
  { columns, reach }: Sizes,
): Judgement {
  // A loss that runs away is chaotic: that it does is compared, and not how far it has come.
  if (claimed.diverged !== null) {
    const agree = replayed.diverged !== null;
    return { verdict: agree ? 'valid' : 'inconclusive', deviation: agree ? 0 : Infinity };
  }
  const deviation = Math.max(
    stateDeviation(claimed.end, replayed.end, start, reach),
    rowsDeviation(claimed.rows, replayed.rows, columns),
  );
  if (deviation <= tolerance) return { verdict: 'valid', deviation };
  return { verdict: deviation > CLEARLY * tolerance ? 'invalid' : 'inconclusive', deviation };
}

/**
 * What leaves with a segment on which this was said (V4, V5): nothing; the attempt that it is of; or,
 * as nobody who forges once is believed again, all that its device gave.
 */
export function leavesWith(verdict: Judgement['verdict']): 'nothing' | 'attempt' | 'device' {
  switch (verdict) {
    case 'valid':
      return 'nothing';
    case 'inconclusive':
      return 'attempt';
    case 'invalid':
      return 'device';
  }
}

/**
 * ‖claimed − replayed‖ over ‖replayed − start‖, of each named array: how far apart the two ended in
 * units of how far training went. Where an array hardly moved, a thousandth of its own norm counts. A
 * velocity may instead be measured by how far it will still move its weights, in units of how far they
 * went: where a run comes to rest, velocities differ between numeric classes by all they are, and nothing
 * hangs on them.
 */
export function stateDeviation(
  claimed: Observed['end'],
  replayed: Observed['end'],
  start: Readonly<Record<string, Float32Array>>,
  reach: Sizes['reach'],
): number {
  if (claimed === null || replayed === null) return claimed === replayed ? 0 : Infinity;
  const names = Object.keys(replayed);
  if (names.length !== Object.keys(claimed).length) return Infinity;
  let worst = 0;
  for (const name of names) {
    const [a, b] = [claimed[name], replayed[name]];
    if (a === undefined || b === undefined || a.length !== b.length) return Infinity;
    // Directions (warm starts of an eigenvector) have no sign, and near ties no direction of their own.
    if (isDirection(name)) continue;
    const { of, times } = reach[name] ?? { of: name, times: 1 };
    const felt = wayOf(replayed[of] ?? b, start[of]) / times;
    worst = Math.max(worst, ratio(distance(a, b), Math.max(wayOf(b, start[name]), felt)));
  }
  return worst;
}

/** How far an array went; a thousandth of its norm at least. */
const wayOf = (end: Float32Array, start: Float32Array | undefined): number =>
  Math.max(start === undefined ? norm(end) : distance(end, start), 1e-3 * norm(end));

const isDirection = (name: string) => name.endsWith('Vector');

/**
 * Largest difference of a column over its largest magnitude in the segment, or a thousandth of that in
 * the whole run; where both are NaN, none.
 */
export function rowsDeviation(
  claimed: Observed['rows'],
  replayed: Observed['rows'],
  scales: Readonly<Record<string, number>>,
): number {
  let worst = 0;
  for (const [name, b] of Object.entries(replayed)) {
    const a = claimed[name];
    if (a === undefined || a.length !== b.length) return Infinity;
    let [apart, size] = [0, 1e-3 * (scales[name] ?? 0)];
    for (const [i, value] of b.entries()) {
      const other = a[i] ?? Number.NaN;
      if (Object.is(other, value)) continue;
      apart = Math.max(apart, Math.abs(other - value));
      if (Number.isNaN(other - value)) return Infinity;
    }
    for (const value of b) if (Number.isFinite(value)) size = Math.max(size, Math.abs(value));
    worst = Math.max(worst, ratio(apart, size));
  }
  return worst;
}

const ratio = (apart: number, size: number) => (apart === 0 ? 0 : apart / size);

function distance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (const [i, value] of a.entries()) sum += (value - (b[i] ?? 0)) ** 2;
  // A NaN on one side alone is as far away as can be.
  return Number.isNaN(sum) ? Infinity : Math.sqrt(sum);
}

const norm = (a: Float32Array) => distance(a, new Float32Array(a.length));

/** Takes one of them out: as likely any as any other. */
function takeOne<T>(items: T[], random: () => number): T | undefined {
  const j = Math.floor(random() * items.length);
  const taken = items[j];
  const last = items.pop();
  if (last !== undefined && j < items.length) items[j] = last;
  return taken;
}

/** Fisher–Yates. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const all = [...items];
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const [a, b] = [all[i] as T, all[j] as T];
    all[i] = b;
    all[j] = a;
  }
  return all;
}
