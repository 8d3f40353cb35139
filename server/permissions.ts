/**
 * What every request needs, in one table that the compiler keeps complete, and the one place where it is
 * checked: before a handler runs. What a request's own row, lease or door decides is said here too.
 */
import { eq } from 'drizzle-orm';
import type { Database } from '../db/open.ts';
import { claims, investigations } from '../db/schema.ts';
import { findInvestigation, type Investigation } from './investigations.ts';
import { memberRole } from './members.ts';
import type { Act, Refusal, RequestName, RequestValue } from './protocol.ts';
import { refuse } from './refusal.ts';
import { refuseAct } from './roles.ts';
import type { SocketData } from './rooms.ts';

export type Permission<N extends RequestName = RequestName> =
  /** About the device itself, or opening something new: no room has a say. */
  | { readonly by: 'device' }
  /** The room's door, an invitation or a membership decides, in the handler's own transaction. */
  | { readonly by: 'door' }
  /** The lease that the device holds: whoever was leased a shard may finish it. */
  | { readonly by: 'lease' }
  /** That this socket is in the room, checked in memory: these come often. */
  | { readonly by: 'presence'; readonly act: 'watch' | 'appear' }
  /** The role of the device in the room that the request names. */
  | { readonly by: 'room'; readonly act: Act | ((input: RequestValue<N>) => Act) }
  /** Its role in the room of the claim that the request names. */
  | { readonly by: 'claim'; readonly act: Act };

export const PERMISSIONS: { readonly [N in RequestName]: Permission<N> } = {
  'investigation.open': { by: 'device' },
  'investigation.control': {
    by: 'room',
    act: ({ action }) => (action === 'conclude' ? 'own' : 'steer'),
  },
  'room.join': { by: 'door' },
  'room.leave': { by: 'device' },
  'room.sync': { by: 'presence', act: 'watch' },
  'room.door': { by: 'room', act: 'own' },
  'room.present': { by: 'room', act: 'present' },
  'room.freeze': { by: 'room', act: 'present' },
  'room.anonymise': { by: 'room', act: 'present' },
  'member.role': { by: 'room', act: 'own' },
  'invitation.add': { by: 'room', act: 'own' },
  'invitation.list': { by: 'room', act: 'own' },
  'invitation.revoke': { by: 'room', act: 'own' },
  'present.view': { by: 'room', act: 'present' },
  'cursor.move': { by: 'presence', act: 'appear' },
  'device.rename': { by: 'device' },
  'device.transfer': { by: 'device' },
  'device.link': { by: 'device' },
  'device.unlink': { by: 'device' },
  'lease.request': { by: 'door' },
  'lease.progress': { by: 'lease' },
  'lease.release': { by: 'lease' },
  'result.submit': { by: 'lease' },
  'audit.answer': { by: 'lease' },
  'claim.add': { by: 'room', act: 'annotate' },
  'claim.reply': { by: 'claim', act: 'annotate' },
  'claim.withdraw': { by: 'claim', act: 'annotate' },
};

/** Who asks: a socket, as far as its rights go. */
export interface Asking {
  readonly rooms: ReadonlySet<string>;
  readonly data: SocketData;
}

/** The refusal of this request from this socket; null if it may be handled. */
export async function refuseRequest<N extends RequestName>(
  db: Database,
  { rooms, data }: Asking,
  name: N,
  input: RequestValue<N>,
): Promise<Refusal | null> {
  const permission: Permission<N> = PERMISSIONS[name];
  switch (permission.by) {
    case 'device':
    case 'door':
    case 'lease':
      return null;
    case 'presence': {
      const code = textOf(input, 'code');
      if (!rooms.has(code)) return refuseAct(null, permission.act);
      // Members are guests at least.
      return refuseAct(data.views.includes(code) ? 'viewer' : 'guest', permission.act);
    }
    case 'room': {
      const code = textOf(input, 'code');
      const found = await findInvestigation(db, code);
      if (found === null) return refuse('not-found', `There is no room ${code}.`);
      const { act } = permission;
      return await refuseIn(db, found, data, typeof act === 'function' ? act(input) : act);
    }
    case 'claim': {
      const [row] = await db
        .select({ found: investigations })
        .from(claims)
        .innerJoin(investigations, eq(investigations.id, claims.investigation))
        .where(eq(claims.id, textOf(input, 'claim')));
      if (row === undefined) return refuse('not-found', 'That claim does not exist.');
      return await refuseIn(db, row.found, data, permission.act);
    }
  }
}

async function refuseIn(
  db: Database,
  found: Investigation,
  { deviceId, views }: SocketData,
  act: Act,
): Promise<Refusal | null> {
  const role = await memberRole(db, found, deviceId);
  return refuseAct(role ?? (views.includes(found.code) ? 'viewer' : null), act);
}

/** A text that every request of this kind has; its schema has checked it. */
function textOf(input: object, key: 'code' | 'claim'): string {
  const value: unknown = Reflect.get(input, key);
  if (typeof value !== 'string') throw new Error(`A request that needs its ${key} has none.`);
  return value;
}
