/**
 * Presence: who is in a room and who computes what, told from the sockets themselves, so that there
 * is nothing to lose and any number of coordinators see the same. What a socket says of its lease
 * counts while the database says that the attempt holds its shard.
 */
import { and, asc, count, eq, gt, isNull, sql, sum } from 'drizzle-orm';
import type { Database } from '../db/open.ts';
import { attempts, devices, members, runs, shards } from '../db/schema.ts';
import { among } from './among.ts';
import { nextCell } from './informative.ts';
import type { Investigation } from './investigations.ts';
import { neutralName, presenceWithoutNames, type Seen, SOMEBODY } from './neutral-names.ts';
import type { Member, Presence, Work } from './protocol.ts';
import { roleAtDoor, roleIn } from './roles.ts';

/** A lease that a socket holds: the shard in training, or the next one. */
export interface HeldLease {
  readonly code: string;
  readonly shard: string;
  readonly attempt: number;
  readonly startedAt: number;
  /** Soft deadline that this socket set last; another one in the database is another socket's. */
  readonly softAt: number;
  readonly work: Work;
}

/** What a socket carries. */
export interface SocketData {
  deviceId: string;
  /** SHA-256 of the key that it came with. */
  keyHash: string;
  /** In the order in which they were leased. */
  leases: readonly HeldLease[];
  /** Codes of the rooms that it watches by a link for viewing only. */
  views: readonly string[];
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

/**
 * With somebody who has come since it was read; as herself for her own eyes, as nobody in particular
 * where names are hidden, until presence is told next. A viewer is not listed.
 */
export function withMember(
  { named, shown }: Seen<Presence>,
  { anonymous }: Pick<Investigation, 'anonymous'>,
  member: Member,
): Seen<Presence> {
  if (member.role === 'viewer' || named.members.some(({ id }) => id === member.id)) {
    return { named, shown };
  }
  const neutral = anonymous ? { ...member, nickname: SOMEBODY } : member;
  return {
    named: { ...named, members: [...named.members, member] },
    shown: { ...shown, members: [...shown.members, neutral] },
  };
}

/** The presence of a room, from the data of the sockets in it (a device may have several). */
export async function presenceOf(
  db: Database,
  found: Investigation,
  sockets: readonly SocketData[],
  now: number,
): Promise<Seen<Presence>> {
  const [views, seen] = partition(sockets, (s) => s.views.includes(found.code));
  const ids = [...new Set(seen.map((s) => s.deviceId))];
  const held = await heldLeases(db, found.code, sockets);
  const rows = await db
    .select({
      ...{ id: devices.id, nickname: devices.nickname },
      ...{ given: members.role, number: members.number },
    })
    .from(devices)
    .leftJoin(members, and(eq(members.device, devices.id), eq(members.investigation, found.id)))
    .where(among(devices.id, ids));
  const here = rows.map(({ id, nickname, given }): Member => {
    const own = held.flatMap((h) => (h.deviceId === id ? [h.lease.work] : []));
    // The next shard is leased while this one still trains.
    const work = own.find((w) => w.done > 0) ?? own[0] ?? null;
    // Who trains without having come in does so as whoever the door would let in.
    const role = roleIn(found, id, given) ?? roleAtDoor(found) ?? 'guest';
    return { id, nickname, role, work };
  });
  const [open] = await db
    .select({ work: sum(sql`(${runs.program}->>'steps')::int`) })
    .from(runs)
    .where(and(eq(runs.investigation, found.id), isNull(runs.outcome)));
  const working = held.map(({ lease }) => ({
    done: lease.work.done,
    seconds: (now - lease.startedAt) / 1000,
  }));
  const remaining = Number(open?.work ?? 0) - working.reduce((done, w) => done + w.done, 0);
  const named: Presence = {
    code: found.code,
    members: here.sort((a, b) => (a.nickname < b.nickname ? -1 : 1)),
    viewers: new Set(views.map((s) => s.deviceId)).size,
    etaSeconds: found.state === 'running' ? etaSeconds(remaining, paceOf(working)) : null,
    next: found.state === 'running' ? await nextCell(db, found) : null,
    left: await leftRuns(db, found),
    waiting: await waitingRuns(db, found),
  };
  if (!found.anonymous) return { named, shown: named };
  const neutral = new Map(
    rows.map(({ id, given, number }) => [
      id,
      number === null ? SOMEBODY : neutralName(roleIn(found, id, given), number),
    ]),
  );
  return { named, shown: presenceWithoutNames(named, (id) => neutral.get(id) ?? SOMEBODY) };
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

/** Presence is sent whole each time: of a device that gave thousands, so many are told. */
const LEFT_AT_MOST = 1_000;

async function waitingRuns(db: Database, { id }: Investigation): Promise<number> {
  const [waiting] = await db
    .select({ n: count() })
    .from(runs)
    .where(and(eq(runs.investigation, id), eq(runs.waits, true)));
  return waiting?.n ?? 0;
}

/** Runs that had a result which left again, and have none now (V4, V5, T3), the first of them. */
async function leftRuns(db: Database, found: Investigation): Promise<Presence['left']> {
  return await db
    .select({ cell: runs.cell, seed: runs.seed })
    .from(runs)
    .where(and(eq(runs.investigation, found.id), isNull(runs.outcome), gt(runs.acceptedSeq, 0)))
    .orderBy(asc(runs.cell), asc(runs.repeat))
    .limit(LEFT_AT_MOST);
}

/**
 * The leases of these sockets that hold their shards, each once: after a reconnect the old socket
 * may linger with the same lease, and it is behind the new one.
 */
async function heldLeases(
  db: Database,
  code: string,
  sockets: readonly SocketData[],
): Promise<{ readonly deviceId: string; readonly lease: HeldLease }[]> {
  const told = sockets.flatMap(({ deviceId, leases }) =>
    leases.flatMap((lease) => (lease.code === code ? [{ deviceId, lease }] : [])),
  );
  if (told.length === 0) return [];
  const active = await db
    .select({ shard: attempts.shard, attempt: attempts.number })
    .from(attempts)
    .innerJoin(shards, eq(shards.id, attempts.shard))
    .where(
      and(
        among(
          attempts.shard,
          told.map(({ lease }) => lease.shard),
        ),
        eq(attempts.state, 'active'),
        isNull(shards.accepted),
      ),
    );
  return active.flatMap(({ shard, attempt }) => {
    const same = told.filter(({ lease: l }) => l.shard === shard && l.attempt === attempt);
    const ahead = same.sort((a, b) => b.lease.work.done - a.lease.work.done)[0];
    return ahead === undefined ? [] : [ahead];
  });
}
