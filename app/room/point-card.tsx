'use client';
/** The card of one run: what was trained, who tried, what was committed, and what was replayed. */
import { type ReactNode, useEffect, useRef } from 'react';
import type { Study } from '../../compute/studies/study.ts';
import { PointCard as Card } from '../../server/protocol.ts';
import type { Overlay } from '../charts/replayed-lines.tsx';
import { When } from '../share/claims-read.tsx';
import { useFetched } from '../share/fetched.ts';
import { Waiting } from '../share/source.tsx';
import { formatNumber, formatValue, plural } from '../ui/text.ts';
import styles from './point-card.module.css';
import { PointReplay } from './point-replay.tsx';

interface Props {
  readonly run: string;
  readonly study: Study;
  readonly onClose: () => void;
  readonly onOverlay: (overlay: Overlay | null) => void;
}

/** A sheet beside the figure, which stays in sight and in reach. */
export function PointSheet({ run, study, onClose, onOverlay }: Props) {
  const sheet = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    const here = sheet.current;
    here?.show();
    return () => {
      here?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  useEffect(() => {
    // On the whole page: a button that was pressed and is disabled meanwhile has lost the focus.
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) onClose();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [onClose]);
  return (
    <dialog ref={sheet} className={styles.sheet} aria-labelledby="point-title">
      <div className={styles.head}>
        <h2 id="point-title">Where this point comes from</h2>
        <button type="button" className="button small" onClick={onClose}>
          Close
        </button>
      </div>
      <Fetching key={run} {...{ run, study, onOverlay }} />
    </dialog>
  );
}

function Fetching({ run, study, onOverlay }: Omit<Props, 'onClose'>) {
  const at = `/api/runs/${encodeURIComponent(run)}`;
  const fetched = useFetched<unknown>(`${at}/card.json`);
  if (fetched.kind !== 'here') return <Waiting fetched={fetched} what="run" />;
  const card = Card.safeParse(fetched.value);
  if (!card.success) {
    return <p role="alert">This page does not understand the card. Reload it.</p>;
  }
  return (
    <>
      <Training card={card.data} study={study} />
      {card.data.outcome === null ? null : <PointReplay card={card.data} onOverlay={onOverlay} />}
      <Computing card={card.data} />
      {card.data.outcome === null ? null : (
        <a className="button small" href={`${at}/point.json`} download>
          Download the run with its curves
        </a>
      )}
    </>
  );
}

const STATES: Readonly<Record<Card['attempts'][number]['state'], string>> = {
  active: 'in training',
  away: 'away: it may still come back',
  accepted: 'accepted, and counts',
  superseded: 'superseded: another came first',
  invalid: 'refused: not what was asked for',
  withdrawn: 'withdrawn: it did not stand up to verification',
  undone: 'undone: what it went on from did not stand up to verification',
  recalled: 'recalled: a run that it stood on left',
  lapsed: 'lapsed: a run that it stood on left before its result came',
};

const AUDITS: Readonly<Record<Card['audits'][number]['state'], string>> = {
  asked: 'its states are awaited',
  open: 'waits to be replayed',
  valid: 'agrees',
  invalid: 'does not agree',
  inconclusive: 'could not be decided',
  declined: 'its states were not shown in time',
};

function Training({ card, study }: { readonly card: Card; readonly study: Study }) {
  const { config, program, hyper, outcome, summary } = card;
  return (
    <>
      <Part title="What was trained">
        <Line name="Study">
          {study.title}, version {card.studyVersion}
          {card.null ? ', physics broken on purpose' : ''}
        </Line>
        {study.params.map((param) => {
          const value = config[param.name];
          return value === undefined ? null : (
            <Line key={param.name} name={param.label}>
              {formatValue(param, value)}
            </Line>
          );
        })}
        <Line name="Seed">{card.seed}</Line>
        <details className={styles.wide}>
          <summary>The program in full</summary>
          <pre className={styles.program}>{JSON.stringify({ program, hyper }, null, 1)}</pre>
        </details>
      </Part>
      <Part title="What came out">
        <Line name="End">
          {outcome === null
            ? 'not in yet'
            : outcome.kind === 'diverged'
              ? `diverged at step ${outcome.step}`
              : 'completed'}
        </Line>
        {told(study, summary).map(([name, value]) => (
          <Line key={name} name={name}>
            {value === null ? 'none' : formatNumber(value)}
          </Line>
        ))}
      </Part>
    </>
  );
}

/** Of a study that draws pictures, what it has names for: hundreds of pixels are to be seen, not read. */
function told(study: Study, summary: Card['summary']): [string, number | null][] {
  const all = Object.entries(summary);
  const pictures = study.panels.some(({ draw }) => draw === 'images');
  return pictures ? all.filter(([name]) => study.summaries?.[name] !== undefined) : all;
}

function Computing({ card }: { readonly card: Card }) {
  const { outcome, device, checkpoints } = card;
  const [first, last] = [checkpoints[0], checkpoints.at(-1)];
  return (
    <>
      <Part title="Who computed it">
        {device === null ? null : (
          <>
            <Line name="Device">{[device.backend, device.adapter].filter(Boolean).join(', ')}</Line>
            <Line name="Numeric class">{device.numericClass ?? 'not told'}</Line>
            <Line name="Build">{device.build}</Line>
          </>
        )}
        <Line name="Together with">
          {card.together < 2 ? 'no other run' : plural(card.together - 1, 'other run')}
        </Line>
        <ol className={styles.wide} aria-label="Attempts">
          {card.attempts.map((attempt) => (
            <li key={attempt.number}>
              <b>{attempt.by}</b>
              {attempt.backend === null ? '' : `, ${attempt.backend}`}
              {attempt.adapter === null ? '' : ` (${attempt.adapter})`}, <When at={attempt.at} />:{' '}
              {STATES[attempt.state]}
              {attempt.seconds === null ? '' : `, ${formatNumber(attempt.seconds, 2)} s`}
            </li>
          ))}
        </ol>
      </Part>
      <Part title="Verification">
        <Line name="Stands">
          {card.verified ? 'verified' : outcome === null ? 'nothing to verify yet' : 'provisional'}
        </Line>
        <Line name="Committed states">{checkpoints.length}</Line>
        {[first, last].map((checkpoint, i) =>
          checkpoint === undefined ? null : (
            <Line key={i === 0 ? 'first' : 'last'} name={`At step ${checkpoint.step}`}>
              <code className={styles.hash}>{checkpoint.sha256}</code>
            </Line>
          ),
        )}
        <Legs card={card} />
        {card.audits.length === 0 ? (
          <p className={`hint ${styles.wide}`}>
            No segment of this run was drawn: of each shard some segments are.
          </p>
        ) : (
          <ul className={styles.wide} aria-label="Replayed segments">
            {card.audits.map((audit) => (
              <li key={`${audit.attempt}/${audit.from}/${audit.at}`}>
                Steps {audit.from} to {audit.to}: {AUDITS[audit.state]}
                {audit.deviation === null
                  ? ''
                  : `, deviation ${formatNumber(audit.deviation, 2)} of ${formatNumber(card.tolerance, 2)} allowed`}
                {audit.replayer === null ? '' : `, replayed by ${audit.replayer}`}
              </li>
            ))}
          </ul>
        )}
      </Part>
    </>
  );
}

/** Who carried it: of a run that never moved, there is nothing to tell. */
function Legs({ card: { legs, broken, outcome } }: { readonly card: Card }) {
  if (legs.length < 2 && outcome !== null && broken === null) return null;
  if (legs.length === 0 && broken === null) return null;
  return (
    <>
      {outcome === null ? null : (
        <Line name="Chain of states">{broken === null ? 'unbroken' : `broken: ${broken}`}</Line>
      )}
      <ol className={styles.wide} aria-label="Legs">
        {legs.map((leg) => (
          <li key={leg.from}>
            Steps {leg.from} to {leg.to}: <b>{leg.by}</b>, {leg.backend}
            {leg.ended === null ? null : (
              <>
                , up to <code className={styles.hash}>{leg.ended}</code>
              </>
            )}
          </li>
        ))}
      </ol>
    </>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className={styles.part}>
      <h3>{title}</h3>
      <div className={styles.lines}>{children}</div>
    </section>
  );
}

function Line({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <p className={styles.line}>
      <span className={styles.name}>{name}</span> <span>{children}</span>
    </p>
  );
}
