'use client';
/** Hiding what somebody wrote from the room, with the reason that its author and the log are told. */
import { type FormEvent, useId, useState } from 'react';
import type { Written } from '../../server/protocol.ts';
import { LIMITS } from '../../server/vocabulary.ts';
import styles from './claims.module.css';
import { Problem } from './problem.tsx';
import { useClaimAct } from './use-claim-act.ts';

export function HideButton({ what }: { readonly what: Written }) {
  const id = useId();
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState('');
  const { busy, problem, say, actUndone } = useClaimAct();
  const hide = async (event: FormEvent) => {
    event.preventDefault();
    if (reason.trim() === '') return say('Say why: its author reads it.');
    const step = { action: 'hide', what, reason: reason.trim() } as const;
    const isHidden = await actUndone(['claims.moderate', step], 'Hidden from the room.', () => [
      'claims.moderate',
      { action: 'unhide', what },
    ]);
    if (isHidden) setAsking(false);
  };
  return (
    <>
      <button
        type="button"
        className="button small quiet"
        aria-expanded={asking}
        onClick={() => setAsking(!asking)}
      >
        Hide
      </button>
      {asking ? (
        <form className={styles.hide} onSubmit={(e) => void hide(e)}>
          <label className="hint" htmlFor={id}>
            Why is it hidden? Its author reads this.
          </label>
          <input
            id={id}
            className="field"
            maxLength={LIMITS.reason}
            value={reason}
            onChange={(e) => setReason(e.target.value)}
          />
          <button type="submit" className="button small" disabled={busy}>
            Hide from the room
          </button>
          <Problem problem={problem} />
        </form>
      ) : null}
    </>
  );
}
