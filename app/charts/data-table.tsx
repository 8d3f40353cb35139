'use client';
/** The same numbers as text: means and intervals, at most a dozen rows a line. */
import { useState } from 'react';
import type { Panel } from '../../compute/studies/study.ts';
import { formatNumber } from '../ui/text.ts';
import styles from './panel-chart.module.css';
import type { Picture } from './picture.ts';

const ROWS = 12;

interface Props {
  readonly panel: Panel;
  readonly picture: Picture;
}

export function DataTable({ panel, picture }: Props) {
  // Thousands of rows that nobody looks at would cost every new result.
  const [open, setOpen] = useState(false);
  return (
    <details className={styles.table} onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>Table of {panel.title.toLowerCase()}</summary>
      {open && <Rows panel={panel} picture={picture} />}
    </details>
  );
}

function Rows({ panel, picture }: Props) {
  const rows = picture.means.flatMap((line) => {
    const every = Math.max(1, Math.ceil(line.points.length / ROWS));
    return line.points
      .filter((_, i) => i % every === 0 || i === line.points.length - 1)
      .map((point) => ({ line, ...point }));
  });
  return rows.length === 0 ? (
    <p className={styles.note}>No result has arrived yet.</p>
  ) : (
    <table>
      <thead>
        <tr>
          <th scope="col">Line</th>
          <th scope="col">{panel.x.label}</th>
          <th scope="col">Mean: {panel.y.label}</th>
          <th scope="col">95% interval</th>
          <th scope="col">Runs</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ line, x, y, interval, n }) => (
          <tr key={`${line.key} ${x}`}>
            <th scope="row">{line.name}</th>
            <td>{formatNumber(x)}</td>
            <td>{formatNumber(y)}</td>
            <td>
              {interval === null
                ? 'one run'
                : `${formatNumber(interval[0])} to ${formatNumber(interval[1])}`}
            </td>
            <td>{n}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
