/**
 * What every request needs, in one table that the compiler keeps complete, and the one place where it is
 * checked: before a handler runs. What a request's own row, lease or door decides is said here too.
 */
import type { Database } from '../db/open.ts';
import { notThere, targetOf } from './claims/change.ts';
import { findInvestigation, type Investigation } from './investigations.ts';
import { memberRole } from './members.ts';
import type { Refusal, RequestName, RequestValue, Written } from './protocol.ts';
import { refuse } from './refusal.ts';
import { refuseAct } from './roles.ts';
import type { SocketData } from './rooms.ts';
import type { Act } from './vocabulary.ts';

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
  /** Its role in the room of what was written there, or in a room; whose it is, the handler sees. */
  | {
      readonly by: 'written';
      readonly act: Act;
      readonly of: (input: RequestValue<N>) => Written | { readonly code: string };
    };

function claimOf({ claim: id }: { readonly claim: string }): Written {
  return { kind: 'claim', id };
}

export const PERMISSIONS: { readonly [N in RequestName]: Permission<N> } = {
  'investigation.open': { by: 'device' },
  'investigation.control': {
    by: 'room',
    act: ({ action }) => (action === 'conclude' ? 'own' : 'steer'),
  },
  'room.join': { by: 'door' },
  'room.leave': { by: 'device' },
  'room.sync': { by: 'presence', act: 'watch' },
  'room.frozen': { by: 'presence', act: 'watch' },
  'room.runs': { by: 'presence', act: 'watch' },
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
  // Of use to whoever writes, and a list of everybody's names: nobody else is given it.
  'room.people': { by: 'room', act: 'annotate' },
  'device.rename': { by: 'device' },
  'device.transfer': { by: 'device' },
  'device.link': { by: 'device' },
  'device.unlink': { by: 'device' },
  'lease.request': { by: 'door' },
  'lease.progress': { by: 'lease' },
  'lease.handover': { by: 'lease' },
  'lease.release': { by: 'lease' },
  'result.submit': { by: 'lease' },
  'audit.answer': { by: 'lease' },
  'claim.add': { by: 'room', act: 'annotate' },
  'claim.reply': { by: 'written', act: 'annotate', of: claimOf },
  'claim.edit': { by: 'written', act: 'annotate', of: claimOf },
  'claim.reaffirm': { by: 'written', act: 'annotate', of: claimOf },
  // Whatever became of her role, what somebody wrote is hers to take back.
  'claim.withdraw': { by: 'written', act: 'watch', of: (written) => written },
  'claim.restore': { by: 'written', act: 'annotate', of: (written) => written },
  'claim.resolve': { by: 'written', act: 'annotate', of: claimOf },
  'reply.edit': { by: 'written', act: 'annotate', of: ({ reply: id }) => ({ kind: 'reply', id }) },
  'claims.moderate': {
    ...{ by: 'written', act: 'moderate' },
    of: (input) => (input.action === 'policy' ? { code: input.code } : input.what),
  },
  'claim.history': { by: 'written', act: 'watch', of: claimOf },
  'claims.queue': { by: 'room', act: 'watch' },
  'claims.log': { by: 'room', act: 'moderate' },
  'snapshot.take': { by: 'room', act: 'publish' },
  'snapshot.import': { by: 'device' },
  'report.save': { by: 'room', act: 'publish' },
  'room.shared': { by: 'room', act: 'watch' },
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
      if (found === null) return noRoom(code);
      const { act } = permission;
      return await refuseIn(db, found, data, typeof act === 'function' ? act(input) : act);
    }
    case 'written': {
      const { act } = permission;
      const of = permission.of(input);
      if ('code' in of) {
        const found = await findInvestigation(db, of.code);
        return found === null ? noRoom(of.code) : await refuseIn(db, found, data, act);
      }
      const target = await targetOf(db, of);
      return target === null ? notThere(of) : await refuseIn(db, target.found, data, act);
    }
  }
}

const noRoom = (code: string): Refusal => refuse('not-found', `There is no room ${code}.`);

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
function textOf(input: object, key: 'code'): string {
  const value: unknown = Reflect.get(input, key);
  if (typeof value !== 'string') throw new Error(`A request that needs its ${key} has none.`);
  return value;
}
