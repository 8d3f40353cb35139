'use client';
/** Under a chart: how much of the results it cannot show, and on demand exactly what. */
import { useState } from 'react';
import { formatNumber, plural } from '../ui/text.ts';
import { divergedIn, leftOutOf } from './left-out.ts';
import styles from './panel-chart.module.css';
import type { PictureInput } from './picture.ts';

/** More are in the exports. */
const MOST = 100;

interface Props {
  readonly input: PictureInput;
  /** Points that cannot stand on the axes. */
  readonly points: number;
}

export function LeftOutList({ input, points }: Props) {
  const [open, setOpen] = useState(false);
  const diverged = divergedIn(input);
  if (points + diverged === 0) return null;
  const counts = [
    diverged > 0 ? `${plural(diverged, 'run')} diverged` : '',
    points > 0
      ? `${plural(points, 'point')} of single runs cannot stand on these axes (zero, negative or not finite)`
      : '',
  ].filter(Boolean);
  return (
    <details className={styles.table} onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>Left out: {counts.join('; ')}</summary>
      {open && <Rows input={input} />}
    </details>
  );
}

function Rows({ input }: { readonly input: PictureInput }) {
  const all = leftOutOf(input);
  const { panel } = input;
  return (
    <>
      <table>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">Seed</th>
            <th scope="col">What</th>
          </tr>
        </thead>
        <tbody>
          {all.slice(0, MOST).map(({ key, run, cell, seed, what }) => (
            <tr key={key}>
              <th scope="row">{cell === '' ? run : `${cell} (${run})`}</th>
              <td>{seed}</td>
              <td>
                {what.kind === 'diverged'
                  ? `diverged at step ${what.step}`
                  : `${what.line}: ${panel.x.label} ${formatNumber(what.x)}, ${panel.y.label} ${formatNumber(what.y)}`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {all.length > MOST && (
        <p className={styles.note}>and {all.length - MOST} more; the exports have all of them.</p>
      )}
    </>
  );
}
