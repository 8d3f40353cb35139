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
  readonly theme: 'light' | 'dark' | 'light dark';
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
  useEffect(() => setAsked(read(window.location.search)), []);
  return (
    <div className={styles.embed} style={{ colorScheme: asked?.theme ?? 'light dark' }}>
      {asked === null ? null : children(asked)}
    </div>
  );
}

function read(search: string): Asked {
  const query = new URLSearchParams(search);
  const [panel, theme] = [query.get('panel'), query.get('theme')];
  for (const own of ['panel', 'theme']) query.delete(own);
  return {
    panel,
    theme: theme === 'light' || theme === 'dark' ? theme : 'light dark',
    view: query.toString(),
  };
}

interface ShownProps {
  readonly evidence: Evidence;
  readonly asked: Asked;
  readonly title: string;
  /** Where all of it is. */
  readonly href: string;
}

const VERDICTS = { holds: 'holds', fails: 'fails', undecided: 'undecided' } as const;

function Shown({ evidence, asked, title, href }: ShownProps) {
  const { analysis, progress } = evidence;
  return (
    <>
      <div className={asked.panel === null ? styles.all : styles.one}>
        <EvidenceFigure evidence={evidence} panel={asked.panel} view={asked.view} tools={false} />
      </div>
      <p className={styles.foot}>
        <span className={styles.title}>
          {title}: {VERDICTS[analysis.verdict.state]}, {progress.runs} of {progress.ofRuns} runs
        </span>
        <a className={styles.open} href={href} target="_blank" rel="noopener">
          Open in Manyhands
        </a>
      </p>
    </>
  );
}
