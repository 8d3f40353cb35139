/**
 * How many runs make a shard for a device (S1): so many as it trains in about 30 s, by what was
 * observed of it, else of its class, else the study's pack size. Pure.
 */
import { median } from '../compute/analysis/stats.ts';
import { trainingFlops } from '../compute/programs/cost.ts';
import { columnsOf, type ProgramSpec, shapeKey } from '../compute/programs/program.ts';
import { scheduledSteps } from './validate.ts';
import { LIMITS } from './vocabulary.ts';

export const SHARD_SECONDS = 30;
/** Of what one message may weigh, so much is for the numbers: hashes and names take the rest. */
const VALUES_SHARE = 0.5;

/** An accepted shard: what was trained, and how long the volunteer said that it took. */
export interface Observation {
  readonly program: ProgramSpec;
  readonly runs: number;
  readonly seconds: number;
}

const facts = new WeakMap<ProgramSpec, { readonly shape: string; readonly flops: number }>();

/** Worked out once for each object. */
function factsOf(program: ProgramSpec) {
  const known = facts.get(program);
  if (known !== undefined) return known;
  const own = { shape: shapeKey(program), flops: trainingFlops(program) };
  facts.set(program, own);
  return own;
}

/**
 * Runs a second on this program: the median over observations of the same shape, else over all,
 * scaled by arithmetic; null without any. A median: one device that lies must not size the
 * shards of its class.
 */
export function runsPerSecond(
  program: ProgramSpec,
  observed: readonly Observation[],
): number | null {
  const { shape, flops } = factsOf(program);
  const same = observed.filter((o) => factsOf(o.program).shape === shape);
  const used = same.length > 0 ? same : observed;
  const speeds = used.map((o) => (o.runs * factsOf(o.program).flops) / flops / o.seconds);
  return speeds.length === 0 ? null : median(speeds);
}

/** Runs of a shard at this speed, at least one; `packSize` where the speed is not known. */
export function shardSize(program: ProgramSpec, speed: number | null, packSize: number): number {
  const wanted = speed === null ? packSize : Math.round(SHARD_SECONDS * speed);
  return Math.max(1, Math.min(wanted, mostRuns(program)));
}

/** Runs whose result fits in one message. */
function mostRuns(program: ProgramSpec): number {
  const bytes = 4 * scheduledSteps(program).length * (1 + columnsOf(program).length);
  return Math.min(LIMITS.runsPerShard, Math.floor((VALUES_SHARE * LIMITS.messageBytes) / bytes));
}
