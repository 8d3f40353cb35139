'use client';
/** Takes in the file of a snapshot that was taken on another server. */
import Link from 'next/link';
import { type FormEvent, useId, useState } from 'react';
import { LIMITS } from '../../server/vocabulary.ts';
import { getClient } from '../net/client.ts';
import { MessagePage } from '../ui/message-page.tsx';
import styles from './snapshot-page.module.css';

type Importing =
  | { readonly kind: 'idle' | 'busy' }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'here'; readonly id: string; readonly known: boolean };

const TOO_LARGE = `The file is too large: at most ${LIMITS.snapshotBytes / 1e6} MB are taken.`;

export function ImportForm() {
  const id = useId();
  const [file, setFile] = useState<File | null>(null);
  const [state, setState] = useState<Importing>({ kind: 'idle' });
  const take = async (event: FormEvent) => {
    event.preventDefault();
    if (file === null) return;
    if (file.size > LIMITS.snapshotBytes) return setState({ kind: 'refused', message: TOO_LARGE });
    setState({ kind: 'busy' });
    const bytes = new Uint8Array(await file.arrayBuffer());
    const reply = await getClient().request('snapshot.import', { file: bytes });
    if (!reply.ok) return setState({ kind: 'refused', message: reply.message });
    const { snapshot, known } = reply.value;
    setState({ kind: 'here', id: snapshot, known });
  };
  return (
    <MessagePage title="Import a snapshot">
      <p>
        A snapshot that was downloaded from another server can be shown here, under the same id. Its
        hash is checked; its runs are marked as computed elsewhere.
      </p>
      <form className={styles.form} onSubmit={(event) => void take(event)}>
        <label className="label" htmlFor={id}>
          File of the snapshot (.json)
        </label>
        <input
          id={id}
          className="field"
          type="file"
          accept="application/json,.json"
          onChange={(event) => {
            setFile(event.target.files?.[0] ?? null);
            setState({ kind: 'idle' });
          }}
        />
        <button
          type="submit"
          className="button primary"
          disabled={file === null || state.kind === 'busy'}
        >
          {state.kind === 'busy' ? 'Importing …' : 'Import'}
        </button>
      </form>
      <div role="status" aria-label="Import">
        {state.kind === 'here' ? (
          <p>
            {state.known ? 'This snapshot is here already. ' : 'It is here now. '}
            <Link href={`/s/${state.id}`}>Open the snapshot</Link>
          </p>
        ) : null}
      </div>
      {state.kind === 'refused' ? (
        <p className="error" role="alert">
          {state.message}
        </p>
      ) : null}
    </MessagePage>
  );
}
