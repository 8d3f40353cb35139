'use client';
/** A text to take along, and a button that copies it. */
import { useId, useState } from 'react';
import styles from './share.module.css';

interface Props {
  readonly label: string;
  readonly text: string;
}

export function CopyText({ label, text }: Props) {
  const id = useId();
  const [told, setTold] = useState('');
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setTold('Copied.'),
      () => setTold('Copying was refused: select the text and copy it.'),
    );
  };
  return (
    <div className={styles.copy}>
      <label className="label" htmlFor={id}>
        {label}
      </label>
      <textarea id={id} className={`field ${styles.copied}`} readOnly rows={5} value={text} />
      <div className={styles.row}>
        <button type="button" className="button small" onClick={copy}>
          Copy
        </button>
        <span className="hint" role="status">
          {told}
        </span>
      </div>
    </div>
  );
}
