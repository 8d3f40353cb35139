'use client';
/** The phase diagram of a sweep: the regime of each cell by colour and shape, the lines of theory, and a table. */
import { useMemo } from 'react';
import { plural } from '../../ui/text.ts';
import { colorOf, markerPath } from '../palette.ts';
import { EMPTY, GridMap, tint } from './grid-map.tsx';
import { type PhaseSquare, phaseMapOf, phaseWords, type Regime } from './phase.ts';
import { PlaneFields, usePlane } from './plane-fields.tsx';
import styles from './sweep.module.css';
import type { SweepViewProps } from './sweep.tsx';
import { SweepTable } from './sweep-table.tsx';

export function PhaseMapView({ study, isNull, params, cells, runs, onCell }: SweepViewProps) {
  const plane = usePlane(params, study.phases ?? null);
  const { x, y } = plane;
  const map = useMemo(
    () => (x === undefined ? null : phaseMapOf(study, cells, runs, x, y, { null: isNull })),
    [study, cells, runs, x, y, isNull],
  );
  if (x === undefined || map === null) return null;
  const index = new Map(map.regimes.map((r, i) => [r.id, i]));
  const mark = (regime: Regime) => <RegimeMark regime={regime} index={index.get(regime.id) ?? 0} />;
  return (
    <>
      {params.length > 1 && (
        <div className={styles.fields}>
          <PlaneFields params={params} plane={plane} />
        </div>
      )}
      <GridMap
        label="Phase diagram: the regime that each cell is in"
        {...{ x, y, squares: map.squares, lines: map.lines, onCell }}
        styleOf={({ regime }) =>
          regime === null ? EMPTY : { background: tintOf(regime, index.get(regime.id) ?? 0) }
        }
        inside={({ regime, counts }: PhaseSquare) =>
          regime === null ? null : (
            <>
              {mark(regime)}
              {counts.length > 1 && <small>+{counts.length - 1}</small>}
            </>
          )
        }
        wordsOf={phaseWords}
      />
      <ul className={styles.legend} aria-label="Regimes">
        {map.regimes.map((regime) => (
          <li key={regime.id}>
            <span
              className={styles.swatch}
              style={{ background: tintOf(regime, index.get(regime.id) ?? 0) }}
            >
              {mark(regime)}
            </span>
            {regime.label}
          </li>
        ))}
        <li>
          <span className={styles.swatch} style={EMPTY} />
          not known yet
        </li>
      </ul>
      <SweepTable
        title="Table of the phase diagram"
        head={['Where', 'Regime', 'Runs']}
        rows={map.squares
          .filter((s) => s.cells.length > 0)
          .map((s) => ({ key: s.where, entries: [s.where, regimeWords(s), s.runs.length] }))}
      />
    </>
  );
}

function regimeWords({ counts, cells }: PhaseSquare): string {
  if (counts.length === 0) return 'not known yet';
  return counts
    .map((c) =>
      cells.length === 1 ? c.regime.label : `${c.regime.label} (${plural(c.cells, 'cell')})`,
    )
    .join('; ');
}

const isDiverged = ({ id }: Regime) => id === 'diverged';

const tintOf = (regime: Regime, index: number) =>
  isDiverged(regime) ? 'var(--fails-soft)' : tint(index);

function RegimeMark({ regime, index }: { readonly regime: Regime; readonly index: number }) {
  const color = isDiverged(regime) ? 'var(--fails)' : colorOf(index);
  return (
    <svg width="14" height="14" aria-hidden="true">
      {isDiverged(regime) ? (
        <path d="M2 2L12 12M12 2L2 12" strokeWidth="2.5" style={{ stroke: color }} />
      ) : (
        <path d={markerPath(index, 7, 7, 5)} style={{ fill: color }} />
      )}
    </svg>
  );
}
