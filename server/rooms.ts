/**
 * Presence: who is in a room and who computes what, told from the sockets themselves, so that there
 * is nothing to lose and any number of coordinators see the same.
 */
import { and, eq, isNull, sum } from 'drizzle-orm';
import type { Database } from '../db/open.ts';
import { shards } from '../db/schema.ts';
import { findInvestigation } from './investigations.ts';
import type { Member, Presence, Work } from './protocol.ts';

/** What a socket carries. */
export interface SocketData {
  deviceId: string;
  nickname: string;
  /** Lease that this socket works on. */
  lease: { code: string; shard: string; attempt: number; startedAt: number; work: Work } | null;
}

/** Run-steps a second of everybody who reported progress. */
export function paceOf(
  works: readonly { readonly done: number; readonly seconds: number }[],
): number {
  return works.reduce((sum, w) => sum + (w.seconds > 0 ? w.done / w.seconds : 0), 0);
}

/** Seconds until the last run at this pace; null while nobody has made progress. */
export function etaSeconds(remaining: number, pace: number): number | null {
  if (remaining <= 0) return 0;
  return pace > 0 ? remaining / pace : null;
}

/** The presence of a room, from the data of the sockets in it (a device may have several). */
export async function presenceOf(
  db: Database,
  code: string,
  sockets: readonly SocketData[],
  now: number,
): Promise<Presence> {
  const found = await findInvestigation(db, code);
  const members = new Map<string, Member>();
  for (const { deviceId, nickname, lease } of sockets) {
    const work = lease?.code === code ? lease.work : (members.get(deviceId)?.work ?? null);
    const role = found?.owner === deviceId ? 'owner' : 'member';
    members.set(deviceId, { id: deviceId, nickname, role, work });
  }
  const working = sockets.flatMap(({ lease }) =>
    lease?.code === code
      ? [{ done: lease.work.done, seconds: (now - lease.startedAt) / 1000 }]
      : [],
  );
  const [open] = await db
    .select({ work: sum(shards.work) })
    .from(shards)
    .where(and(eq(shards.investigation, found?.id ?? ''), isNull(shards.accepted)));
  const remaining = Number(open?.work ?? 0) - working.reduce((done, w) => done + w.done, 0);
  return {
    code,
    members: [...members.values()].sort((a, b) => (a.nickname < b.nickname ? -1 : 1)),
    etaSeconds: found?.state === 'running' ? etaSeconds(remaining, paceOf(working)) : null,
  };
}
