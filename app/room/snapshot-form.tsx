'use client';
/** Freezes the room as it is now, with the view that is looked at, to be cited. */
import { type FormEvent, useId, useState } from 'react';
import { LIMITS } from '../../server/vocabulary.ts';
import { getClient } from '../net/client.ts';
import styles from './exports.module.css';
import { viewParams } from './presented-view.ts';

interface Props {
  readonly code: string;
  readonly title: string;
  readonly onTaken: () => void;
}

type Taking =
  | { readonly kind: 'idle' | 'busy' }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'taken'; readonly id: string };

export function SnapshotForm({ code, title: called, onTaken }: Props) {
  const id = useId();
  const [title, setTitle] = useState(called);
  const [note, setNote] = useState('');
  const [state, setState] = useState<Taking>({ kind: 'idle' });
  const take = async (event: FormEvent) => {
    event.preventDefault();
    setState({ kind: 'busy' });
    const view = viewParams(window.location.search);
    const reply = await getClient().request('snapshot.take', { code, title, note, view });
    if (!reply.ok) return setState({ kind: 'refused', message: reply.message });
    setState({ kind: 'taken', id: reply.value.snapshot });
    setNote('');
    onTaken();
  };
  return (
    <form className={styles.part} onSubmit={(event) => void take(event)}>
      <h3>Snapshot</h3>
      <p className="hint">
        Freezes figure, verdict and claims as they are now, under a link that never changes.
      </p>
      <label className="label" htmlFor={`${id}-title`}>
        Title
      </label>
      <input
        id={`${id}-title`}
        className="field"
        required
        maxLength={LIMITS.title}
        value={title}
        onChange={(event) => setTitle(event.target.value)}
      />
      <label className="label" htmlFor={`${id}-note`}>
        Note (optional)
      </label>
      <textarea
        id={`${id}-note`}
        className="field"
        rows={2}
        maxLength={LIMITS.note}
        value={note}
        onChange={(event) => setNote(event.target.value)}
      />
      <button type="submit" className="button small" disabled={state.kind === 'busy'}>
        {state.kind === 'busy' ? 'Freezing …' : 'Take a snapshot'}
      </button>
      <p role="status" aria-label="Snapshot">
        {state.kind === 'taken' ? <a href={`/s/${state.id}`}>Open the snapshot</a> : null}
      </p>
      {state.kind === 'refused' ? (
        <p className="error" role="alert">
          {state.message}
        </p>
      ) : null}
    </form>
  );
}
