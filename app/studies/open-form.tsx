'use client';
/** Opens an investigation: title, grid, seeds, the null; says what it will cost before it is opened. */
import { useRouter } from 'next/navigation';
import { type FormEvent, useId, useMemo, useState } from 'react';
import type { Study } from '../../compute/studies/study.ts';
import { LIMITS } from '../../server/protocol.ts';
import { getClient } from '../net/client.ts';
import { formatAmount, plural } from '../ui/text.ts';
import { draftOf, type GridDraft, readDraft } from './grid-draft.ts';
import styles from './open-form.module.css';
import { ParamField } from './param-field.tsx';
import { useStudy } from './use-study.ts';

export function OpenForm({ studyId }: { readonly studyId: string }) {
  const study = useStudy(studyId);
  return study ? <Form study={study} /> : null;
}

function Form({ study }: { readonly study: Study }) {
  const id = useId();
  const router = useRouter();
  const [title, setTitle] = useState('');
  const [draft, setDraft] = useState<GridDraft>(() => draftOf(study, study.grids.default));
  const [isNull, setIsNull] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const reading = useMemo(() => readDraft(study, draft, isNull), [study, draft, isNull]);
  const errorOf = (field: string) =>
    reading.kind === 'wrong' ? (reading.fields[field] ?? null) : null;

  const open = async (event: FormEvent) => {
    event.preventDefault();
    if (reading.kind !== 'ready') {
      const field = Object.keys(reading.fields)[0];
      if (field !== undefined) document.getElementById(`${id}-${field}`)?.focus();
      return;
    }
    setBusy(true);
    setRefusal(null);
    const { grid } = reading;
    const reply = await getClient().request('investigation.open', {
      study: study.id,
      title: title.trim() === '' ? study.title.slice(0, LIMITS.title) : title.trim(),
      grid: {
        params: Object.fromEntries(Object.entries(grid.params).map(([k, v]) => [k, [...v]])),
        seeds: [...grid.seeds],
      },
      null: isNull,
    });
    if (reply.ok) {
      router.push(`/i/${reply.value.code}${location.search}`);
    } else {
      setBusy(false);
      setRefusal(reply.message);
    }
  };

  return (
    <form className={styles.form} onSubmit={(e) => void open(e)} noValidate>
      <fieldset className={styles.presets} aria-label="Start from">
        <span className="hint">Start from</span>
        <button
          type="button"
          className="button small"
          onClick={() => setDraft(draftOf(study, study.grids.default))}
        >
          Default grid
        </button>
        <button
          type="button"
          className="button small"
          onClick={() => setDraft(draftOf(study, study.grids.quick))}
        >
          Quick grid
        </button>
      </fieldset>

      <div className={styles.item}>
        <label className="label" htmlFor={`${id}-title`}>
          Title <span className={styles.optional}>optional</span>
        </label>
        <input
          id={`${id}-title`}
          className="field"
          value={title}
          maxLength={LIMITS.title}
          placeholder={study.title}
          onChange={(e) => setTitle(e.target.value)}
        />
      </div>

      {study.params.map((param) => (
        <ParamField
          key={param.name}
          id={`${id}-${param.name}`}
          param={param}
          draft={draft}
          error={errorOf(param.name)}
          onChange={setDraft}
        />
      ))}

      <div className={styles.item}>
        <label className="label" htmlFor={`${id}-seeds`}>
          Seeds
        </label>
        <input
          id={`${id}-seeds`}
          className="field"
          value={draft.seeds}
          onChange={(e) => setDraft({ ...draft, seeds: e.target.value })}
          aria-invalid={errorOf('seeds') !== null}
          aria-describedby={`${id}-seeds-hint`}
        />
        <p id={`${id}-seeds-hint`} className={errorOf('seeds') === null ? 'hint' : 'error'}>
          {errorOf('seeds') ??
            'Each cell is repeated with every seed; intervals need two or more. 1, 2, 3 or 1..5.'}
        </p>
      </div>

      <div className={styles.item}>
        <label className={styles.switch}>
          <input
            type="checkbox"
            role="switch"
            aria-checked={isNull}
            checked={isNull}
            onChange={(e) => setIsNull(e.target.checked)}
            aria-describedby={`${id}-null-hint`}
          />
          <span>
            <span className="label">Null: {study.nullCase.label}</span>
            <span id={`${id}-null-hint`} className="hint">
              {study.nullCase.explanation}
            </span>
          </span>
        </label>
      </div>

      <output className={styles.cost} aria-live="polite">
        {reading.kind === 'ready' ? (
          <>
            <b>
              {plural(reading.cells, 'cell')} × {plural(reading.grid.seeds.length, 'seed')} ={' '}
              {plural(reading.runs, 'run')}
            </b>
            <span className="hint">{formatAmount(reading.runSteps)} run-steps in all</span>
          </>
        ) : (
          <span className="error">{reading.message ?? 'Mend the fields marked above.'}</span>
        )}
      </output>
      {refusal === null ? null : (
        <p className="error" role="alert">
          {refusal}
        </p>
      )}
      <button type="submit" className={`button primary ${styles.open}`} disabled={busy}>
        {busy ? 'Opening …' : 'Open investigation'}
      </button>
    </form>
  );
}
