'use client';
/** What a snapshot keeps of one run: its numbers as they were frozen, and the way to its card if that is here. */
import Link from 'next/link';
import type { SnapshotView } from '../../server/protocol.ts';
import { formatNumber, formatValue } from '../ui/text.ts';
import styles from './snapshot-page.module.css';

interface Props {
  readonly run: string;
  readonly view: SnapshotView;
  readonly onClose: () => void;
}

export function FrozenRun({ run: id, view: { about, content }, onClose }: Props) {
  const run = content.runs.find((r) => r.id === id);
  const config = content.cells.find((c) => c.index === run?.cell)?.config;
  if (run === undefined || config === undefined) return null;
  const lines = [
    ...content.study.params.flatMap((param) => {
      const value = config[param.name];
      return value === undefined ? [] : [[param.label, formatValue(param, value)] as const];
    }),
    ['seed', String(run.seed)] as const,
    ['end', run.outcome.kind] as const,
    [
      'computed by',
      `${run.by}, ${run.backend}, ${run.verified ? 'verified' : 'provisional'}`,
    ] as const,
    ...Object.entries(run.summary).map(
      ([name, value]) => [name, value === null ? 'none' : formatNumber(value)] as const,
    ),
  ];
  return (
    <section className={`card ${styles.card}`} aria-label="The run that was pressed" role="status">
      <h2>One run</h2>
      <dl className={styles.lines}>
        {lines.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div className={styles.buttons}>
        {about.room === null ? null : (
          <Link className="button small" href={`/i/${about.room}?run=${run.id}`}>
            Where it comes from
          </Link>
        )}
        <button type="button" className="button small" onClick={onClose}>
          Close
        </button>
      </div>
    </section>
  );
}
