'use client';
/**
 * The text of a report, with its charts. Markdown is drawn as elements, never as HTML of the author's:
 * raw HTML stays text, and links lead only where links may.
 */
import { Children, type ReactNode, useMemo } from 'react';
import Markdown, { type Components } from 'react-markdown';
import { VerdictCard } from '../room/verdict-card.tsx';
import { ClaimsRead } from '../share/claims-read.tsx';
import { type Evidence, NOTHING } from '../share/evidence.ts';
import { EvidenceFigure } from '../share/evidence-figure.tsx';
import { blockOf } from './blocks.ts';
import styles from './report.module.css';

interface Props {
  readonly body: string;
  readonly evidence: Evidence;
}

/** The title of the page is its first heading; those of the text come below it. */
const HEADINGS: Components = {
  h1: ({ children }) => <h2>{children}</h2>,
  h2: ({ children }) => <h3>{children}</h3>,
  h3: ({ children }) => <h4>{children}</h4>,
  // Pictures of other sites would tell them who reads.
  img: ({ src, alt }) => <a href={typeof src === 'string' ? src : ''}>{alt || 'A picture'}</a>,
};

export function ReportBody({ body, evidence }: Props) {
  const components = useMemo<Components>(
    () => ({
      ...HEADINGS,
      p: ({ children }) => <Paragraph evidence={evidence}>{children}</Paragraph>,
    }),
    [evidence],
  );
  return (
    <div className={styles.body}>
      <Markdown components={components}>{body}</Markdown>
    </div>
  );
}

interface ParagraphProps {
  readonly evidence: Evidence;
  readonly children: ReactNode;
}

function Paragraph({ evidence, children }: ParagraphProps) {
  const parts = Children.toArray(children);
  const block = parts.every((part) => typeof part === 'string') ? blockOf(parts.join('')) : null;
  switch (block?.kind) {
    case undefined:
      return <p>{children}</p>;
    case 'verdict':
      return (
        <div className={styles.block}>
          <VerdictCard study={evidence.study} state={evidence} hidden={NOTHING} />
        </div>
      );
    case 'claims':
      return (
        <div className={styles.block}>
          <ClaimsRead evidence={evidence} only={block.only} />
        </div>
      );
    case 'panel':
      return (
        <div className={styles.block}>
          <EvidenceFigure evidence={evidence} panel={block.panel} view={block.view} tools={false} />
        </div>
      );
    case 'unknown':
      return <p className="error">There is no block “{block.text}”.</p>;
  }
}
