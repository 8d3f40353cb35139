'use client';
/** Every version of a claim with the evidence it stood on, asked for when it is opened. */
import { useEffect, useState } from 'react';
import type { Analysis, Study } from '../../compute/studies/study.ts';
import type { ClaimVersion, ClaimView } from '../../server/protocol.ts';
import { anchorWords } from './claim-draft.ts';
import { Time } from './claim-text.tsx';
import styles from './claims.module.css';
import { useClaimAct } from './use-claim-act.ts';

const WORDS: Readonly<Record<ClaimVersion['what'], string>> = {
  ...{ made: 'Made', edited: 'Edited', reaffirmed: 'Reaffirmed' },
};

export function ClaimHistory(props: {
  readonly claim: ClaimView;
  readonly study: Study;
  readonly fits: Analysis['fits'];
}) {
  const { claim, study, fits } = props;
  const { problem, act } = useClaimAct();
  const [versions, setVersions] = useState<readonly ClaimVersion[] | null>(null);
  const { id, version } = claim;
  // A new version is asked for too, and an answer that comes after a newer one is let go.
  useEffect(() => {
    let left = false;
    if (version > 0) {
      void act('claim.history', { claim: id }).then((answer) => {
        if (!left && answer !== null) setVersions(answer.value);
      });
    }
    return () => {
      left = true;
    };
  }, [id, version, act]);
  if (versions === null) return <p className="hint">{problem ?? 'Asking …'}</p>;
  return (
    <ol className={styles.history} aria-label="Versions, the first first">
      {versions.map((v) => (
        <li key={v.version}>
          <p className={styles.byline}>
            <b>{WORDS[v.what]}</b> <Time at={v.at} />
          </p>
          <p className={styles.text}>{v.text}</p>
          <p className="hint">
            {anchorWords(v.anchor, study, fits)}. {v.stoodOn} Evidence version {v.evidence}.
          </p>
        </li>
      ))}
    </ol>
  );
}
