/** A page that has one thing to say, and what to do next: not found, failed, unknown room. */
import type { ReactNode } from 'react';
import styles from './message-page.module.css';

interface Props {
  readonly title: string;
  readonly children: ReactNode;
}

export function MessagePage({ title, children }: Props) {
  return (
    <div className={`wrap ${styles.page}`}>
      <h1>{title}</h1>
      <div className={styles.body}>{children}</div>
    </div>
  );
}
