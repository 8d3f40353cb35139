'use client';
/** What people claim about the evidence: writing, finding, answering, taking back, and moderating it. */
import dynamic from 'next/dynamic';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { Analysis, Study } from '../../compute/studies/study.ts';
import type { ClaimView, RoomSnapshot, WithheldClaim } from '../../server/protocol.ts';
import { mayAct } from '../../server/vocabulary.ts';
import { plural } from '../ui/text.ts';
import { type ClaimDraft, draftOf, emptyDraft } from './claim-draft.ts';
import { ClaimForm } from './claim-form.tsx';
import { ClaimItem } from './claim-item.tsx';
import {
  FILTER_WORDS,
  FILTERS,
  type Filter,
  names,
  passes,
  SORT_WORDS,
  SORTS,
  type Sort,
  sorted,
} from './claim-list.ts';
import type { Person } from './claim-mentions.ts';
import { ClaimQueueList } from './claim-queue.tsx';
import styles from './claims.module.css';
import type { ShownEvidence } from './shown-evidence.ts';
import { OfferUndo, type Undo } from './use-claim-act.ts';
import { useClaimQueue } from './use-claim-queue.ts';
import { usePeople } from './use-people.ts';

/** For few, and so not in what everybody loads. */
const ClaimModeration = dynamic(() =>
  import('./claim-moderation.tsx').then((m) => m.ClaimModeration),
);

interface Props {
  readonly study: Study;
  readonly code: string;
  readonly evidence: ShownEvidence;
  readonly fits: Analysis['fits'];
  readonly claims: readonly ClaimView[];
  readonly withheld: readonly WithheldClaim[];
  /** What is written waits until a moderator approves it. */
  readonly waits: boolean;
  /** Who is in the room now. */
  readonly people: readonly Person[];
  readonly self: RoomSnapshot['self'];
  readonly draft: ClaimDraft;
  readonly onDraft: (draft: ClaimDraft) => void;
  /** The claim that is pointed at, or null. */
  readonly highlighted: string | null;
  readonly onHighlight: (claim: string | null) => void;
}

export function Claims(props: Props) {
  const { study, code, evidence, fits, claims, withheld, waits, self } = props;
  const { draft, onDraft, highlighted, onHighlight } = props;
  const [filter, setFilter] = useState<Filter>('all');
  const [sort, setSort] = useState<Sort>('newest');
  const [edited, setEdited] = useState<string | null>(null);
  const [undo, setUndo] = useState<Undo | null>(null);
  const form = useRef<HTMLDivElement>(null);
  const section = useRef<HTMLElement>(null);
  const undoButton = useRef<HTMLButtonElement>(null);
  const queue = useClaimQueue(code, claims, withheld);
  const moderates = mayAct(self.role, 'moderate');
  const annotates = mayAct(self.role, 'annotate');
  const { people, onWriting } = usePeople(code, props.people, annotates);
  const editing = claims.find((c) => c.id === edited) ?? null;
  const shown = sorted(
    claims.filter((c) => passes(c, filter, self.id)),
    sort,
  );
  const toMe = claims.filter((c) => names(c, self.id));

  const endEditing = () => {
    setEdited(null);
    onDraft(emptyDraft(draft.panel));
  };
  const takeBack = async (offered: Undo) => {
    const problem = await offered.back();
    setUndo(problem === null ? null : { ...offered, done: problem });
    if (problem === null) section.current?.focus({ preventScroll: true });
  };
  useEffect(() => {
    if (undo?.takesFocus) undoButton.current?.focus();
  }, [undo]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'z' || !(event.ctrlKey || event.metaKey) || undo === null) return;
    // In a text that is being written, it is the text's own.
    const { target } = event;
    const isField = target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement;
    if (isField && target.value !== '') return;
    event.preventDefault();
    void takeBack(undo);
  };

  return (
    <OfferUndo value={setUndo}>
      <section
        className={`card ${styles.claims}`}
        aria-labelledby="claims"
        ref={section}
        tabIndex={-1}
        onKeyDown={onKeyDown}
        onFocus={({ target }) => {
          if (target instanceof HTMLTextAreaElement) onWriting();
        }}
      >
        <div className={styles.line}>
          <h2 id="claims" className={styles.title}>
            Claims
          </h2>
          <p role="status" className={styles.notice}>
            {toMe.length === 0 ? null : (
              <a href={`#claim-${toMe.at(-1)?.id}`} onClick={() => setFilter('all')}>
                You are named in {plural(toMe.length, 'claim')}
              </a>
            )}
          </p>
        </div>
        {annotates ? (
          <div ref={form}>
            <ClaimForm
              {...{ study, code, evidence, fits, people, draft, onDraft, editing }}
              waits={waits && !moderates}
              onEdited={endEditing}
            />
          </div>
        ) : (
          <p className="hint">Your role in this room reads claims and does not write them.</p>
        )}
        <p role="status" className={undo === null ? '' : styles.undo}>
          {undo === null ? null : (
            <>
              {undo.done}{' '}
              <button
                ref={undoButton}
                type="button"
                className="button small"
                onClick={() => void takeBack(undo)}
              >
                Undo
              </button>
            </>
          )}
        </p>
        {moderates ? <ClaimModeration {...{ code, waits }} seq={evidence.charts} /> : null}
        <ClaimQueueList {...{ queue, moderates }} self={self.id} />
        {claims.length === 0 ? (
          <p className="hint">Nobody has claimed anything yet.</p>
        ) : (
          <>
            <div className={styles.tools}>
              <fieldset className={styles.filters} aria-label="Which claims">
                {FILTERS.map((one) => (
                  <button
                    key={one}
                    type="button"
                    className={styles.filter}
                    aria-pressed={filter === one}
                    onClick={() => setFilter(one)}
                  >
                    {FILTER_WORDS[one]} {claims.filter((c) => passes(c, one, self.id)).length}
                  </button>
                ))}
              </fieldset>
              <select
                className={`field ${styles.sort}`}
                aria-label="Order of claims"
                value={sort}
                onChange={(e) => setSort(SORTS.find((s) => s === e.target.value) ?? 'newest')}
              >
                {SORTS.map((one) => (
                  <option key={one} value={one}>
                    {SORT_WORDS[one]}
                  </option>
                ))}
              </select>
            </div>
            {shown.length === 0 ? <p className="hint">No claim is of this kind.</p> : null}
            <ul className={styles.list} aria-label="Claims">
              {shown.map((claim) => (
                <ClaimItem
                  key={claim.id}
                  {...{ claim, study, fits, people, moderates, evidence, onHighlight }}
                  self={self.id}
                  answers={annotates}
                  isOn={claim.id === highlighted}
                  onEdit={(one) => {
                    setEdited(one.id);
                    onDraft(draftOf(one, draft.panel));
                    form.current?.querySelector('textarea')?.focus();
                  }}
                />
              ))}
            </ul>
          </>
        )}
      </section>
    </OfferUndo>
  );
}
