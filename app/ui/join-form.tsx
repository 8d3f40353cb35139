'use client';
/** Typing a room code: any case, with or without dashes and spaces; refused before asking if it cannot be one. */
import { useRouter } from 'next/navigation';
import { type FormEvent, useId, useState } from 'react';
import { RoomCode } from '../../server/vocabulary.ts';
import styles from './join-form.module.css';

export function JoinForm() {
  const router = useRouter();
  const id = useId();
  const [text, setText] = useState('');
  const [error, setError] = useState<string | null>(null);

  const join = (event: FormEvent) => {
    event.preventDefault();
    const parsed = RoomCode.safeParse(text);
    if (parsed.success) router.push(`/i/${parsed.data}`);
    else setError('A room code has six letters or digits, for example K7M-4QX.');
  };

  return (
    <form className={styles.form} onSubmit={join} noValidate>
      <label className="label" htmlFor={id}>
        Room code
      </label>
      <div className={styles.row}>
        <input
          id={id}
          className={`field code ${styles.input}`}
          value={text}
          onChange={(e) => {
            setText(e.target.value.toUpperCase());
            setError(null);
          }}
          maxLength={16}
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          placeholder="K7M-4QX"
          aria-invalid={error !== null}
          aria-describedby={error === null ? `${id}-hint` : `${id}-error`}
        />
        <button type="submit" className={`button primary ${styles.go}`}>
          Join
        </button>
      </div>
      {error === null ? (
        <p className="hint" id={`${id}-hint`}>
          No account. You get a nickname and are in.
        </p>
      ) : (
        <p className="error" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
    </form>
  );
}
