'use client';
/** Pause, resume, extend and conclude, for whose role may. Concluding cannot be undone, so it asks once more. */
import { useState } from 'react';
import type { Study } from '../../compute/studies/study.ts';
import type { InvestigationView, RequestInput } from '../../server/protocol.ts';
import { mayAct, type Role } from '../../server/vocabulary.ts';
import { getClient } from '../net/client.ts';
import { ExtendDialog } from './extend-dialog.tsx';
import styles from './owner-controls.module.css';

interface Props {
  readonly study: Study;
  readonly investigation: InvestigationView;
  readonly role: Role;
}

type Action = Exclude<RequestInput<'investigation.control'>['action'], 'extend'>;

export function OwnerControls({ study, investigation, role }: Props) {
  const { code, state } = investigation;
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);

  const control = async (action: Action) => {
    setBusy(true);
    const reply = await getClient().request('investigation.control', { code, action });
    setBusy(false);
    setAsking(false);
    setRefusal(reply.ok ? null : reply.message);
  };
  const button = (label: string, onClick: () => void) => (
    <button type="button" className="button small" disabled={busy} onClick={onClick}>
      {label}
    </button>
  );

  if (state === 'concluded') return null;
  return (
    <fieldset className={styles.controls} aria-label="Owner’s controls">
      {asking ? (
        <>
          <span className="hint">No more runs will be trained. This cannot be undone.</span>
          {button('Conclude for good', () => void control('conclude'))}
          {button('Keep going', () => setAsking(false))}
        </>
      ) : (
        <>
          {state === 'running'
            ? button('Pause investigation', () => void control('pause'))
            : button('Resume investigation', () => void control('resume'))}
          <ExtendDialog study={study} investigation={investigation} />
          {mayAct(role, 'own') ? button('Conclude investigation', () => setAsking(true)) : null}
        </>
      )}
      {refusal === null ? null : (
        <span className="error" role="alert">
          {refusal}
        </span>
      )}
    </fieldset>
  );
}
