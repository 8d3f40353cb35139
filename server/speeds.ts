/** How fast devices were of late, read for many at once: it sizes their shards (S1). */
import { type SQL, sql } from 'drizzle-orm';
import type { DeviceInfo } from '../compute/engines/engine.ts';
import type { ProgramSpec } from '../compute/programs/program.ts';
import type { Study } from '../compute/studies/study.ts';
import { attempts, shards } from '../db/schema.ts';
import { groupBy } from './group.ts';
import { programOf, programText } from './interned.ts';
import type { Tx } from './sequence.ts';
import { type Observation, runsPerSecond, shardSize } from './sizing.ts';

/** Observations looked at, of the device and of its class. */
const OBSERVED = { own: 4, class: 16 };

/** Somebody who asks for work. */
export interface Asker {
  readonly device: string;
  readonly report: DeviceInfo;
  readonly now: number;
}

/** Who asks for work, and how much of it makes about 30 s there. */
export interface Seeker extends Asker {
  /** Whether anything is known of its speed, or of its class. */
  readonly isObserved: boolean;
  /** How many runs make a shard for it. */
  sizeOf(program: ProgramSpec, study: Study): number;
}

/** Devices that may be expected to be equally fast. */
export const classOf = ({ backend, adapter }: DeviceInfo): string =>
  adapter === null ? backend : `${backend} ${adapter}`;

/** Of each: what is known of the device's speed, or of its class while it has trained nothing. */
export async function seekersOf<A extends Asker>(
  tx: Tx,
  askers: readonly A[],
): Promise<(A & Seeker)[]> {
  const mine = askers.map(({ device, report }) => ({ device, class: classOf(report) }));
  const own = await observed(tx, mine, sql`${attempts.device} = w.device and`, OBSERVED.own);
  const unknown = mine.filter((w) => !own.has(keyOf(w)));
  const classes = [...new Set(unknown.map((w) => w.class))].map((c) => ({ device: '', class: c }));
  const alike = await observed(tx, classes, sql``, OBSERVED.class);
  return askers.map((asker, i) => {
    const who = mine[i] ?? { device: '', class: '' };
    const known = own.get(keyOf(who)) ?? alike.get(keyOf({ ...who, device: '' })) ?? [];
    return {
      ...asker,
      isObserved: known.length > 0,
      sizeOf: (program, study) => shardSize(program, runsPerSecond(program, known), study.packSize),
    };
  });
}

interface Whose {
  readonly device: string;
  readonly class: string;
}
const keyOf = (whose: Whose): string => JSON.stringify([whose.device, whose.class]);

/** The latest of each, newest first. `own` ends with "and", or is empty. */
async function observed(tx: Tx, whose: readonly Whose[], own: SQL, most: number) {
  if (whose.length === 0) return new Map<string, Observation[]>();
  const latest = sql`lateral (
    select ${programText(shards.program)} as program, ${shards.work} as work,
      ${attempts.baseStep} as base, ${attempts.seconds} as seconds
    from ${attempts} join ${shards} on ${shards.id} = ${attempts.shard}
    where ${own} ${attempts.deviceClass} = w.class and ${attempts.seconds} > 0
    order by ${attempts.createdAt} desc limit ${most}) o`;
  const rows = await tx
    .select({
      ...{ device: sql<string>`w.device`, class: sql<string>`w.class` },
      ...{ text: sql<string>`o.program`, work: sql<number>`o.work` },
      ...{ base: sql<number>`o.base`, seconds: sql<number>`o.seconds` },
    })
    .from(
      sql`json_to_recordset(${JSON.stringify(whose)}::json) as w(device text, class text), ${latest}`,
    );
  const all = rows.map(({ text, work, base, seconds, ...who }) => {
    const program = programOf(text);
    // Of a shard that it went on with, what was left of it.
    const own = 1 - base / program.steps;
    return { key: keyOf(who), runs: (own * work) / program.steps, program, seconds };
  });
  return groupBy(all, ({ key }) => key);
}
