'use client';
/** Opens an investigation: title, grid, seeds, the null; says what it will cost before it is opened. */
import { useRouter } from 'next/navigation';
import { type FormEvent, useEffect, useId, useMemo, useState } from 'react';
import { QUESTIONS, type QuestionId } from '../../compute/studies/questions.ts';
import type { Study } from '../../compute/studies/study.ts';
import { LIMITS } from '../../server/vocabulary.ts';
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
  const [question, setQuestion] = useState<QuestionId | ''>('');
  useEffect(() => setQuestion(questionOfAddress(study)), [study]);
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
      ...(question === '' ? {} : { question }),
    });
    if (reply.ok) {
      const search = new URLSearchParams(location.search);
      search.delete('question');
      router.push(`/i/${reply.value.code}${search.size > 0 ? `?${search}` : ''}`);
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

      <QuestionField {...{ study, question }} onChange={setQuestion} />

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

/** Questions that the study bears on. */
const questionsOf = (study: Study) => QUESTIONS.filter(({ studies }) => studies.includes(study.id));

/** Who comes from the page of questions has chosen one. */
function questionOfAddress(study: Study): QuestionId | '' {
  const asked = new URLSearchParams(location.search).get('question');
  return questionsOf(study).find(({ id }) => id === asked)?.id ?? '';
}

interface QuestionProps {
  readonly study: Study;
  readonly question: QuestionId | '';
  readonly onChange: (question: QuestionId | '') => void;
}

function QuestionField({ study, question, onChange }: QuestionProps) {
  const id = useId();
  const questions = questionsOf(study);
  if (questions.length === 0) return null;
  return (
    <div className={styles.item}>
      <label className="label" htmlFor={id}>
        For an open question
      </label>
      <select
        id={id}
        className="field"
        value={question}
        onChange={(e) => onChange(questions.find((q) => q.id === e.target.value)?.id ?? '')}
        aria-describedby={`${id}-hint`}
      >
        <option value="">None: for who has the code</option>
        {questions.map(({ id: value, title }) => (
          <option key={value} value={value}>
            {title}
          </option>
        ))}
      </select>
      <p id={`${id}-hint`} className="hint">
        {question === ''
          ? 'With a question it is listed on the page of open questions.'
          : 'It will be listed there, with its code: anybody may join.'}
      </p>
    </div>
  );
}
