'use client';
/** A button that opens a dialog; what is in it is made when it opens, and gone when it closes. */
import { type ReactNode, useId, useRef, useState } from 'react';
import styles from './dialog.module.css';

interface Props {
  /** On the button. */
  readonly label: string;
  readonly title: string;
  readonly children: () => ReactNode;
}

export function RoomDialog({ label, title, children }: Props) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const [isOpen, setOpen] = useState(false);
  const open = () => {
    setOpen(true);
    dialog.current?.showModal();
  };
  return (
    <>
      <button type="button" className="button small" onClick={open}>
        {label}
      </button>
      <dialog
        ref={dialog}
        className={styles.dialog}
        aria-labelledby={id}
        onClose={() => setOpen(false)}
      >
        <div className={styles.inside}>
          <h2 id={id} className={styles.title}>
            {title}
          </h2>
          {isOpen ? children() : null}
          <div className={styles.buttons}>
            <button type="button" className="button" onClick={() => dialog.current?.close()}>
              Close
            </button>
          </div>
        </div>
      </dialog>
    </>
  );
}
