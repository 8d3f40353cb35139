'use client';
/** The role of somebody in the room, for its owner to change. Handing the room over asks once more. */
import { useState } from 'react';
import type { Member } from '../../server/protocol.ts';
import { ROLES, type Role } from '../../server/vocabulary.ts';
import { getClient } from '../net/client.ts';
import styles from './people.module.css';
import { ROLE_MEANINGS, ROLE_NAMES } from './role-words.ts';

interface Props {
  readonly code: string;
  readonly member: Member;
}

const GIVEN = ROLES.filter((role) => role !== 'viewer');

export function MemberRole({ code, member }: Props) {
  const [handing, setHanding] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const give = async (role: Exclude<Role, 'viewer'>) => {
    setBusy(true);
    const reply = await getClient().request('member.role', { code, member: member.id, role });
    setBusy(false);
    setHanding(false);
    setRefusal(reply.ok ? null : reply.message);
  };
  return (
    <>
      <select
        className={`field ${styles.role}`}
        aria-label={`Role of ${member.nickname}`}
        value={member.role}
        disabled={busy}
        onChange={(e) => {
          const role = GIVEN.find((r) => r === e.target.value);
          if (role === 'owner') setHanding(true);
          else if (role !== undefined) void give(role);
        }}
      >
        {GIVEN.map((role) => (
          <option key={role} value={role} title={ROLE_MEANINGS[role]}>
            {ROLE_NAMES[role]}
          </option>
        ))}
      </select>
      {handing ? (
        <span className={styles.handing}>
          <span className="hint" role="status">
            {member.nickname} will own the room, and you will be an instructor.
          </span>
          <span className={styles.buttons}>
            <button
              type="button"
              className="button small"
              disabled={busy}
              onClick={() => void give('owner')}
            >
              Hand the room over
            </button>
            <button type="button" className="button small quiet" onClick={() => setHanding(false)}>
              Keep it
            </button>
          </span>
        </span>
      ) : null}
      {refusal === null ? null : (
        <span className="error" role="alert">
          {refusal}
        </span>
      )}
    </>
  );
}
