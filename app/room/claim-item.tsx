'use client';
/** One claim: who, when, what, what it stands on and whether that changed; and what may be done with it. */
import { useState } from 'react';
import type { Analysis, Study } from '../../compute/studies/study.ts';
import type { ClaimView } from '../../server/protocol.ts';
import { anchorWords } from './claim-draft.ts';
import { HideButton } from './claim-hide.tsx';
import { ClaimHistory } from './claim-history.tsx';
import type { Person } from './claim-mentions.ts';
import { ClaimReplies } from './claim-replies.tsx';
import { Byline, ClaimText, Time } from './claim-text.tsx';
import styles from './claims.module.css';
import { Problem } from './problem.tsx';
import { evidenceShown, type ShownEvidence } from './shown-evidence.ts';
import { useClaimAct } from './use-claim-act.ts';

interface Props {
  readonly claim: ClaimView;
  readonly study: Study;
  readonly fits: Analysis['fits'];
  readonly people: readonly Person[];
  /** Public id of this device. */
  readonly self: string;
  readonly moderates: boolean;
  readonly answers: boolean;
  /** The evidence versions that this page shows now. */
  readonly evidence: ShownEvidence;
  /** Whether this claim is pointed at, here or on a chart. */
  readonly isOn: boolean;
  readonly onHighlight: (claim: string | null) => void;
  readonly onEdit: (claim: ClaimView) => void;
}

export function ClaimItem(props: Props) {
  const { claim, study, fits, people, self, moderates, answers, isOn, onHighlight } = props;
  const [opened, setOpened] = useState(false);
  const { id, resolved, changed } = claim;
  const isNamed = claim.mentions.some((m) => m.id === self);

  return (
    <li
      id={`claim-${id}`}
      className={isOn ? `${styles.claim} ${styles.on}` : styles.claim}
      onPointerEnter={() => onHighlight(id)}
      onPointerLeave={() => onHighlight(null)}
      onFocus={() => onHighlight(id)}
      onBlur={() => onHighlight(null)}
    >
      <div className={styles.line}>
        <Byline name={claim.authorName} at={claim.at} edited={claim.version > 1} />
        {resolved === null ? null : <span className={styles.resolved}>Resolved</span>}
        {changed.length === 0 ? null : <span className={styles.changed}>Evidence changed</span>}
        {isNamed ? <span className={styles.named}>Names you</span> : null}
      </div>
      <ClaimText text={claim.text} mentions={claim.mentions} self={self} />
      <p className="hint">
        {anchorWords(claim.anchor, study, fits)}. {claim.stoodOn}
      </p>
      {changed.length === 0 ? null : (
        <ul className={styles.changes} aria-label="What changed since">
          {changed.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      )}
      {resolved === null ? null : (
        <p className="hint">
          Resolved by {resolved.byName} at <Time at={resolved.at} />.
        </p>
      )}
      <ClaimReplies {...{ claim, self, moderates, people, answers }} />
      <ClaimActs {...props} opened={opened} onOpen={() => setOpened(!opened)} />
      {opened ? <ClaimHistory {...{ claim, study, fits }} /> : null}
    </li>
  );
}

function ClaimActs(props: Props & { readonly opened: boolean; readonly onOpen: () => void }) {
  const { claim, self, moderates, evidence, onEdit, opened, onOpen } = props;
  const { busy, problem, act, actUndone } = useClaimAct();
  const { id } = claim;
  const own = claim.author === self;
  const what = { kind: 'claim', id } as const;
  const isOpen = claim.resolved === null;

  const withdraw = async () =>
    await actUndone(['claim.withdraw', what], 'Claim withdrawn.', () => ['claim.restore', what]);
  const resolve = async () =>
    await actUndone(
      ['claim.resolve', { claim: id, resolved: isOpen }],
      isOpen ? 'Claim resolved.' : 'Claim reopened.',
      () => ['claim.resolve', { claim: id, resolved: !isOpen }],
    );
  const button = (words: string, onClick: () => void) => (
    <button type="button" className="button small quiet" disabled={busy} onClick={onClick}>
      {words}
    </button>
  );
  return (
    <>
      {own && claim.changed.length > 0 ? (
        <div className={styles.acts}>
          <button
            type="button"
            className="button small"
            disabled={busy}
            onClick={() => {
              const version = evidenceShown(evidence, claim.anchor);
              void act('claim.reaffirm', { claim: id, evidence: version });
            }}
          >
            Reaffirm on the evidence of now
          </button>
        </div>
      ) : null}
      <div className={styles.acts}>
        {own || moderates ? button(isOpen ? 'Resolve' : 'Reopen', () => void resolve()) : null}
        {own ? button('Edit', () => onEdit(claim)) : null}
        {own ? button('Withdraw claim', () => void withdraw()) : null}
        {moderates ? <HideButton what={what} /> : null}
        {claim.version > 1 ? (
          <button
            type="button"
            className="button small quiet"
            aria-expanded={opened}
            onClick={onOpen}
          >
            {opened ? 'Close history' : `History (${claim.version} versions)`}
          </button>
        ) : null}
      </div>
      <Problem problem={problem} />
    </>
  );
}
