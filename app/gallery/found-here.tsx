'use client';
/** A study's verdict on this server, in a line. */
import { formatNumber, plural } from '../ui/text.ts';
import { VERDICT_WORDS, VerdictMark } from '../ui/verdict-mark.tsx';
import styles from './gallery.module.css';
import { useGallery } from './use-told.ts';

export function FoundHere({ study }: { readonly study: string }) {
  const entry = useGallery()?.find((e) => e.study === study);
  if (entry === undefined) return <p className={`hint ${styles.found}`}>&nbsp;</p>;
  const { best, investigations } = entry;
  if (best === null) {
    return (
      <p className={`hint ${styles.found}`}>
        {investigations === 0 ? 'Nobody has tried it on this server yet.' : 'No run is in yet.'}
      </p>
    );
  }
  const { state, value, runs } = best.verdict;
  return (
    <p className={styles.found} data-state={state}>
      <VerdictMark state={state} size={18} />
      <b>{VERDICT_WORDS[state]}</b>
      <span className="hint">
        {value === null ? '' : `${formatNumber(value)}, `}
        {plural(runs, 'run')} on this server
      </span>
    </p>
  );
}
