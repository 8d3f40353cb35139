'use client';
/** How far the investigation is, and how long it will take at the present pace. */
import type { Delta, InvestigationState, Presence } from '../../server/protocol.ts';
import { formatCount, formatDuration, plural } from '../ui/text.ts';
import styles from './progress-strip.module.css';

interface Props {
  readonly progress: Delta['progress'];
  readonly presence: Presence;
  readonly state: InvestigationState;
}

export function ProgressStrip({ progress, presence, state }: Props) {
  const working = presence.members.filter((m) => m.work !== null).length;
  return (
    <section className={styles.strip} aria-label="Progress">
      <div className={styles.line}>
        <b data-testid="progress">
          {formatCount(progress.runs)} of {plural(progress.ofRuns, 'run')}
        </b>
        <span className="hint">{words(progress, presence, state, working)}</span>
      </div>
      {verification(progress).map((sentence) => (
        <p key={sentence} className="hint" data-testid="verification">
          {sentence}
        </p>
      ))}
      <progress
        className={styles.bar}
        aria-label="Runs accepted"
        value={progress.runs}
        max={Math.max(1, progress.ofRuns)}
      />
    </section>
  );
}

/** What verification has said so far: nothing while nothing is in. */
function verification({ runs, verified, withdrawn }: Delta['progress']): string[] {
  const sentences: string[] = [];
  if (runs > 0) {
    sentences.push(
      verified === runs
        ? 'All of them verified: parts of each result were trained again elsewhere.'
        : `${formatCount(verified)} of them verified; the others are provisional until parts of them were trained again elsewhere.`,
    );
  }
  if (withdrawn > 0) {
    const gone = `${plural(withdrawn, 'result')} ${withdrawn === 1 ? 'has' : 'have'}`;
    sentences.push(
      `${gone} left again, not standing up to verification; those runs are trained anew.`,
    );
  }
  return sentences;
}

function words(
  progress: Delta['progress'],
  presence: Presence,
  state: InvestigationState,
  working: number,
): string {
  if (progress.runs >= progress.ofRuns) return 'Every run is in.';
  if (state === 'paused') return 'Paused by the owner.';
  if (state === 'concluded') return 'Concluded before every run was in.';
  if (working === 0) return 'Nobody computes. Donate this browser to go on.';
  const who = `${plural(working, 'browser')} ${working === 1 ? 'computes' : 'compute'}`;
  return presence.etaSeconds === null
    ? `${who}.`
    : `${who}; ${formatDuration(presence.etaSeconds)} left.`;
}
