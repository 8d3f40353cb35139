'use client';
/** The investigations that people opened for one open question, newest first. */
import Link from 'next/link';
import type { QuestionId } from '../../compute/studies/questions.ts';
import { useQuestions } from '../gallery/use-told.ts';
import { formatCode, plural } from '../ui/text.ts';
import { VERDICT_WORDS } from '../ui/verdict-mark.tsx';
import styles from './page.module.css';

export function OpenedFor({ question }: { readonly question: QuestionId }) {
  const all = useQuestions();
  if (all === null) return <p className="hint">Asking the server …</p>;
  const own = all.filter((entry) => entry.question === question);
  if (own.length === 0) return <p className="hint">None yet: be the first.</p>;
  return (
    <ul className={styles.opened}>
      {own.map((entry) => (
        <li key={entry.code}>
          <Link href={`/i/${entry.code}`}>{entry.title}</Link>{' '}
          <span className="hint">
            {entry.study}
            {entry.null ? ', null' : ''} · {VERDICT_WORDS[entry.verdict].toLowerCase()} ·{' '}
            {plural(entry.runs, 'run')} · {entry.state} · {formatCode(entry.code)}
          </span>
        </li>
      ))}
    </ul>
  );
}
