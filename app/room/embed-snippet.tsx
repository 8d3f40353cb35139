'use client';
/** The line of HTML that shows this figure on another page. */
import { useEffect, useId, useState } from 'react';
import type { Study } from '../../compute/studies/study.ts';
import { CopyText } from '../share/copy-text.tsx';
import styles from './exports.module.css';

interface Props {
  readonly code: string;
  readonly study: Study;
  /** The latest snapshot of the room, or null. */
  readonly snapshot: string | null;
}

export function EmbedSnippet({ code, study, snapshot }: Props) {
  const id = useId();
  const [panel, setPanel] = useState('');
  const [frozen, setFrozen] = useState(false);
  const [origin, setOrigin] = useState('');
  useEffect(() => setOrigin(window.location.origin), []);
  const where = frozen && snapshot !== null ? `s/${snapshot}` : `i/${code}`;
  const query = panel === '' ? '' : `?panel=${encodeURIComponent(panel)}`;
  const height = panel === '' ? 720 : 420;
  return (
    <details className={styles.part}>
      <summary>Show it on another page</summary>
      <label className="label" htmlFor={`${id}-panel`}>
        Which chart
      </label>
      <select
        id={`${id}-panel`}
        className="field"
        value={panel}
        onChange={(event) => setPanel(event.target.value)}
      >
        <option value="">All of them</option>
        {study.panels.map(({ id: name, title }) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
      {snapshot === null ? null : (
        <label className={styles.check}>
          <input
            type="checkbox"
            checked={frozen}
            onChange={(event) => setFrozen(event.target.checked)}
          />
          Frozen at the latest snapshot
        </label>
      )}
      <CopyText
        label="HTML to put there"
        text={`<iframe src="${origin}/embed/${where}${query}" width="640" height="${height}" style="border:0" title="Manyhands" loading="lazy"></iframe>`}
      />
      <p className="hint">Add &amp;theme=light or &amp;theme=dark to hold it to one of them.</p>
    </details>
  );
}
