'use client';
/** The line under a chart that says what is pointed at; of a pressed point also where its file is. */
import type { Panel } from '../../compute/studies/study.ts';
import styles from './panel-chart.module.css';
import type { Picture } from './picture.ts';
import type { Reading } from './reading.ts';
import { runAt, wordsOf } from './spot.ts';

interface Props {
  readonly panel: Panel;
  readonly picture: Picture;
  readonly reading: Reading;
  /** Shown while nothing is read. */
  readonly hint: string;
  readonly pointHref: (runId: string) => string;
  /** Opens the run in place of a link to its file. */
  readonly onRun?: (runId: string) => void;
}

export function ReadingLine({ panel, picture, reading, hint, pointHref, onRun }: Props) {
  const spot = reading.kind === 'none' ? null : reading.spot;
  const words = spot === null ? '' : wordsOf(picture, panel, spot);
  const run = reading.kind === 'pinned' ? runAt(picture, reading.spot) : null;
  const file = `Point file of the run ${run?.name}`;
  return (
    <div className={styles.reading}>
      {/* Polite: a pointer passing over many points must not interrupt anybody. */}
      <p aria-live="polite">{words}</p>
      {words === '' && <p className={styles.hint}>{hint}</p>}
      {run !== null && onRun !== undefined && (
        <button type="button" className={styles.openRun} onClick={() => onRun(run.run)}>
          About this run
        </button>
      )}
      {run !== null && onRun === undefined && (
        <a href={pointHref(run.run)} download title={file} aria-label={file}>
          Point file
        </a>
      )}
    </div>
  );
}
