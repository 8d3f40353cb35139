'use client';
/** Export & cite: the results as files, the room frozen, its figure elsewhere, and text about it. */
import Link from 'next/link';
import { useCallback, useEffect, useState } from 'react';
import type { Study } from '../../compute/studies/study.ts';
import type { Shared, SharedItem } from '../../server/protocol.ts';
import { mayAct, type Role } from '../../server/vocabulary.ts';
import { getClient } from '../net/client.ts';
import { When } from '../share/claims-read.tsx';
import { EmbedSnippet } from './embed-snippet.tsx';
import styles from './exports.module.css';
import { SnapshotForm } from './snapshot-form.tsx';

interface Props {
  readonly code: string;
  readonly study: Study;
  readonly role: Role;
  /** What the room is called: a snapshot's first title. */
  readonly title: string;
}

const FILES = [
  { name: 'results.csv', label: 'Export CSV' },
  { name: 'results.json', label: 'Export JSON' },
  { name: 'runs.parquet', label: 'Runs as Parquet' },
  { name: 'series.parquet', label: 'All curves as Parquet' },
] as const;

export function Exports({ code, study, role, title }: Props) {
  const [shared, setShared] = useState<Shared>({ snapshots: [], reports: [] });
  const look = useCallback(async () => {
    const reply = await getClient().request('room.shared', { code });
    if (reply.ok) setShared(reply.value);
  }, [code]);
  useEffect(() => void look(), [look]);
  const publishes = mayAct(role, 'publish');

  return (
    <section className={`card ${styles.exports}`} aria-labelledby="exports">
      <h2 id="exports" className={styles.title}>
        Export &amp; cite
      </h2>
      <div className={styles.buttons}>
        {FILES.map(({ name, label }) => (
          <a
            key={name}
            className="button small"
            href={`/api/investigations/${code}/${name}`}
            download
          >
            {label}
          </a>
        ))}
      </div>
      <p className="hint">
        Parquet opens in pandas, R, DuckDB and the like. Press a point on a chart for that run
        alone.
      </p>
      {publishes ? <SnapshotForm {...{ code, title }} onTaken={() => void look()} /> : null}
      <Items title="Snapshots" items={shared.snapshots} path="/s/" />
      {publishes ? (
        <div className={styles.part}>
          <h3>Report</h3>
          <p className="hint">Text in which the charts of this room stand, live or frozen.</p>
          <Link className="button small" href={`/report/new?room=${code}`} prefetch={false}>
            Write a report
          </Link>
        </div>
      ) : null}
      <Items title="Reports" items={shared.reports} path="/report/" />
      <EmbedSnippet {...{ code, study }} snapshot={shared.snapshots[0]?.id ?? null} />
    </section>
  );
}

interface ItemsProps {
  readonly title: string;
  readonly items: readonly SharedItem[];
  readonly path: string;
}

function Items({ title, items, path }: ItemsProps) {
  if (items.length === 0) return null;
  return (
    <ul className={styles.items} aria-label={title}>
      {items.map(({ id, title: name, by, at }) => (
        <li key={id}>
          <Link href={`${path}${id}`} prefetch={false}>
            {name}
          </Link>
          <p className="hint">
            {by}, <When at={at} />
          </p>
        </li>
      ))}
    </ul>
  );
}
