'use client';
/** For instructors and the owner: whether claims wait for approval, and what moderators did so far. */
import { useEffect, useState } from 'react';
import type { ModerationEntry } from '../../server/protocol.ts';
import { Time } from './claim-text.tsx';
import styles from './claims.module.css';
import { Problem } from './problem.tsx';
import { useClaimAct } from './use-claim-act.ts';

interface Props {
  readonly code: string;
  /** What is written waits until a moderator approves it. */
  readonly waits: boolean;
  /** The room's number: the log may have grown when it has. */
  readonly seq: number;
}

export function ClaimModeration({ code, waits, seq }: Props) {
  const { busy, problem, act } = useClaimAct();
  const [opened, setOpened] = useState(false);
  /** What was chosen, until the room is told that it is so. */
  const [chosen, setChosen] = useState<boolean | null>(null);
  const choose = async (wait: boolean) => {
    setChosen(wait);
    const answer = await act('claims.moderate', { action: 'policy', code, wait });
    if (answer === null) setChosen(null);
  };
  useEffect(() => setChosen((before) => (before === waits ? null : before)), [waits]);
  return (
    <div className={styles.moderation}>
      <label className={styles.policy}>
        <input
          type="checkbox"
          checked={chosen ?? waits}
          disabled={busy}
          onChange={(e) => void choose(e.target.checked)}
        />
        Claims and replies wait until you approve them
      </label>
      <button
        type="button"
        className="button small quiet"
        aria-expanded={opened}
        onClick={() => setOpened(!opened)}
      >
        {opened ? 'Close the log' : 'Log of moderation'}
      </button>
      <Problem problem={problem} />
      {opened ? <Log {...{ code, seq }} /> : null}
    </div>
  );
}

const ACTS: Readonly<Record<ModerationEntry['action'], string>> = {
  ...{ approve: 'approved', hide: 'hid', unhide: 'showed again' },
  ...{ wait: 'let claims wait for approval', free: 'let claims appear at once' },
};

function Log({ code, seq }: Pick<Props, 'code' | 'seq'>) {
  const { problem, act } = useClaimAct();
  const [entries, setEntries] = useState<readonly ModerationEntry[] | null>(null);
  useEffect(() => {
    let left = false;
    if (seq > 0) {
      void act('claims.log', { code }).then((answer) => {
        if (!left && answer !== null) setEntries(answer.value);
      });
    }
    return () => {
      left = true;
    };
  }, [code, seq, act]);
  if (entries === null) return <p className="hint">{problem ?? 'Asking …'}</p>;
  if (entries.length === 0) return <p className="hint">Nothing was moderated so far.</p>;
  return (
    <ol className={styles.history} aria-label="Log of moderation, the last first">
      {entries.map(({ id, at, byName, action, what, authorName, text, reason }) => (
        <li key={id}>
          <p className={styles.byline}>
            <Time at={at} /> <b>{byName}</b> {ACTS[action]}
            {what === null ? '' : ` a ${what.kind} of ${authorName ?? 'somebody'}`}
          </p>
          {text === null ? null : <p className={styles.text}>{text}</p>}
          {reason === null ? null : <p className="hint">Because: {reason}</p>}
        </li>
      ))}
    </ol>
  );
}
