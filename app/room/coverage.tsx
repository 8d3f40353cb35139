'use client';
/**
 * Cells against seeds: what is done, what diverged, what waits. Picking a cell isolates it in the
 * figure; a finished run's square opens where it comes from.
 */
import { useMemo } from 'react';
import type { Study } from '../../compute/studies/study.ts';
import type { CellView, InvestigationView, Member, RunView } from '../../server/protocol.ts';
import { formatCell, variedParams } from '../ui/text.ts';
import styles from './coverage.module.css';

interface Props {
  readonly study: Study;
  readonly investigation: InvestigationView;
  readonly cells: readonly CellView[];
  readonly runs: readonly RunView[];
  readonly members: readonly Member[];
  readonly isolated: number | null;
  readonly onIsolate: (cell: number | null) => void;
  /** Opens a finished run; keep it the same object. */
  readonly onRun: (run: string) => void;
}

export function Coverage({
  study,
  investigation,
  cells,
  runs,
  members,
  isolated,
  onIsolate,
  onRun,
}: Props) {
  const varied = useMemo(() => variedParams(investigation.grid.params), [investigation.grid]);
  const bySquare = useMemo(() => new Map(runs.map((r) => [`${r.cell}/${r.seed}`, r])), [runs]);
  const computing = useMemo(() => whoComputes(members), [members]);
  return (
    <section className={`card ${styles.coverage}`} aria-labelledby="coverage">
      <div className={styles.head}>
        <h2 id="coverage" className={styles.title}>
          Coverage
        </h2>
        {isolated === null ? null : (
          <button type="button" className="button small" onClick={() => onIsolate(null)}>
            Show all cells
          </button>
        )}
      </div>
      <p className="hint">
        A row is a cell, a square a seed. Pick a cell to see it alone in the figure.
      </p>
      <ul className={styles.cells}>
        {cells.map((cell) => (
          <li key={cell.index} className={styles.row}>
            <button
              type="button"
              className={styles.cell}
              aria-pressed={isolated === cell.index}
              onClick={() => onIsolate(isolated === cell.index ? null : cell.index)}
            >
              {formatCell(study.params, varied, cell.config)}
            </button>
            <span className={styles.squares}>
              {investigation.grid.seeds.map((seed) => (
                <Square
                  key={seed}
                  seed={seed}
                  onRun={onRun}
                  run={bySquare.get(`${cell.index}/${seed}`)}
                  by={computing.get(`${cell.index}/${seed}`)}
                />
              ))}
            </span>
            <span className={styles.count}>
              {cell.done}/{cell.of}
            </span>
          </li>
        ))}
      </ul>
      <p className={styles.legend}>
        <span className={styles.done} aria-hidden="true" /> verified
        <span className={`${styles.done} ${styles.provisional}`} aria-hidden="true" /> provisional
        <span className={styles.diverged} aria-hidden="true" /> diverged
        <span className={styles.computed} aria-hidden="true" /> in training
        <span className={styles.waits} aria-hidden="true" /> not in yet
      </p>
    </section>
  );
}

/** Nicknames by square, of those whose browsers are at it now. */
function whoComputes(members: readonly Member[]): ReadonlyMap<string, string> {
  return new Map(
    members.flatMap(({ nickname, work }) =>
      (work?.cells ?? []).map((cell, i) => [`${cell}/${work?.seeds[i]}`, nickname] as const),
    ),
  );
}

interface SquareProps {
  readonly seed: number;
  readonly run: RunView | undefined;
  /** Who trains it now, if somebody does. */
  readonly by: string | undefined;
  readonly onRun: (run: string) => void;
}

function Square({ seed, run, by, onRun }: SquareProps) {
  if (run === undefined) {
    const where = by === undefined ? 'not in yet' : `${by}’s browser is training it`;
    return (
      <span className={styles.slot} title={`Seed ${seed}: ${where}`}>
        <span className={by === undefined ? styles.waits : styles.computed} />
      </span>
    );
  }
  const end = run.outcome.kind === 'diverged' ? `diverged at step ${run.outcome.step}` : 'done';
  const how = `${end}, ${run.verified ? 'verified' : 'provisional'}`;
  const fill = run.outcome.kind === 'diverged' ? styles.diverged : styles.done;
  const label = `Seed ${seed}: ${how}, by ${run.by} on ${run.backend}. Where it comes from`;
  return (
    <button
      type="button"
      className={styles.slot}
      onClick={() => onRun(run.id)}
      title={label}
      aria-label={label}
    >
      <span className={run.verified ? fill : `${fill} ${styles.provisional}`} />
    </button>
  );
}
