'use client';
/**
 * Says when the coordinator is away, and what to do when the handshake was refused. It waits a
 * moment before it says "away", since a blink of the line is nobody's business.
 */
import { useEffect, useState } from 'react';
import { useConnection } from '../net/use-connection.ts';
import styles from './connection-banner.module.css';

const PATIENCE_MS = 1_500;

export function ConnectionBanner() {
  const status = useConnection();
  const [late, setLate] = useState(false);
  const away = status.kind === 'offline';
  useEffect(() => {
    setLate(false);
    if (!away) return;
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [away]);

  if (status.kind === 'refused') {
    return (
      <div className={styles.banner} role="alert">
        <span>{status.message}</span>
        <button type="button" className="button small" onClick={() => location.reload()}>
          Reload
        </button>
      </div>
    );
  }
  return (
    <div role="status" aria-label="Connection">
      {away && late ? (
        <div className={styles.banner}>
          The coordinator cannot be reached. What you see is the last that arrived; everything goes
          on by itself when it is back.
        </div>
      ) : null}
    </div>
  );
}
