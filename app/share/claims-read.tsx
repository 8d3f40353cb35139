/** Claims as they were made, for reading: in a snapshot or a report. */
import type { ClaimView } from '../../server/protocol.ts';
import type { Evidence } from './evidence.ts';
import styles from './share.module.css';

interface Props {
  readonly evidence: Evidence;
  /** Id of the one claim, or null for all. */
  readonly only: string | null;
}

export function ClaimsRead({ evidence: { claims, study }, only }: Props) {
  const shown = only === null ? claims : claims.filter((claim) => claim.id === only);
  if (shown.length === 0) {
    return (
      <p className="hint">
        {only === null ? 'Nobody had claimed anything.' : 'This claim is not there (any more).'}
      </p>
    );
  }
  const titleOf = (id: string) => study.panels.find((p) => p.id === id)?.title ?? id;
  return (
    <ul className={styles.claims} aria-label="Claims">
      {shown.map((claim) => (
        <li key={claim.id} className={styles.claim}>
          <Said {...claim} />
          <p className="hint">
            {claim.anchor.kind === 'fit' ? '' : `On “${titleOf(claim.anchor.panel)}”: `}
            {claim.stoodOn}
          </p>
          {claim.replies.map((reply) => (
            <div key={reply.id} className={styles.answer}>
              <Said {...reply} />
            </div>
          ))}
        </li>
      ))}
    </ul>
  );
}

function Said({ authorName, at, text }: Pick<ClaimView, 'authorName' | 'at' | 'text'>) {
  return (
    <>
      <p className={styles.byline}>
        <b>{authorName}</b> <When at={at} />
      </p>
      <p className={styles.said}>{text}</p>
    </>
  );
}

/** A day and a time of day. */
export function When({ at }: { readonly at: string }) {
  const words = new Date(at).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
  return <time dateTime={at}>{words}</time>;
}
