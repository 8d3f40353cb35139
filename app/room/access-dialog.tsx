'use client';
/** Who may come in, for the owner: the door of the room code, and invitations. */
import { type ReactNode, useId, useState } from 'react';
import type { RoomSettings } from '../../server/protocol.ts';
import { getClient } from '../net/client.ts';
import styles from './dialog.module.css';
import { RoomDialog } from './dialog.tsx';
import { Invitations } from './invitations.tsx';
import { ROLE_MEANINGS, ROLE_NAMES } from './role-words.ts';

interface Props {
  readonly code: string;
  readonly door: RoomSettings['door'];
}

export function AccessDialog({ code, door }: Props) {
  return (
    <RoomDialog label="Invite and access" title="Who may come in">
      {() => (
        <>
          <Door code={code} door={door} />
          <Invitations code={code} />
        </>
      )}
    </RoomDialog>
  );
}

const DOOR_ROLES = ['guest', 'volunteer', 'annotator'] as const;

function Door({ code, door }: Props): ReactNode {
  const id = useId();
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const set = async (next: RoomSettings['door']) => {
    setBusy(true);
    const reply = await getClient().request('room.door', { code, ...next });
    setBusy(false);
    setRefusal(reply.ok ? null : reply.message);
  };
  return (
    <section className={styles.part} aria-labelledby={`${id}-door`}>
      <h3 id={`${id}-door`} className={styles.heading}>
        The door
      </h3>
      <p className="hint" role="status">
        {door.open
          ? 'Open: whoever has the room code comes in.'
          : 'Closed: the room code lets nobody new in. Whoever is a member stays one.'}
      </p>
      <div className={styles.row}>
        <label className={styles.field}>
          <span className="label">Newcomers are</span>
          <select
            className="field"
            value={door.role}
            disabled={busy || !door.open}
            onChange={(e) => {
              const role = DOOR_ROLES.find((r) => r === e.target.value);
              if (role !== undefined) void set({ ...door, role });
            }}
          >
            {DOOR_ROLES.map((role) => (
              <option key={role} value={role}>
                {ROLE_NAMES[role]}: {ROLE_MEANINGS[role]}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          className="button"
          disabled={busy}
          onClick={() => void set({ ...door, open: !door.open })}
        >
          {door.open ? 'Close the door' : 'Open the door'}
        </button>
      </div>
      {refusal === null ? null : (
        <p className="error" role="alert">
          {refusal}
        </p>
      )}
    </section>
  );
}
