'use client';
/** One parameter of the grid: a list of numbers, or ticked choices. */
import type { ParamSpec } from '../../compute/studies/study.ts';
import { formatNumber } from '../ui/text.ts';
import type { GridDraft } from './grid-draft.ts';
import styles from './open-form.module.css';

interface Props {
  readonly id: string;
  readonly param: ParamSpec;
  readonly draft: GridDraft;
  readonly error: string | null;
  readonly onChange: (draft: GridDraft) => void;
}

export function ParamField({ id, param, draft, error, onChange }: Props) {
  const hint = (
    <p id={`${id}-hint`} className="hint">
      {param.help}
      {param.kind === 'number'
        ? ` From ${formatNumber(param.min, 8)} to ${formatNumber(param.max, 8)}${param.integer ? ', whole numbers' : ''}.`
        : null}
    </p>
  );
  const problem =
    error === null ? null : (
      <p id={`${id}-error`} className="error">
        {error}
      </p>
    );
  const name = `${param.label[0]?.toUpperCase() ?? ''}${param.label.slice(1)}`;

  if (param.kind === 'choice') {
    const ticked = draft.ticked[param.name] ?? [];
    const toggle = (value: string, on: boolean) =>
      onChange({
        ...draft,
        ticked: {
          ...draft.ticked,
          // In the study's order, whatever order they were ticked in.
          [param.name]: param.choices
            .map((c) => c.value)
            .filter((v) => (v === value ? on : ticked.includes(v))),
        },
      });
    return (
      <fieldset className={styles.item} aria-describedby={`${id}-hint`}>
        <legend className="label">{name}</legend>
        <div className={styles.choices}>
          {param.choices.map((choice, i) => (
            <label key={choice.value} className={styles.choice}>
              <input
                id={i === 0 ? id : undefined}
                type="checkbox"
                checked={ticked.includes(choice.value)}
                onChange={(e) => toggle(choice.value, e.target.checked)}
              />
              {choice.label}
            </label>
          ))}
        </div>
        {problem}
        {hint}
      </fieldset>
    );
  }
  return (
    <div className={styles.item}>
      <label className="label" htmlFor={id}>
        {name} {param.symbol === undefined ? null : <i>{param.symbol}</i>}
      </label>
      <input
        id={id}
        className="field"
        inputMode="text"
        autoComplete="off"
        value={draft.texts[param.name] ?? ''}
        onChange={(e) =>
          onChange({ ...draft, texts: { ...draft.texts, [param.name]: e.target.value } })
        }
        aria-invalid={error !== null}
        aria-describedby={error === null ? `${id}-hint` : `${id}-error ${id}-hint`}
      />
      {problem}
      {hint}
    </div>
  );
}
