'use client';
/** The verdict in words, shape and colour, the number it stands on, the evidence, and what is lacking. */
import type { Study, Verdict, VerdictState } from '../../compute/studies/study.ts';
import type { RoomState } from '../net/room-state.ts';
import { formatBand, formatNumber } from '../ui/text.ts';
import { bandScale } from './band-scale.ts';
import { evidenceOf, missingOf } from './evidence.ts';
import { FitList } from './fit-list.tsx';
import styles from './verdict-card.module.css';

interface Props {
  readonly study: Study;
  readonly state: Pick<RoomState, 'analysis' | 'predictions' | 'cells' | 'runs' | 'progress'>;
  /** Keys of the fits that are not drawn. */
  readonly hidden: ReadonlySet<string>;
  readonly onDraw: (key: string, isDrawn: boolean) => void;
}

const WORDS: Readonly<Record<VerdictState, string>> = {
  holds: 'Holds',
  fails: 'Fails',
  undecided: 'Undecided',
};

export function VerdictCard({ study, state, hidden, onDraw }: Props) {
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
      </h2>
      <div role="status" aria-label="Verdict" aria-atomic="false" className={styles.status}>
        <p className={styles.word}>
          <Mark state={verdict.state} />
          {WORDS[verdict.state]}
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
        onDraw={onDraw}
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

/** A shape a state, so that colour is never alone. */
function Mark({ state }: { readonly state: VerdictState }) {
  return (
    <svg viewBox="0 0 24 24" width="28" height="28" aria-hidden="true" className={styles.mark}>
      {state === 'holds' ? (
        <>
          <circle cx="12" cy="12" r="11" fill="currentColor" />
          <path d="m7 12.500 3.500 3.500L17 8.500" className={styles.cut} />
        </>
      ) : null}
      {state === 'fails' ? (
        <>
          <path d="M12 0 24 12 12 24 0 12Z" fill="currentColor" />
          <path d="m8.500 8.500 7 7m0-7-7 7" className={styles.cut} />
        </>
      ) : null}
      {state === 'undecided' ? (
        <circle cx="12" cy="12" r="10" className={styles.open} strokeDasharray="4 3" />
      ) : null}
    </svg>
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
