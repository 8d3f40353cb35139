'use client';
/** Which picture of a panel is drawn, where there is a choice; and what the drawn one says and leaves out. */
import { useId } from 'react';
import type { FigureMode } from '../../view/view-state.ts';
import styles from './mode-switch.module.css';
import { omittedWords, type Shown, spreadWords } from './shown.ts';

const LABELS: Readonly<Record<FigureMode, string>> = {
  data: 'Data',
  residuals: 'Against theory',
  collapsed: 'Collapsed',
};

interface SwitchProps {
  readonly shown: Shown;
  /** For a screen reader: which chart. */
  readonly title: string;
  readonly onMode: (mode: FigureMode) => void;
}

export function ModeSwitch({ shown: { mode, modes }, title, onMode }: SwitchProps) {
  const name = useId();
  if (modes.length < 2) return null;
  return (
    <fieldset className={styles.modes}>
      <legend className="visually-hidden">What the chart {title} shows</legend>
      {modes.map((m) => (
        <label key={m} className={styles.mode}>
          <input type="radio" name={name} checked={m === mode} onChange={() => onMode(m)} />
          {LABELS[m]}
        </label>
      ))}
    </fieldset>
  );
}

/** Lines listed at most. */
const LISTED = 40;

export function ModeNote({ shown }: { readonly shown: Shown }) {
  const { mode, panel, omitted, collapse } = shown;
  if (mode === 'data') return null;
  return (
    <div className={styles.note}>
      <p>{panel.caption}</p>
      {collapse !== null && (
        <p data-testid="collapse">
          {collapse.before === null || collapse.after === null
            ? 'There are no two curves to compare yet.'
            : `Relative spread between the ${panel.collapse?.onto === 'level' ? 'cells' : 'curves, at equal x'}: ${spreadWords(collapse.before)} before, ${spreadWords(collapse.after)} after.`}{' '}
          <span className={styles.source}>Predicted by {panel.collapse?.source}.</span>
        </p>
      )}
      {omitted.length > 0 && (
        <details>
          <summary>{omittedWords(omitted).join(' ')}</summary>
          <ul>
            {omitted.slice(0, LISTED).map(({ key, name, points, why }) => (
              <li key={`${key} ${why}`}>
                {name}: {points} ({why})
              </li>
            ))}
            {omitted.length > LISTED && <li>and {omitted.length - LISTED} more lines</li>}
          </ul>
        </details>
      )}
    </div>
  );
}
