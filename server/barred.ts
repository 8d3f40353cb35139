/** Devices that get no more work, read for many at once. */
import { and, count, eq, inArray } from 'drizzle-orm';
import { attempts, audits, handovers, shards } from '../db/schema.ts';
import { among } from './among.ts';
import type { Tx } from './sequence.ts';

/** A device that gave this many invalid results, or handovers that it did not show, gets no more work in the investigation. */
const MAX_INVALID = 3;

const INVALID =
  'Three results or handovers of this device did not fit what was asked for, or were not shown, so it gets no more work here.';
const FORGED =
  'A result of this device was trained again elsewhere and came out otherwise, so it gets no more work. If nobody tampered with it, its hardware or browser computes wrongly.';

/** Says why this device gets no work in this investigation; null if it may. */
export type Barred = (device: string, investigation: string) => string | null;

export async function barredAmong(tx: Tx, devices: readonly string[]): Promise<Barred> {
  const all = [...new Set(devices)];
  const invalid = await tx
    .select({ device: attempts.device, investigation: shards.investigation, n: count() })
    .from(attempts)
    .innerJoin(shards, eq(shards.id, attempts.shard))
    .where(and(among(attempts.device, all), inArray(attempts.state, ['invalid', 'withdrawn'])))
    .groupBy(attempts.device, shards.investigation);
  const declined = await tx
    .select({ device: handovers.device, investigation: shards.investigation, n: count() })
    .from(handovers)
    .innerJoin(shards, eq(shards.id, handovers.shard))
    .where(and(among(handovers.device, all), eq(handovers.state, 'declined')))
    .groupBy(handovers.device, shards.investigation);
  const forged = await tx
    .selectDistinct({ device: audits.device })
    .from(audits)
    .where(and(among(audits.device, all), eq(audits.state, 'invalid')));
  const forgers = new Set(forged.map(({ device }) => device));
  const failures = new Map<string, number>();
  for (const { device, investigation, n } of [...invalid, ...declined]) {
    const key = `${device} ${investigation}`;
    failures.set(key, (failures.get(key) ?? 0) + n);
  }
  const clumsy = new Set([...failures].flatMap(([key, n]) => (n >= MAX_INVALID ? key : [])));
  return (device, investigation) => {
    if (clumsy.has(`${device} ${investigation}`)) return INVALID;
    return forgers.has(device) ? FORGED : null;
  };
}
