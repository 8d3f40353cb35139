'use client';
/** What people say about regions of the figure, newest first, and the form to say something. */
import type { Study } from '../../compute/studies/study.ts';
import type { ClaimView } from '../../server/protocol.ts';
import type { ClaimDraft } from './claim-draft.ts';
import { ClaimForm } from './claim-form.tsx';
import { ClaimItem } from './claim-item.tsx';
import styles from './claims.module.css';

interface Props {
  readonly study: Study;
  readonly code: string;
  readonly evidence: number;
  readonly claims: readonly ClaimView[];
  /** Public id of this device. */
  readonly self: string;
  readonly draft: ClaimDraft;
  readonly onDraft: (draft: ClaimDraft) => void;
  readonly onHighlight: (claim: string | null) => void;
}

export function Claims(props: Props) {
  const { study, code, evidence, claims, self, draft, onDraft, onHighlight } = props;
  const newest = [...claims].sort((a, b) => b.at.localeCompare(a.at));
  return (
    <section className={`card ${styles.claims}`} aria-labelledby="claims">
      <h2 id="claims" className={styles.title}>
        Claims
      </h2>
      <ClaimForm study={study} code={code} evidence={evidence} draft={draft} onDraft={onDraft} />
      {newest.length === 0 ? (
        <p className="hint">Nobody has claimed anything yet.</p>
      ) : (
        <ul className={styles.list} aria-label="Claims">
          {newest.map((claim) => (
            <ClaimItem
              key={claim.id}
              claim={claim}
              panel={study.panels.find((p) => p.id === claim.panel)?.title ?? claim.panel}
              own={claim.author === self}
              evidence={evidence}
              onHighlight={onHighlight}
            />
          ))}
        </ul>
      )}
    </section>
  );
}
