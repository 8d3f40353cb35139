'use client';
/**
 * A figure on somebody else's page: no frame of ours, read only, one panel (`?panel=`) or all, in the
 * view that the address carries, light or dark by `?theme=` or as the reader has it.
 */
import { type ReactNode, useEffect, useState } from 'react';
import type { Evidence } from '../share/evidence.ts';
import { EvidenceFigure } from '../share/evidence-figure.tsx';
import { FromRoom, FromSnapshot } from '../share/source.tsx';
import styles from './embed.module.css';

interface Asked {
  readonly panel: string | null;
  /** Null: as the reader has it. */
  readonly theme: 'light' | 'dark' | null;
  /** The view's query; '' if the address has none. */
  readonly view: string;
}

/** A room, live. */
export function EmbedRoom({ code }: { readonly code: string }) {
  return (
    <Framed>
      {(asked) => (
        <FromRoom code={code}>
          {(evidence, state) => (
            <Shown {...{ evidence, asked }} title={state.investigation.title} href={`/i/${code}`} />
          )}
        </FromRoom>
      )}
    </Framed>
  );
}

/** A snapshot. */
export function EmbedSnapshot({ id }: { readonly id: string }) {
  return (
    <Framed>
      {(asked) => (
        <FromSnapshot id={id}>
          {(evidence, { content }) => (
            <Shown
              evidence={evidence}
              asked={{ ...asked, view: asked.view === '' ? content.view : asked.view }}
              title={`${content.title}, frozen ${content.takenAt.slice(0, 10)}`}
              href={`/s/${id}`}
              onRun={() => window.open(`/s/${id}`, '_blank', 'noopener')}
            />
          )}
        </FromSnapshot>
      )}
    </Framed>
  );
}

/** Once the address is known: a page is drawn on the server without its query. */
function Framed({ children }: { readonly children: (asked: Asked) => ReactNode }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  useEffect(() => {
    const now = read(window.location.search);
    // On the root: the colours of the page are worked out there.
    if (now.theme !== null) document.documentElement.dataset.theme = now.theme;
    setAsked(now);
  }, []);
  return <div className={styles.embed}>{asked === null ? null : children(asked)}</div>;
}

function read(search: string): Asked {
  const query = new URLSearchParams(search);
  const [panel, theme] = [query.get('panel'), query.get('theme')];
  for (const own of ['panel', 'theme']) query.delete(own);
  return {
    panel,
    theme: theme === 'light' || theme === 'dark' ? theme : null,
    view: query.toString(),
  };
}

interface ShownProps {
  readonly evidence: Evidence;
  readonly asked: Asked;
  readonly title: string;
  /** Where all of it is. */
  readonly href: string;
  /** Absent: a run that is pressed links to its point file. */
  readonly onRun?: () => void;
}

function Shown({ evidence, asked, title, href, onRun }: ShownProps) {
  const { analysis, progress } = evidence;
  return (
    <>
      <div className={asked.panel === null ? styles.all : styles.one}>
        <EvidenceFigure
          {...{ evidence, panel: asked.panel, view: asked.view, tools: false }}
          {...(onRun === undefined ? {} : { onRun })}
        />
      </div>
      <p className={styles.foot}>
        <span className={styles.title}>
          {title}: {analysis.verdict.state}, {progress.runs} of {progress.ofRuns} runs
        </span>
        <a className={styles.open} href={href} target="_blank" rel="noopener">
          Open in Manyhands
        </a>
      </p>
    </>
  );
}
