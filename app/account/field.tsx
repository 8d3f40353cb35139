'use client';
/** A field of a form about one's account, a form's state, and its refusal. */
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import type { AccountView } from '../../server/protocol.ts';
import styles from './account.module.css';
import { askAccount } from './ask.ts';

export interface Changed {
  /** Called with who is signed in now. */
  readonly changed: (account: AccountView | null) => void;
}

interface FieldProps {
  readonly label: string;
  readonly name: string;
  readonly type?: 'text' | 'password';
  readonly autoComplete: string;
  readonly maxLength: number;
  readonly minLength?: number;
  readonly hint?: string;
}

export function Field({ label, hint, type = 'text', ...input }: FieldProps) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label className="label" htmlFor={id}>
        {label}
      </label>
      <input
        {...{ id, type, ...input }}
        className="field"
        required
        autoCapitalize="none"
        spellCheck={false}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
      />
      {hint === undefined ? null : (
        <span id={`${id}-hint`} className="hint">
          {hint}
        </span>
      )}
    </div>
  );
}

interface FormProps {
  readonly title: string;
  readonly button: string;
  readonly children: ReactNode;
  /** Name of the request, and its body from the fields by name. */
  readonly request: string;
  readonly bodyOf: (fields: Readonly<Record<string, string>>) => object;
  /** What is said once it is done, if the form stays. */
  readonly done?: string;
  readonly primary?: boolean;
  readonly onDone: (account: AccountView | null) => void;
}

export function AccountForm(props: FormProps) {
  const { title, button, children, request, bodyOf, done, primary = false, onDone } = props;
  const id = useId();
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState<{ readonly ok: boolean; readonly text: string } | null>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const fields = Object.fromEntries(
      [...new FormData(form)].map(([name, value]) => [name, String(value)]),
    );
    setBusy(true);
    setSaid(null);
    const reply = await askAccount(request, bodyOf(fields));
    setBusy(false);
    if (!reply.ok) return setSaid({ ok: false, text: reply.message });
    form.reset();
    setSaid(done === undefined ? null : { ok: true, text: done });
    onDone(reply.account);
  };
  return (
    <form
      className={`card ${styles.form}`}
      aria-labelledby={id}
      onSubmit={(event) => void submit(event)}
    >
      <h2 id={id} className={styles.title}>
        {title}
      </h2>
      {children}
      <button type="submit" className={`button ${primary ? 'primary' : ''}`} disabled={busy}>
        {button}
      </button>
      <p role="status" className={said?.ok === true ? 'hint' : 'visually-hidden'}>
        {said?.ok === true ? said.text : busy ? 'One moment …' : ''}
      </p>
      {said === null || said.ok ? null : (
        <p className="error" role="alert">
          {said.text}
        </p>
      )}
    </form>
  );
}
