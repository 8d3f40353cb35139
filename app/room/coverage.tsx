'use client';
/**
 * Cells against seeds: what is done, what diverged, who trains what, what waits and what goes next. Picking a
 * cell isolates it in the figure; a finished run's square opens where it comes from. A large grid is one
 * map, with a row of counts a cell below it.
 */
import { useMemo, useState } from 'react';
import type { Study } from '../../compute/studies/study.ts';
import type { CellView, InvestigationView, Presence, RunView } from '../../server/protocol.ts';
import { formatCell, formatDuration, formatNumber, plural, variedParams } from '../ui/text.ts';
import styles from './coverage.module.css';
import { CoverageMap } from './coverage-map.tsx';
import {
  type Counts,
  countsOf,
  countWords,
  nextWords,
  type Square,
  type Squares,
  STATE_WORDS,
  STATES,
  squaresOf,
  squareWords,
} from './coverage-squares.ts';

interface Props {
  readonly study: Study;
  readonly investigation: InvestigationView;
  readonly cells: readonly CellView[];
  readonly runs: readonly RunView[];
  readonly presence: Presence;
  readonly isolated: number | null;
  readonly onIsolate: (cell: number | null) => void;
  /** Opens a finished run; keep it the same object. */
  readonly onRun: (run: string) => void;
}

/** More squares than this are condensed: as elements of their own they would take the browser seconds. */
const SQUARES = 600;
/** Rows a page. */
const ROWS = 50;

export function Coverage(props: Props) {
  const { study, investigation, cells, runs, presence, isolated, onIsolate, onRun } = props;
  const { seeds } = investigation.grid;
  const varied = useMemo(
    () => variedParams(investigation.grid.params, study.stages),
    [investigation.grid, study],
  );
  const { members, left, next } = presence;
  const squares = useMemo(() => squaresOf(runs, members, left), [runs, members, left]);
  const [page, setPage] = useState(0);
  const condensed = cells.length * seeds.length > SQUARES;
  const pages = Math.ceil(cells.length / ROWS);
  const here = Math.min(page, pages - 1);
  const rows = condensed ? cells.slice(here * ROWS, (here + 1) * ROWS) : cells;
  const nameOf = (cell: CellView) => formatCell(study.params, varied, cell.config);
  const nextCell = next === null ? undefined : cells.find((c) => c.index === next.cell);
  const effect = study.summaries?.[study.effect ?? '']?.label ?? null;

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
        {condensed
          ? 'A strip is a cell, a square a seed.'
          : 'A row is a cell, a square a seed. Pick a cell to see it alone in the figure.'}
        {presence.etaSeconds !== null && presence.etaSeconds > 0
          ? ` All in ${formatDuration(presence.etaSeconds)}, at the present pace.`
          : ''}
      </p>
      {next !== null && nextCell !== undefined && (
        <p className={styles.nextLine} data-testid="next-cell">
          <NextMark /> {nextWords(next, nameOf(nextCell), effect, formatNumber)}
        </p>
      )}
      {presence.waiting > 0 && (
        <p className="hint" data-testid="waiting-runs">
          {plural(presence.waiting, 'run')} of a later stage{' '}
          {presence.waiting === 1 ? 'waits' : 'wait'} until the runs that{' '}
          {presence.waiting === 1 ? 'it stands' : 'they stand'} on are verified.
        </p>
      )}
      {condensed && (
        <CoverageMap
          {...{ cells, seeds, squares, isolated, nameOf, onIsolate }}
          next={next?.cell ?? null}
        />
      )}
      <ul className={styles.cells}>
        {rows.map((cell) => (
          <li key={cell.index} className={condensed ? styles.stacked : styles.row}>
            <button
              type="button"
              className={styles.cell}
              aria-pressed={isolated === cell.index}
              onClick={() => onIsolate(isolated === cell.index ? null : cell.index)}
            >
              {cell.index === next?.cell && <NextMark />}
              {nameOf(cell)}
              {cell.index === next?.cell && <span className="visually-hidden">, trained next</span>}
            </button>
            {condensed ? (
              <Bar counts={countsOf(squares, cell.index, seeds)} of={seeds.length} />
            ) : (
              <RowSquares {...{ cell, seeds, squares, onRun }} />
            )}
            <span className={styles.count}>
              {cell.done}/{cell.of}
            </span>
          </li>
        ))}
      </ul>
      {condensed && pages > 1 && (
        <Pages page={here} pages={pages} cells={cells.length} onPage={setPage} />
      )}
      <ul className={styles.legend} aria-label="Squares">
        {STATES.map((state) => (
          <li key={state}>
            <span className={styles[state]} aria-hidden="true" />
            {STATE_WORDS[state]}
          </li>
        ))}
        {next !== null && (
          <li>
            <NextMark /> trained next
          </li>
        )}
      </ul>
    </section>
  );
}

function NextMark() {
  return (
    <span className={styles.nextMark} aria-hidden="true">
      ▶
    </span>
  );
}

interface RowProps {
  readonly cell: CellView;
  readonly seeds: readonly number[];
  readonly squares: Squares;
  readonly onRun: (run: string) => void;
}

function RowSquares({ cell, seeds, squares, onRun }: RowProps) {
  return (
    <span className={styles.squares}>
      {seeds.map((seed) => (
        <SquareSlot key={seed} square={squares.at(cell.index, seed)} onRun={onRun} />
      ))}
    </span>
  );
}

interface SlotProps extends Pick<RowProps, 'onRun'> {
  readonly square: Square;
}

function SquareSlot({ square, onRun }: SlotProps) {
  const { state, run } = square;
  const words = squareWords(square);
  const provisional = state === 'diverged' && run?.verified === false ? styles.unverified : '';
  const mark = <span className={`${styles[state]} ${provisional}`} />;
  if (run === null) {
    return (
      <span className={styles.slot} title={words}>
        {mark}
      </span>
    );
  }
  const label = `${words}. Where it comes from`;
  return (
    <button
      type="button"
      className={styles.slot}
      onClick={() => onRun(run.id)}
      title={label}
      aria-label={label}
    >
      {mark}
    </button>
  );
}

/** A cell's squares by state: shares as a bar, numbers as words. */
function Bar({ counts, of }: { readonly counts: Counts; readonly of: number }) {
  return (
    <span className={styles.condensed}>
      <span className={styles.bar} aria-hidden="true">
        {STATES.filter((s) => counts[s] > 0).map((s) => (
          <span key={s} className={styles[`${s}Share`]} style={{ flexGrow: counts[s] / of }} />
        ))}
      </span>
      <span className={styles.counts}>{countWords(counts)}</span>
    </span>
  );
}

interface PagesProps {
  readonly page: number;
  readonly pages: number;
  readonly cells: number;
  readonly onPage: (page: number) => void;
}

function Pages({ page, pages, cells, onPage }: PagesProps) {
  return (
    <div className={styles.pages}>
      <button
        type="button"
        className="button small"
        disabled={page === 0}
        onClick={() => onPage(page - 1)}
      >
        Earlier cells
      </button>
      <span className="hint" aria-live="polite">
        {page * ROWS + 1} to {Math.min(cells, (page + 1) * ROWS)} of {plural(cells, 'cell')}
      </span>
      <button
        type="button"
        className="button small"
        disabled={page === pages - 1}
        onClick={() => onPage(page + 1)}
      >
        Later cells
      </button>
    </div>
  );
}
