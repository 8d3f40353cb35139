'use client';
/** What the marks mean, each drawn as the chart draws it. */
import type { ReactNode } from 'react';
import type { Panel } from '../../compute/studies/study.ts';
import { colorOf, dashOf, markerPath, PROVISIONAL_DASH, strokesOf } from './palette.ts';
import styles from './panel-chart.module.css';
import type { Picture } from './picture.ts';

/** More entries than this are read from the chart or the table. */
const MOST = 12;

/** As the chart draws them. */
const FIT_MARKS = {
  now: (
    <>
      <path className={styles.fitBand} d="M0 1h26v10H0Z" stroke="none" />
      <path className={styles.fit} d="M0 6h26" />
    </>
  ),
  before: <path className={styles.fitBefore} d="M0 6h26" />,
  predicted: <path className={styles.predicted} d="M13 1v10m-4 0h8M9 1h8" />,
} as const;

interface Props {
  readonly panel: Panel;
  readonly picture: Picture;
}

export function Legend({
  panel,
  picture: { theory, means, raw, fits, series, ramp, strokes = [] },
}: Props) {
  const shared = theory.filter((l) => l.series === null);
  const own = theory.some((l) => l.series !== null);
  const dots = panel.draw === 'points';
  return (
    <ul className={styles.legend} aria-label="Legend" data-legend>
      {own && (
        <Entry mark={<path d="M0 6h26" strokeWidth="2" strokeDasharray={dashOf(0)} />}>
          theory, in the hue of its series
        </Entry>
      )}
      {shared.map((line) => (
        <Entry
          key={line.key}
          mark={<path d="M0 6h26" strokeWidth="2" strokeDasharray={dashOf(line.dash)} />}
        >
          theory: {line.name}
        </Entry>
      ))}
      {fits.map(({ key, name, tone }) => (
        <Entry key={key} mark={FIT_MARKS[tone]}>
          {name}
        </Entry>
      ))}
      {means.length > 0 && (
        <Entry
          mark={dots ? <path d="M13 1v10m-4 0h8M9 1h8" /> : <path d="M0 6h26" strokeWidth="2.5" />}
        >
          {means.some((l) => l.cells !== undefined)
            ? 'mean of cells together, 95% interval'
            : 'mean of a cell, 95% interval'}
        </Entry>
      )}
      {raw.length > 0 && (
        <Entry
          mark={
            dots ? (
              <path d="M6 6h0M14 4h0M20 7h0" strokeWidth="6" strokeLinecap="round" opacity="0.4" />
            ) : (
              <path d="M0 6h26" opacity="0.45" />
            )
          }
        >
          single runs
        </Entry>
      )}
      {raw.some((l) => !l.verified) && (
        <Entry
          mark={
            <>
              {!dots && (
                <path d="M0 6h26" opacity="0.6" strokeDasharray={PROVISIONAL_DASH.join(' ')} />
              )}
              <path className={styles.mean} d={markerPath(0, 13, 6, 4)} strokeWidth="2" />
            </>
          }
        >
          {dots ? 'hollow' : 'dashed runs, hollow marks'}: provisional, not verified yet
        </Entry>
      )}
      {strokes.map((name, i) => (
        <Entry
          key={name}
          mark={<path d="M0 6h26" strokeWidth="2.5" strokeDasharray={strokesOf(i)} />}
        >
          mean: {name}
        </Entry>
      ))}
      {series.slice(0, MOST).map(({ index, name }) => (
        <Entry
          key={index}
          color={colorOf(index, ramp)}
          mark={
            <>
              {!dots && <path d="M0 6h26" strokeWidth="2" />}
              <path fill={colorOf(index, ramp)} d={markerPath(index, 13, 6, 4)} strokeWidth="2" />
            </>
          }
        >
          {name}
        </Entry>
      ))}
      {series.length > MOST && <li>and {series.length - MOST} more: point at them</li>}
    </ul>
  );
}

interface EntryProps {
  readonly mark: ReactNode;
  readonly color?: string;
  readonly children: ReactNode;
}

function Entry({ mark, color = 'currentColor', children }: EntryProps) {
  return (
    <li>
      <svg width="26" height="12" aria-hidden="true" fill="none" style={{ stroke: color }}>
        {mark}
      </svg>
      <span>{children}</span>
    </li>
  );
}
