'use client';
/** The verdict in words, shape and colour, the number it stands on, the evidence, and what is lacking. */
import type { ReactNode } from 'react';
import type { Study, Verdict } from '../../compute/studies/study.ts';
import type { Evidence } from '../share/evidence.ts';
import { formatBand, formatNumber, plural } from '../ui/text.ts';
import { VERDICT_WORDS, VerdictMark } from '../ui/verdict-mark.tsx';
import { bandScale } from './band-scale.ts';
import { evidenceOf, missingOf } from './evidence.ts';
import { FitList } from './fit-list.tsx';
import styles from './verdict-card.module.css';

interface Props {
  readonly study: Study;
  readonly state: Pick<Evidence, 'analysis' | 'predictions' | 'cells' | 'runs' | 'progress'>;
  /** More runs are in than it is of, and it is being worked out of them. */
  readonly isBehind?: boolean;
  /** Keys of the fits that are not drawn. */
  readonly hidden: ReadonlySet<string>;
  /** Absent: nothing of it can be drawn or not. */
  readonly onDraw?: (key: string, isDrawn: boolean) => void;
  /** What people claim about a fit by its name, or (null) about the verdict, to show beside it. */
  readonly marks?: (fit: string | null) => ReactNode;
}

export function VerdictCard({ study, state, isBehind = false, hidden, onDraw, marks }: Props) {
  const { analysis, cells, runs, progress } = state;
  const { verdict } = analysis;
  const evidence = evidenceOf(cells, runs, progress);
  const missing = missingOf(study, cells, verdict);
  return (
    <section
      className={`card ${styles.card}`}
      data-state={verdict.state}
      aria-labelledby="verdict-title"
    >
      <h2 id="verdict-title" className="eyebrow">
        Verdict
        {isBehind ? (
          <span className={styles.behind}>of {plural(verdict.runs, 'run')}, being renewed</span>
        ) : null}
      </h2>
      <div role="status" aria-label="Verdict" aria-atomic="false" className={styles.status}>
        <p className={styles.word}>
          <VerdictMark state={verdict.state} size={28} />
          {VERDICT_WORDS[verdict.state]}
        </p>
        <p className={styles.statement}>{verdict.statement}</p>
        {verdict.value === null ? null : (
          <p className={styles.number}>
            <b>{formatNumber(verdict.value)}</b>
            {verdict.interval === null ? null : (
              <span className="hint">
                95% interval {formatNumber(verdict.interval[0])} to{' '}
                {formatNumber(verdict.interval[1])}
              </span>
            )}
          </p>
        )}
        <p className="hint">{verdict.because}</p>
        {missing.map((sentence) => (
          <p key={sentence} className={styles.missing}>
            {sentence}
          </p>
        ))}
      </div>
      <Band verdict={verdict} />
      <p className="hint">Must lie {formatBand(verdict.threshold)}.</p>
      {marks?.(null)}
      <dl className={styles.evidence} aria-label="Evidence">
        <Count label="runs" value={`${verdict.runs} of ${evidence.expected}`} />
        <Count label={evidence.seeds === 1 ? 'seed' : 'seeds'} value={String(evidence.seeds)} />
        <Count label="cells" value={`${evidence.cells} of ${evidence.ofCells}`} />
        <Count
          label="verified"
          value={evidence.verified === null ? '–' : `${Math.floor(100 * evidence.verified)}%`}
        />
      </dl>
      <FitList
        fits={analysis.fits}
        predictions={state.predictions}
        panels={study.panels}
        hidden={hidden}
        {...(onDraw === undefined ? {} : { onDraw })}
        {...(marks === undefined ? {} : { marks })}
      />
    </section>
  );
}

function Count({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** The band that the interval must lie in, and where value and interval are. */
function Band({ verdict }: { readonly verdict: Verdict }) {
  const scale = bandScale(verdict);
  if (scale === null) return null;
  const { band, interval, value } = scale;
  return (
    <svg viewBox="0 0 300 26" className={styles.band} aria-hidden="true">
      <line x1="0" x2="300" y1="13" y2="13" stroke="var(--rule-strong)" />
      <rect
        x={band[0] * 300}
        width={(band[1] - band[0]) * 300}
        y="4"
        height="18"
        rx="3"
        className={styles.allowed}
      />
      {interval === null ? null : (
        <line
          x1={interval[0] * 300}
          x2={Math.max(interval[1] * 300, interval[0] * 300 + 1)}
          y1="13"
          y2="13"
          className={styles.interval}
        />
      )}
      <circle cx={value * 300} cy="13" r="5" className={styles.value} />
    </svg>
  );
}
