'use client';
/** A snapshot as it was frozen: figure, verdict, claims, how to cite it, its files. */
import Link from 'next/link';
import { useEffect, useState } from 'react';
import type { SnapshotView } from '../../server/protocol.ts';
import { VerdictCard } from '../room/verdict-card.tsx';
import { ClaimsRead, When } from '../share/claims-read.tsx';
import { CopyText } from '../share/copy-text.tsx';
import { type Evidence, NOTHING } from '../share/evidence.ts';
import { EvidenceFigure } from '../share/evidence-figure.tsx';
import { FromSnapshot } from '../share/source.tsx';
import { formatCode, plural } from '../ui/text.ts';
import { citation } from './citation.ts';
import { FrozenRun } from './frozen-run.tsx';
import styles from './snapshot-page.module.css';

export function SnapshotPage({ id }: { readonly id: string }) {
  return (
    <div className={`wrap ${styles.page}`}>
      <FromSnapshot id={id}>
        {(evidence, view) => <Snapshot evidence={evidence} view={view} />}
      </FromSnapshot>
    </div>
  );
}

interface Props {
  readonly evidence: Evidence;
  readonly view: SnapshotView;
}

function Snapshot({ evidence, view }: Props) {
  const { about, content } = view;
  const { investigation, study, progress } = content;
  const here = usePageAddress();
  const [run, setRun] = useState<string | null>(null);
  return (
    <>
      <header className={styles.head}>
        <p className="eyebrow">Frozen snapshot</p>
        <h1>{content.title}</h1>
        <p className="hint">
          {study.title}, version {study.version}. Taken by {content.takenBy} on{' '}
          <When at={content.takenAt} />, of {plural(progress.runs, 'run')} out of {progress.ofRuns},{' '}
          {progress.verified} of them verified
          {progress.withdrawn === 0
            ? ''
            : `, ${plural(progress.withdrawn, 'result')} withdrawn before`}
          .
        </p>
        {content.note === '' ? null : <p className={styles.note}>{content.note}</p>}
        <Notices view={view} />
      </header>
      <div className={styles.columns}>
        <section className={styles.figure} aria-label="Figure">
          <EvidenceFigure
            evidence={evidence}
            panel={null}
            view={viewOf(content.view)}
            tools={true}
            onRun={setRun}
          />
        </section>
        <div className={styles.side}>
          {run === null ? null : <FrozenRun run={run} view={view} onClose={() => setRun(null)} />}
          <VerdictCard study={evidence.study} state={evidence} hidden={NOTHING} />
          <section className={`card ${styles.card}`} aria-labelledby="cite">
            <h2 id="cite">How to cite</h2>
            <CopyText label="Citation" text={citation(view, here)} />
            <p className="hint">
              The hash is of the content in canonical JSON (RFC 8785): who has the file can check
              that nothing was changed.
            </p>
          </section>
          <section className={`card ${styles.card}`} aria-labelledby="files">
            <h2 id="files">Files</h2>
            <div className={styles.buttons}>
              <a className="button small" href={fileOf(about.id, 'snapshot.json')} download>
                Snapshot (JSON)
              </a>
              <a className="button small" href={fileOf(about.id, 'runs.csv')} download>
                Runs (CSV)
              </a>
            </div>
            <p className="hint">
              The snapshot can be{' '}
              <Link href="/s/import" prefetch={false}>
                imported
              </Link>{' '}
              on any other server, and is found there under the same address.
            </p>
            {about.room === null ? null : (
              <Link className="button small" href={`/i/${about.room}`} prefetch={false}>
                Go to the live room
              </Link>
            )}
          </section>
          <section className={`card ${styles.card}`} aria-labelledby="claims">
            <h2 id="claims">Claims</h2>
            <ClaimsRead evidence={evidence} only={null} />
          </section>
          <p className="hint">
            Investigation {formatCode(investigation.code)}, opened by {investigation.openedBy} on{' '}
            <When at={investigation.openedAt} />.
          </p>
        </div>
      </div>
    </>
  );
}

/** What a reader must know before the numbers are believed. */
function Notices({ view: { about, content } }: { readonly view: SnapshotView }) {
  const { study, pointsPerLine, investigation } = content;
  const said = [
    about.imported
      ? 'Imported, computed elsewhere: this server has not verified its runs. Its hash is right.'
      : null,
    investigation.null ? 'The physics were broken on purpose: the verdict must not hold.' : null,
    about.studyHere === null
      ? 'This server does not have the study. What you see is what was frozen.'
      : about.studyHere === study.version
        ? null
        : `The study has changed since: this server has version ${about.studyHere}. What you see is what was frozen, and nothing was computed again.`,
    pointsPerLine === null
      ? null
      : `Curves of single runs are thinned to ${pointsPerLine} points, so that the file stays small; means, verdict and summaries are whole.`,
  ].filter((words) => words !== null);
  return said.map((words) => (
    <p key={words} className={styles.notice}>
      {words}
    </p>
  ));
}

const fileOf = (id: string, name: string) => `/api/snapshots/${id}/${name}`;

/** The view of the address, or the one that was frozen. */
function viewOf(frozen: string): string {
  const asked = window.location.search.slice(1);
  return asked === '' ? frozen : asked;
}

/** Known once the page is in a browser. */
function usePageAddress(): string {
  const [address, setAddress] = useState('');
  useEffect(() => setAddress(`${window.location.origin}${window.location.pathname}`), []);
  return address;
}
