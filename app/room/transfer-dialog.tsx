'use client';
/** Being the same person in another browser: a code made in one and typed in the other. No account. */
import { type FormEvent, useId, useState } from 'react';
import { InvitationCode } from '../../server/vocabulary.ts';
import { getClient } from '../net/client.ts';
import styles from './dialog.module.css';
import { RoomDialog } from './dialog.tsx';

export function TransferDialog() {
  return (
    <RoomDialog label="Use another browser" title="The same you in another browser">
      {() => (
        <>
          <GiveCode />
          <TakeCode />
        </>
      )}
    </RoomDialog>
  );
}

const inGroups = (code: string) => code.replace(/(.{4})(?=.)/g, '$1-');

function GiveCode() {
  const [code, setCode] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const make = async () => {
    const reply = await getClient().request('device.transfer', {});
    setRefusal(reply.ok ? null : reply.message);
    if (reply.ok) setCode(reply.value.transfer);
  };
  return (
    <section className={styles.part}>
      <p className="hint">
        Your investigations, roles, claims and results go with you to another browser, on your phone
        say. Make a code here and type it there. It works once, within ten minutes; whoever types it
        is you from then on.
      </p>
      {code === null ? (
        <button type="button" className="button" onClick={() => void make()}>
          Make a code
        </button>
      ) : (
        <p className={`code ${styles.shown}`} role="status">
          {inGroups(code)}
        </p>
      )}
      {refusal === null ? null : (
        <p className="error" role="alert">
          {refusal}
        </p>
      )}
    </section>
  );
}

function TakeCode() {
  const id = useId();
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const take = async (event: FormEvent) => {
    event.preventDefault();
    const parsed = InvitationCode.safeParse(text);
    if (!parsed.success) return setProblem('A code has twelve letters or digits.');
    const reply = await getClient().request('device.link', { transfer: parsed.data });
    if (!reply.ok) return setProblem(reply.message);
    // Who somebody is, is said when the page connects.
    window.location.reload();
  };
  const alone = async () => {
    const reply = await getClient().request('device.unlink', {});
    if (!reply.ok) return setProblem(reply.message);
    window.location.reload();
  };
  return (
    <section className={styles.part}>
      <form className={styles.row} onSubmit={(e) => void take(e)} noValidate>
        <div className={styles.field}>
          <label className="label" htmlFor={id}>
            Code from the other browser
          </label>
          <input
            id={id}
            className="field code"
            value={text}
            maxLength={32}
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            aria-invalid={problem !== null}
            aria-describedby={problem === null ? undefined : `${id}-error`}
            onChange={(e) => setText(e.target.value.toUpperCase())}
          />
        </div>
        <button type="submit" className="button primary">
          Use this code
        </button>
      </form>
      {problem === null ? null : (
        <p className="error" role="alert" id={`${id}-error`}>
          {problem}
        </p>
      )}
      <div className={styles.row}>
        <p className="hint">Is this browser linked already?</p>
        <button type="button" className="button small quiet" onClick={() => void alone()}>
          Make it a person of its own again
        </button>
      </div>
    </section>
  );
}
