'use client';
/** What a claim is about: a region or range of a panel, a point of a chart, or a number of the analysis. */
import { useId } from 'react';
import type { Analysis, Study } from '../../compute/studies/study.ts';
import { type About, anchorWords, type ClaimDraft } from './claim-draft.ts';
import styles from './claims.module.css';

interface Props {
  readonly study: Study;
  readonly fits: Analysis['fits'];
  readonly draft: ClaimDraft;
  readonly onDraft: (draft: ClaimDraft) => void;
}

const ABOUT: readonly (readonly [About, string])[] = [
  ['region', 'A region of a chart'],
  ['range', 'A range of x'],
  ['point', 'One point'],
  ['fit', 'The verdict or a fitted number'],
];

const HINTS: Readonly<Record<About, string>> = {
  region: 'Drag over a chart to mark a region, or type its ends.',
  range: 'Drag over a chart to mark a range, or type its ends.',
  point:
    'Press a point on a chart (or walk to it with the arrow keys and press Enter), then “Claim about this point”.',
  fit: 'Choose the number that you claim something about.',
};

const ENDS = [
  ['x0', 'x from'],
  ['x1', 'x to'],
  ['y0', 'y from'],
  ['y1', 'y to'],
] as const;

export function ClaimAnchorFields({ study, fits, draft, onDraft }: Props) {
  const id = useId();
  const { about } = draft;
  const isTyped = about === 'region' || about === 'range';
  const panel = study.panels.find((p) => p.id === draft.panel);
  return (
    <>
      <div className={styles.item}>
        <label className="label" htmlFor={`${id}-about`}>
          About
        </label>
        <select
          id={`${id}-about`}
          className="field"
          value={about}
          onChange={(e) => {
            const next = ABOUT.find(([kind]) => kind === e.target.value);
            if (next !== undefined) onDraft({ ...draft, about: next[0] });
          }}
        >
          {ABOUT.map(([kind, words]) => (
            <option key={kind} value={kind}>
              {words}
            </option>
          ))}
        </select>
        <p className="hint">{HINTS[about]}</p>
      </div>
      {isTyped && study.panels.length > 1 ? (
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
      {isTyped ? (
        <fieldset className={styles.ends}>
          <legend className="hint">
            x is {panel?.x.label ?? 'x'}
            {about === 'region' ? `, y is ${panel?.y.label ?? 'y'}` : ''}
          </legend>
          {ENDS.slice(0, about === 'range' ? 2 : 4).map(([key, label]) => (
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
      ) : null}
      {about === 'point' && draft.point !== null ? (
        <p className={styles.chosen}>{anchorWords(draft.point, study, fits)}</p>
      ) : null}
      {about === 'fit' ? (
        <div className={styles.item}>
          <label className="label" htmlFor={`${id}-fit`}>
            Number
          </label>
          <select
            id={`${id}-fit`}
            className="field"
            value={draft.fit ?? ''}
            onChange={(e) => onDraft({ ...draft, fit: e.target.value || null })}
          >
            <option value="">The verdict</option>
            {Object.entries(fits).map(([name, { label }]) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
        </div>
      ) : null}
    </>
  );
}
