'use client';
/** Writing a claim, or a new version of one: what it is about, from a chart or typed, and a text. */
import { type FormEvent, useId } from 'react';
import type { Analysis, Study } from '../../compute/studies/study.ts';
import type { ClaimView } from '../../server/protocol.ts';
import { LIMITS } from '../../server/vocabulary.ts';
import { ClaimAnchorFields } from './claim-anchor-fields.tsx';
import { type ClaimDraft, draftAnchor, draftOf, emptyDraft, sameAnchor } from './claim-draft.ts';
import { mentioned, type Person } from './claim-mentions.ts';
import styles from './claims.module.css';
import { MentionField } from './mention-field.tsx';
import { Problem } from './problem.tsx';
import { evidenceShown, type ShownEvidence } from './shown-evidence.ts';
import { useClaimAct } from './use-claim-act.ts';

interface Props {
  readonly study: Study;
  readonly code: string;
  readonly evidence: ShownEvidence;
  readonly fits: Analysis['fits'];
  readonly people: readonly Person[];
  readonly draft: ClaimDraft;
  readonly onDraft: (draft: ClaimDraft) => void;
  /** The claim that is edited, or null for a new one. */
  readonly editing: ClaimView | null;
  readonly onEdited: () => void;
  /** What is written waits to be approved. */
  readonly waits: boolean;
}

export function ClaimForm(props: Props) {
  const { study, code, evidence, fits, people, draft, onDraft, editing, onEdited, waits } = props;
  const id = useId();
  const { busy, problem, say, act, actUndone } = useClaimAct();

  const send = async (event: FormEvent) => {
    event.preventDefault();
    const reading = draftAnchor(draft, study);
    if (reading.kind !== 'anchor') return say(reading.message);
    const text = draft.text.trim();
    if (text === '') return say('Write what you claim.');
    const words = { text, mentions: mentioned(text, people) };
    const { anchor } = reading;
    if (editing === null) {
      const isMade = await actUndone(
        ['claim.add', { ...{ code, anchor, ...words }, evidence: evidenceShown(evidence, anchor) }],
        waits ? 'Claim sent; it waits to be approved.' : 'Claim added.',
        ({ claim }) => ['claim.withdraw', { kind: 'claim', id: claim }],
      );
      if (isMade) onDraft({ ...emptyDraft(draft.panel), about: draft.about });
      return;
    }
    const isThere = sameAnchor(draft, draftOf(editing, draft.panel));
    const edit = {
      ...{ claim: editing.id, ...words },
      evidence: evidenceShown(evidence, isThere ? editing.anchor : anchor),
    };
    const done = await act('claim.edit', isThere ? edit : { ...edit, anchor });
    if (done !== null) onEdited();
  };

  return (
    <form className={styles.form} onSubmit={(e) => void send(e)} noValidate>
      <ClaimAnchorFields {...{ study, fits, draft, onDraft }} />
      <div className={styles.item}>
        <label className="label" htmlFor={`${id}-text`}>
          Claim
        </label>
        <MentionField
          id={`${id}-text`}
          maxLength={LIMITS.claim}
          placeholder="What do you see there? @ names somebody."
          text={draft.text}
          people={people}
          onText={(text) => onDraft({ ...draft, text })}
        />
      </div>
      {waits ? <p className="hint">A moderator reads it before the room does.</p> : null}
      <Problem problem={problem} />
      <div className={styles.acts}>
        <button type="submit" className="button" disabled={busy}>
          {editing === null ? 'Add claim' : 'Save as a new version'}
        </button>
        {editing === null ? null : (
          <button type="button" className="button quiet" onClick={onEdited}>
            Cancel
          </button>
        )}
      </div>
    </form>
  );
}
