'use client';
/** A report for reading, in its latest version or another. */
import Link from 'next/link';
import { useEffect, useState } from 'react';
import type { ReportView } from '../../server/protocol.ts';
import { When } from '../share/claims-read.tsx';
import { useFetched } from '../share/fetched.ts';
import { Waiting } from '../share/source.tsx';
import { formatCode } from '../ui/text.ts';
import { FromSource } from './from-source.tsx';
import styles from './report.module.css';
import { ReportBody } from './report-body.tsx';

export function ReportPage({ id }: { readonly id: string }) {
  const [version, setVersion] = useState<string | null>(null);
  useEffect(() => setVersion(new URLSearchParams(window.location.search).get('version')), []);
  const query = version === null ? '' : `?version=${encodeURIComponent(version)}`;
  const fetched = useFetched<ReportView>(
    `/api/reports/${encodeURIComponent(id)}/report.json${query}`,
  );
  return (
    <div className={`wrap ${styles.page}`}>
      {fetched.kind === 'here' ? (
        <Report report={fetched.value} onVersion={setVersion} />
      ) : (
        <Waiting fetched={fetched} what="report" />
      )}
    </div>
  );
}

interface Props {
  readonly report: ReportView;
  readonly onVersion: (version: string) => void;
}

function Report({ report, onVersion }: Props) {
  const { id, code, title, authorName, at, snapshot, version, versions } = report;
  const choose = (chosen: string) => {
    const url = new URL(window.location.href);
    url.searchParams.set('version', chosen);
    window.history.replaceState(window.history.state, '', url);
    onVersion(chosen);
  };
  return (
    <article className={styles.article}>
      <header className={styles.head}>
        <p className="eyebrow">Report</p>
        <h1>{title}</h1>
        <p className="hint">
          {authorName}, <When at={at} />.{' '}
          {snapshot === null ? (
            <>
              Its charts are live, from room{' '}
              <Link href={`/i/${code}`} prefetch={false}>
                {formatCode(code)}
              </Link>
              .
            </>
          ) : (
            <>
              Its charts are frozen, at{' '}
              <Link href={`/s/${snapshot}`} prefetch={false}>
                a snapshot
              </Link>{' '}
              of room{' '}
              <Link href={`/i/${code}`} prefetch={false}>
                {formatCode(code)}
              </Link>
              .
            </>
          )}
        </p>
      </header>
      <FromSource code={code} snapshot={snapshot}>
        {(evidence) => <ReportBody body={report.body} evidence={evidence} />}
      </FromSource>
      <footer className={styles.foot}>
        <label className="label" htmlFor="version">
          Version
        </label>
        <select
          id="version"
          className="field"
          value={version}
          onChange={(event) => choose(event.target.value)}
        >
          {versions.map((v) => (
            <option key={v.version} value={v.version}>
              {v.version}, {new Date(v.at).toLocaleString('en-GB')}
            </option>
          ))}
        </select>
        <Link className="button small" href={`/report/${id}/edit`} prefetch={false}>
          Edit
        </Link>
      </footer>
    </article>
  );
}
