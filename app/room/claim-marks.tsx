'use client';
/** On the verdict's card: how many claims are about a number, and the way to make one. */
import type { ClaimView } from '../../server/protocol.ts';
import { plural } from '../ui/text.ts';
import styles from './claims.module.css';

export function ClaimMarks(props: {
  readonly fit: string | null;
  /** What the number is called. */
  readonly label: string;
  readonly claims: readonly ClaimView[];
  readonly highlighted: string | null;
  readonly onHighlight: (claim: string | null) => void;
  /** Begins a claim about it; absent: nothing may be claimed. */
  readonly onClaim?: () => void;
}) {
  const { fit, label, claims, highlighted, onHighlight, onClaim } = props;
  const here = claims.filter(({ anchor }) => anchor.kind === 'fit' && anchor.fit === fit);
  const [last] = here.slice(-1);
  const isOn = here.some(({ id }) => id === highlighted);
  return (
    <span className={styles.marks}>
      {last === undefined ? null : (
        <a
          href={`#claim-${last.id}`}
          className={isOn ? `${styles.count} ${styles.countOn}` : styles.count}
          aria-label={`${plural(here.length, 'claim')} about ${label}`}
          onPointerEnter={() => onHighlight(last.id)}
          onPointerLeave={() => onHighlight(null)}
        >
          {plural(here.length, 'claim')}
        </a>
      )}
      {onClaim === undefined ? null : (
        <button
          type="button"
          className="button small quiet"
          aria-label={`Claim about ${label}`}
          onClick={onClaim}
        >
          Claim
        </button>
      )}
    </span>
  );
}
