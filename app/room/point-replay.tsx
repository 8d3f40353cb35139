'use client';
/** Trains the run of a card again in this browser: a button, progress, and how it compares. */
import { useEffect, useRef, useState } from 'react';
import type { PointCard } from '../../server/protocol.ts';
import type { Overlay } from '../charts/replayed-lines.tsx';
import { formatNumber } from '../ui/text.ts';
import styles from './point-card.module.css';
import type { ReplayReport } from './replay-point.ts';

interface Props {
  readonly card: PointCard;
  readonly onOverlay: (overlay: Overlay | null) => void;
}

type Replaying =
  | { readonly kind: 'idle' }
  | { readonly kind: 'training'; readonly share: number; readonly how: string }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'done'; readonly report: ReplayReport };

export function PointReplay({ card, onOverlay }: Props) {
  const [state, setState] = useState<Replaying>({ kind: 'idle' });
  const abort = useRef<AbortController | null>(null);
  useEffect(
    () => () => {
      abort.current?.abort();
      onOverlay(null);
    },
    [onOverlay],
  );

  const start = async () => {
    const mine = new AbortController();
    abort.current = mine;
    setState({ kind: 'training', share: 0, how: 'loading the engine' });
    try {
      const { replayPoint } = await import('./replay-point.ts');
      const report = await replayPoint(card.run, {
        signal: mine.signal,
        onProgress: (share, how) => setState({ kind: 'training', share, how }),
      });
      if (mine.signal.aborted || report === null) return setState({ kind: 'idle' });
      onOverlay(report.overlay);
      setState({ kind: 'done', report });
    } catch (error) {
      if (mine.signal.aborted) return setState({ kind: 'idle' });
      const message = error instanceof Error ? error.message : String(error);
      setState({ kind: 'failed', message });
    }
  };

  return (
    <section className={styles.part} aria-labelledby="replay-title">
      <h3 id="replay-title">Replay here</h3>
      <p className="hint">
        Trains exactly this run in this browser, lays its curve over the figure, and compares every
        number and every committed state.
      </p>
      {state.kind === 'training' ? (
        <div className={styles.replaying}>
          <progress value={state.share} max={1} aria-label="Steps trained" />
          <span className="hint">
            {Math.round(100 * state.share)}%, {state.how}
          </span>
          <button type="button" className="button small" onClick={() => abort.current?.abort()}>
            Stop
          </button>
        </div>
      ) : (
        <button type="button" className="button small" onClick={() => void start()}>
          {state.kind === 'done' ? 'Replay again' : 'Replay this point here'}
        </button>
      )}
      {state.kind === 'failed' ? (
        <p className="error" role="alert">
          {state.message}
        </p>
      ) : null}
      <div role="status" aria-label="Replay" className={styles.words}>
        {state.kind === 'done' ? <Outcome card={card} report={state.report} /> : null}
      </div>
    </section>
  );
}

function Outcome({ card, report }: { readonly card: PointCard; readonly report: ReplayReport }) {
  const { hashes, early, whole, until, numericClass } = report;
  const theirs = card.device?.numericClass ?? null;
  const sameClass = numericClass !== null && numericClass === theirs && !numericClass.endsWith('~');
  const same = hashes.equal === hashes.of;
  return (
    <>
      <p>
        <b>
          {same
            ? `All ${hashes.of} committed states came out with the same bits.`
            : `${hashes.equal} of ${hashes.of} committed states came out with the same bits.`}
        </b>{' '}
        {sameClass
          ? `This device is of the same numeric class, where ${same ? 'they must be equal, and are' : 'they should all be equal: one of the two did not compute what it should'}.`
          : 'This device is of another numeric class, or of one without equal bits: there the numbers are compared.'}
      </p>
      <p>
        Up to step {until}, the largest deviation is {formatNumber(early.value, 2)} of the largest{' '}
        {early.column}: {early.value <= card.tolerance ? 'within' : 'beyond'} the tolerance of this
        investigation, {formatNumber(card.tolerance, 2)}.
      </p>
      <p>
        Over the whole run it is {formatNumber(whole.value, 2)} ({whole.column}); small differences
        may grow there.{' '}
        {report.sameOutcome ? 'It ended as it did before.' : 'It did not end as it did before.'}
      </p>
      <p className="hint">
        Its curve lies over the figure, in ink. Computed here on {report.backend}
        {report.adapter === null ? '' : `, ${report.adapter}`}.
      </p>
    </>
  );
}
