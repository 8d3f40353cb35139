'use client';
/** Who is here, in which role, what each one's browser computes, and how one appears oneself. */
import { type FormEvent, useId, useState } from 'react';
import type { Member, Presence, RoomSnapshot } from '../../server/protocol.ts';
import { LIMITS } from '../../server/vocabulary.ts';
import { getClient } from '../net/client.ts';
import { plural } from '../ui/text.ts';
import { MemberRole } from './member-role.tsx';
import styles from './people.module.css';
import { ROLE_NAMES } from './role-words.ts';
import { TransferDialog } from './transfer-dialog.tsx';
import { useMay } from './use-may.ts';

interface Props {
  readonly presence: Presence;
  readonly self: RoomSnapshot['self'];
  readonly renamed: (nickname: string) => void;
  /** Whether the room hides names, save from instructors. */
  readonly anonymous: boolean;
  /** Whether one's own pointer is shown to the others. */
  readonly pointer: boolean;
  readonly onPointer: (shown: boolean) => void;
}

export function People({ presence, self, renamed, anonymous, pointer, onPointer }: Props) {
  const [mayOwn, mayLead, mayAppear] = [useMay('own'), useMay('present'), useMay('appear')];
  const { code, viewers } = presence;
  return (
    <section className={`card ${styles.people}`} aria-labelledby="people">
      <h2 id="people" className="eyebrow">
        {presence.members.length === 1 ? 'One person is here' : `${presence.members.length} here`}
      </h2>
      <ul className={styles.list}>
        {presence.members.map((member) => (
          <li key={member.id} className={styles.member}>
            <span className={styles.who}>
              <span>
                {member.nickname}
                {member.id === self.id ? <span className={styles.tag}> · you</span> : null}
                {mayOwn && member.id !== self.id ? null : (
                  <span className={styles.tag}> · {ROLE_NAMES[member.role]}</span>
                )}
              </span>
              <span className="hint">{workWords(member)}</span>
            </span>
            {mayOwn && member.id !== self.id ? <MemberRole code={code} member={member} /> : null}
          </li>
        ))}
      </ul>
      {viewers === 0 ? null : (
        <p className="hint">
          {plural(viewers, 'more person watches', 'more people watch')} by a link for viewing.
        </p>
      )}
      {anonymous ? (
        <p className="hint" role="status">
          {mayLead
            ? 'Names are hidden from all but instructors and the owner. You see the real ones.'
            : 'Names are hidden: everybody has a number. Instructors see the real ones.'}
        </p>
      ) : null}
      {mayAppear ? (
        <label className={styles.pointer}>
          <input type="checkbox" checked={pointer} onChange={(e) => onPointer(e.target.checked)} />
          Show my pointer on the charts to the others
        </label>
      ) : null}
      <div className={styles.buttons}>
        <Rename nickname={self.nickname} renamed={renamed} />
        <TransferDialog />
      </div>
    </section>
  );
}

function workWords({ work }: Member): string {
  if (work === null) return 'watches';
  const percent = Math.floor((100 * work.done) / Math.max(1, work.total));
  const device = work.adapter === null ? work.backend : `${work.backend} · ${work.adapter}`;
  return `trains ${plural(work.runs.length, 'run')}, ${percent}% · ${device}`;
}

function Rename({ nickname, renamed }: Pick<Props, 'renamed'> & { readonly nickname: string }) {
  const id = useId();
  const [text, setText] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (text === null || text.trim() === '') return;
    const reply = await getClient().request('device.rename', { nickname: text.trim() });
    if (reply.ok) {
      renamed(reply.value.nickname);
      setText(null);
      setRefusal(null);
    } else setRefusal(reply.message);
  };
  if (text === null) {
    return (
      <button type="button" className="button small" onClick={() => setText(nickname)}>
        Change nickname
      </button>
    );
  }
  return (
    <form className={styles.rename} onSubmit={(e) => void save(e)}>
      <label className="label" htmlFor={id}>
        Nickname
      </label>
      <input
        id={id}
        className="field"
        value={text}
        maxLength={LIMITS.nickname}
        onChange={(e) => setText(e.target.value)}
      />
      {refusal === null ? null : (
        <p className="error" role="alert">
          {refusal}
        </p>
      )}
      <div className={styles.buttons}>
        <button type="submit" className="button small">
          Save nickname
        </button>
        <button type="button" className="button small quiet" onClick={() => setText(null)}>
          Cancel
        </button>
      </div>
    </form>
  );
}
