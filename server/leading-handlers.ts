/** Answers to the requests by which a room is led: its door, invitations, roles, presenting, cursors. */
import type { Database } from '../db/open.ts';
import { type CursorRelay, createCursorRelay } from './cursors.ts';
import { setFrozen } from './freezing.ts';
import { findInvestigation, type Investigation } from './investigations.ts';
import { addInvitation, listInvitations, revokeInvitation } from './invitations.ts';
import type { Client, Handlers } from './io.ts';
import { giveRole, setAnonymous, setDoor, setPresenter } from './leading.ts';
import type { PresentedView, Refusal, Reply } from './protocol.ts';
import { refuse } from './refusal.ts';
import { drawTransfer, linkBrowser, TRANSFER_MS, unlinkBrowser } from './transfers.ts';

export type LeadingRequest =
  | 'room.door'
  | 'room.present'
  | 'room.freeze'
  | 'room.anonymise'
  | 'member.role'
  | 'invitation.add'
  | 'invitation.list'
  | 'invitation.revoke'
  | 'present.view'
  | 'cursor.move'
  | 'device.transfer'
  | 'device.link'
  | 'device.unlink';

export interface LeadingParts {
  readonly db: Database;
  /** Settings or names of the room changed: its sockets are told. */
  readonly changed: (code: string) => void;
  /** Pointers of the room wait to be told. */
  readonly pointed: (code: string) => void;
  /** Passes on what the presenter of the room looks at. */
  readonly presented: (code: string, view: PresentedView, from: Client) => void;
  /** The roles of these devices in the room changed: what their sockets see is set anew. */
  readonly regrouped: (code: string, devices: readonly string[]) => Promise<void>;
}

const DONE = { ok: true, value: null } as const;

/** The handlers, and the pointers that wait. */
export function leadingHandlers(parts: LeadingParts): {
  readonly handlers: Pick<Handlers, LeadingRequest>;
  readonly cursors: CursorRelay;
} {
  const { db, changed } = parts;
  const cursors = createCursorRelay();

  async function inRoom<T>(
    code: string,
    act: (found: Investigation) => Promise<T | Refusal>,
  ): Promise<T | Refusal> {
    const found = await findInvestigation(db, code);
    return found === null ? refuse('not-found', `There is no room ${code}.`) : await act(found);
  }
  /** Carries out a change of the room, and tells it. */
  const change = async (
    code: string,
    act: (found: Investigation) => Promise<Refusal | null | undefined>,
  ): Promise<Reply<null>> => {
    const refused = await inRoom(code, async (found) => (await act(found)) ?? null);
    if (refused !== null) return refused;
    changed(code);
    return DONE;
  };
  /** An answer that is a value. */
  const value = <T extends object>(found: T | Refusal): Reply<T> =>
    'ok' in found ? found : { ok: true, value: found };

  const handlers: Pick<Handlers, LeadingRequest> = {
    'room.door': (_, input) =>
      change(input.code, async (found) => void (await setDoor(db, found, input))),
    'room.present': (socket, { code, on }) =>
      change(code, async (found) => {
        await setPresenter(db, found, on ? socket.data.deviceId : null);
      }),
    'room.freeze': (_, { code, on }) =>
      change(code, async (found) => void (await setFrozen(db, found, on))),
    'room.anonymise': (_, { code, on }) =>
      change(code, async (found) => void (await setAnonymous(db, found, on))),
    'member.role': (socket, input) =>
      change(input.code, async (found) => {
        const refused = await giveRole(db, found, socket.data.deviceId, input);
        if (refused === null) {
          await parts.regrouped(input.code, [input.member, socket.data.deviceId]);
        }
        return refused;
      }),
    'invitation.add': async (_, input) =>
      value(await inRoom(input.code, (found) => addInvitation(db, found, input, Date.now()))),
    'invitation.list': async (_, { code }) =>
      value(await inRoom(code, (found) => listInvitations(db, found, Date.now()))),
    'invitation.revoke': (_, { code, invitation }) =>
      change(code, (found) => revokeInvitation(db, found, invitation)),
    'present.view': async (socket, { code, view }) => {
      const refused = await inRoom(code, async ({ presenter }) =>
        presenter === socket.data.deviceId
          ? null
          : refuse('not-allowed', 'Somebody else presents now.'),
      );
      if (refused !== null) return refused;
      parts.presented(code, view, socket);
      return DONE;
    },
    'cursor.move': async (socket, { code, at }) => {
      if (cursors.moved(code, socket.data.deviceId, at, Date.now())) parts.pointed(code);
      return DONE;
    },
    'device.transfer': async (socket) => {
      const transfer = await drawTransfer(db, socket.data.deviceId, Date.now());
      return { ok: true, value: { transfer, expiresInMs: TRANSFER_MS } };
    },
    'device.link': async (socket, { transfer }) =>
      value(await linkBrowser(db, socket.data.keyHash, transfer, Date.now())),
    'device.unlink': async (socket) => {
      await unlinkBrowser(db, socket.data.keyHash);
      return DONE;
    },
  };
  return { handlers, cursors };
}
