'use client';
/** Writing a claim: a region, by dragging on a chart or by typing its ends, and a text. */
import { type FormEvent, useId, useState } from 'react';
import type { Study } from '../../compute/studies/study.ts';
import { LIMITS } from '../../server/protocol.ts';
import { getClient } from '../net/client.ts';
import { type ClaimDraft, draftRegion, emptyDraft } from './claim-draft.ts';
import styles from './claims.module.css';
import { useMay } from './use-may.ts';

interface Props {
  readonly study: Study;
  readonly code: string;
  readonly evidence: number;
  readonly draft: ClaimDraft;
  readonly onDraft: (draft: ClaimDraft) => void;
}

const ENDS = [
  ['x0', 'x from'],
  ['x1', 'x to'],
  ['y0', 'y from'],
  ['y1', 'y to'],
] as const;

export function ClaimForm({ study, code, evidence, draft, onDraft }: Props) {
  const id = useId();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const panel = study.panels.find((p) => p.id === draft.panel);
  const mayAnnotate = useMay('annotate');

  const add = async (event: FormEvent) => {
    event.preventDefault();
    const reading = draftRegion(draft, study);
    if (reading.kind === 'empty') {
      setProblem('Drag over a chart to mark a region, or type its four ends.');
      return;
    }
    if (reading.kind === 'wrong') {
      setProblem(reading.message);
      return;
    }
    if (draft.text.trim() === '') {
      setProblem('Write what you claim.');
      return;
    }
    setBusy(true);
    const reply = await getClient().request('claim.add', {
      code,
      panel: draft.panel,
      region: reading.region,
      text: draft.text.trim(),
      evidence,
    });
    setBusy(false);
    setProblem(reply.ok ? null : reply.message);
    if (reply.ok) onDraft(emptyDraft(draft.panel));
  };

  if (!mayAnnotate) return <p className="hint">Your role in this room reads claims.</p>;
  return (
    <form className={styles.form} onSubmit={(e) => void add(e)} noValidate>
      <p className="hint">Drag over a chart to mark a region, or type its ends.</p>
      {study.panels.length > 1 ? (
        <div className={styles.item}>
          <label className="label" htmlFor={`${id}-panel`}>
            Panel
          </label>
          <select
            id={`${id}-panel`}
            className="field"
            value={draft.panel}
            onChange={(e) => onDraft({ ...draft, panel: e.target.value })}
          >
            {study.panels.map((p) => (
              <option key={p.id} value={p.id}>
                {p.title}
              </option>
            ))}
          </select>
        </div>
      ) : null}
      <fieldset className={styles.ends}>
        <legend className="hint">
          Region: x is {panel?.x.label ?? 'x'}, y is {panel?.y.label ?? 'y'}
        </legend>
        {ENDS.map(([key, label]) => (
          <div key={key} className={styles.item}>
            <label className="hint" htmlFor={`${id}-${key}`}>
              {label}
            </label>
            <input
              id={`${id}-${key}`}
              className="field"
              inputMode="text"
              autoComplete="off"
              value={draft[key]}
              onChange={(e) => onDraft({ ...draft, [key]: e.target.value })}
            />
          </div>
        ))}
      </fieldset>
      <div className={styles.item}>
        <label className="label" htmlFor={`${id}-text`}>
          Claim
        </label>
        <textarea
          id={`${id}-text`}
          className="field"
          maxLength={LIMITS.claim}
          value={draft.text}
          placeholder="What do you see there?"
          onChange={(e) => onDraft({ ...draft, text: e.target.value })}
        />
      </div>
      {problem === null ? null : (
        <p className="error" role="alert">
          {problem}
        </p>
      )}
      <button type="submit" className={`button ${styles.add}`} disabled={busy}>
        Add claim
      </button>
    </form>
  );
}
