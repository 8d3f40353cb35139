'use client';
/** Invitations to a room: making one with a role and a time, copying its link, revoking it. */
import { type FormEvent, useEffect, useId, useState } from 'react';
import type { InvitationView, InvitedRole, RequestInput } from '../../server/protocol.ts';
import { getClient } from '../net/client.ts';
import { plural } from '../ui/text.ts';
import styles from './dialog.module.css';
import { ROLE_MEANINGS, ROLE_NAMES } from './role-words.ts';

const INVITED = ['viewer', 'guest', 'volunteer', 'annotator', 'instructor'] as const;
const TIMES = [
  { label: 'for an hour', hours: 1 },
  { label: 'for a day', hours: 24 },
  { label: 'for a week', hours: 168 },
  { label: 'until revoked', hours: null },
] as const;

/** The link of an invitation; that of a viewer says so. */
function linkOf(code: string, { invitation, role }: InvitationView): string {
  const name = role === 'viewer' ? 'view' : 'invite';
  return `${window.location.origin}/i/${code}?${name}=${invitation}`;
}

export function Invitations({ code }: { readonly code: string }) {
  const id = useId();
  const [list, setList] = useState<readonly InvitationView[] | null>(null);
  const [role, setRole] = useState<InvitedRole>('viewer');
  const [time, setTime] = useState(1);
  const [said, setSaid] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);

  const read = async () => {
    const reply = await getClient().request('invitation.list', { code });
    setRefusal(reply.ok ? null : reply.message);
    if (reply.ok) setList(reply.value);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: read once, when the dialog opens.
  useEffect(() => void read(), [code]);

  const add = async (event: FormEvent) => {
    event.preventDefault();
    const hours: RequestInput<'invitation.add'>['hours'] = TIMES[time]?.hours ?? null;
    const reply = await getClient().request('invitation.add', { code, role, hours });
    if (!reply.ok) return setRefusal(reply.message);
    await read();
    await copy(reply.value);
  };
  const copy = async (card: InvitationView) => {
    try {
      await navigator.clipboard.writeText(linkOf(code, card));
      setSaid('The link is copied.');
    } catch {
      setSaid('Copying was refused; mark the link below and copy it.');
    }
  };
  const revoke = async ({ invitation }: InvitationView) => {
    const reply = await getClient().request('invitation.revoke', { code, invitation });
    if (!reply.ok) return setRefusal(reply.message);
    setSaid('Revoked. Whom it let in stays.');
    await read();
  };

  const valid = (list ?? []).filter(({ state }) => state === 'valid');
  const over = (list ?? []).length - valid.length;
  return (
    <section className={styles.part} aria-labelledby={`${id}-title`}>
      <h3 id={`${id}-title`} className={styles.heading}>
        Invitations
      </h3>
      <form className={styles.row} onSubmit={(e) => void add(e)}>
        <label className={styles.field}>
          <span className="label">Comes in as</span>
          <select
            className="field"
            value={role}
            onChange={(e) => setRole(INVITED.find((r) => r === e.target.value) ?? 'viewer')}
          >
            {INVITED.map((r) => (
              <option key={r} value={r}>
                {ROLE_NAMES[r]}: {ROLE_MEANINGS[r]}
              </option>
            ))}
          </select>
        </label>
        <label className={styles.field}>
          <span className="label">Valid</span>
          <select className="field" value={time} onChange={(e) => setTime(Number(e.target.value))}>
            {TIMES.map(({ label }, i) => (
              <option key={label} value={i}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" className="button primary">
          Make a link
        </button>
      </form>
      <p className="hint" role="status">
        {said}
      </p>
      {refusal === null ? null : (
        <p className="error" role="alert">
          {refusal}
        </p>
      )}
      {valid.length === 0 ? null : (
        <ul className={styles.list} aria-label="Invitations">
          {valid.map((card) => (
            <li key={card.invitation} className={styles.item}>
              <span>
                <b>{ROLE_NAMES[card.role]}</b>{' '}
                <span className="hint">
                  {card.expiresAt === null ? 'until revoked' : `until ${when(card.expiresAt)}`}
                  {card.role === 'viewer'
                    ? null
                    : `, let ${plural(card.uses, 'person', 'people')} in`}
                </span>
                <span className={styles.link}>{linkOf(code, card)}</span>
              </span>
              <span className={styles.buttons}>
                <button type="button" className="button small" onClick={() => void copy(card)}>
                  Copy
                </button>
                <button
                  type="button"
                  className="button small quiet"
                  onClick={() => void revoke(card)}
                >
                  Revoke
                </button>
              </span>
            </li>
          ))}
        </ul>
      )}
      {over === 0 ? null : <p className="hint">{plural(over, 'invitation')} expired or revoked.</p>}
    </section>
  );
}

const when = (iso: string) =>
  new Date(iso).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
