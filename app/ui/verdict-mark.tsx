/** What a verdict is called, and its mark: a shape a state, so that colour is never alone. */
import type { VerdictState } from '../../compute/studies/study.ts';
import styles from './verdict-mark.module.css';

export const VERDICT_WORDS: Readonly<Record<VerdictState, string>> = {
  holds: 'Holds',
  fails: 'Fails',
  undecided: 'Undecided',
};

interface Props {
  readonly state: VerdictState;
  /** Pixels. */
  readonly size: number;
}

/** In the colour of the text around it. */
export function VerdictMark({ state, size }: Props) {
  return (
    <svg viewBox="0 0 24 24" width={size} height={size} aria-hidden="true" className={styles.mark}>
      {state === 'holds' ? (
        <>
          <circle cx="12" cy="12" r="11" fill="currentColor" />
          <path d="m7 12.500 3.500 3.500L17 8.500" className={styles.cut} />
        </>
      ) : null}
      {state === 'fails' ? (
        <>
          <path d="M12 0 24 12 12 24 0 12Z" fill="currentColor" />
          <path d="m8.500 8.500 7 7m0-7-7 7" className={styles.cut} />
        </>
      ) : null}
      {state === 'undecided' ? (
        <circle cx="12" cy="12" r="10" className={styles.open} strokeDasharray="4 3" />
      ) : null}
    </svg>
  );
}
