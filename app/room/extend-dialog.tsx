'use client';
/** More seeds and more values, for the owner: what there is stays, and the cost is said before. */
import { type FormEvent, useId, useMemo, useRef, useState } from 'react';
import type { Study } from '../../compute/studies/study.ts';
import type { InvestigationView } from '../../server/protocol.ts';
import { getClient } from '../net/client.ts';
import { emptyExtension, extensible, readExtension } from '../studies/extension-draft.ts';
import { showSeeds } from '../studies/grid-draft.ts';
import { ParamField } from '../studies/param-field.tsx';
import { formatAmount, formatValue, plural } from '../ui/text.ts';
import styles from './extend-dialog.module.css';

interface Props {
  readonly study: Study;
  readonly investigation: InvestigationView;
}

export function ExtendDialog({ study, investigation }: Props) {
  const { code, grid, null: isNull } = investigation;
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const [draft, setDraft] = useState(emptyExtension);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const reading = useMemo(
    () => readExtension(study, grid, draft, isNull),
    [study, grid, draft, isNull],
  );
  const errorOf = (field: string) =>
    reading.kind === 'wrong' ? (reading.fields[field] ?? null) : null;
  const seedsError = errorOf('seeds');

  const extend = async (event: FormEvent) => {
    event.preventDefault();
    if (reading.kind !== 'ready') return;
    setBusy(true);
    const { params, seeds } = reading.more;
    const reply = await getClient().request('investigation.control', {
      ...{ code, action: 'extend', seeds: [...seeds] },
      params: Object.fromEntries(Object.entries(params).map(([k, v]) => [k, [...v]])),
    });
    setBusy(false);
    setRefusal(reply.ok ? null : reply.message);
    if (!reply.ok) return;
    setDraft(emptyExtension);
    dialog.current?.close();
  };

  return (
    <>
      <button type="button" className="button small" onClick={() => dialog.current?.showModal()}>
        Add seeds or values
      </button>
      <dialog ref={dialog} className={styles.dialog} aria-labelledby={`${id}-title`}>
        <form className={styles.form} onSubmit={(e) => void extend(e)} noValidate>
          <h2 id={`${id}-title`} className={styles.title}>
            Add seeds or values
          </h2>
          <p className="hint">
            What is trained stays. New seeds are trained in every cell, new values with everything
            that is in the grid.
          </p>
          <div className={styles.item}>
            <label className="label" htmlFor={`${id}-seeds`}>
              More seeds
            </label>
            <input
              id={`${id}-seeds`}
              className="field"
              autoComplete="off"
              value={draft.seeds}
              onChange={(e) => setDraft({ ...draft, seeds: e.target.value })}
              aria-invalid={seedsError !== null}
              aria-describedby={`${id}-seeds-hint`}
            />
            <p id={`${id}-seeds-hint`} className={seedsError === null ? 'hint' : 'error'}>
              {seedsError ?? `So far: ${showSeeds(grid.seeds)}. Intervals shrink with more.`}
            </p>
          </div>
          {extensible(study, grid).map((param) => (
            <div key={param.name} className={styles.item}>
              <ParamField
                id={`${id}-${param.name}`}
                param={{ ...param, label: `more of ${param.label}`, help: '' }}
                draft={draft}
                error={errorOf(param.name)}
                onChange={setDraft}
              />
              <p className="hint">
                So far:{' '}
                {(grid.params[param.name] ?? []).map((v) => formatValue(param, v)).join(', ')}.
              </p>
            </div>
          ))}
          <output className={styles.cost} aria-live="polite">
            {reading.kind === 'ready' ? (
              <>
                <b>
                  {plural(reading.runs, 'new run')}
                  {reading.cells === 0 ? null : ` in ${plural(reading.cells, 'new cell')}`}
                </b>
                <span className="hint">{formatAmount(reading.runSteps)} run-steps more</span>
              </>
            ) : reading.kind === 'empty' ? (
              <span className="hint">Nothing to add yet.</span>
            ) : (
              <span className="error">{reading.message ?? 'Mend the fields marked above.'}</span>
            )}
          </output>
          {refusal === null ? null : (
            <p className="error" role="alert">
              {refusal}
            </p>
          )}
          <div className={styles.buttons}>
            <button
              type="submit"
              className="button primary"
              disabled={busy || reading.kind !== 'ready'}
            >
              {busy ? 'Adding …' : 'Add to the investigation'}
            </button>
            <button type="button" className="button" onClick={() => dialog.current?.close()}>
              Cancel
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}
