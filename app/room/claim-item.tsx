'use client';
/** One claim: who, when, what, where on the chart; its replies; replying; taking back one's own. */
import { type FormEvent, useId, useState } from 'react';
import { type ClaimView, LIMITS, type Region } from '../../server/protocol.ts';
import { getClient } from '../net/client.ts';
import { formatNumber, plural } from '../ui/text.ts';
import styles from './claims.module.css';
import { useMay } from './use-may.ts';

interface Props {
  readonly claim: ClaimView;
  /** Title of the panel it is on. */
  readonly panel: string;
  readonly own: boolean;
  /** The evidence version that this page shows now. */
  readonly evidence: number;
  readonly onHighlight: (claim: string | null) => void;
}

export function ClaimItem({ claim, panel, own, evidence, onHighlight }: Props) {
  const id = useId();
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const mayAnnotate = useMay('annotate');

  const reply = async (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() === '') return;
    setBusy(true);
    const answer = await getClient().request('claim.reply', { claim: claim.id, text: text.trim() });
    setBusy(false);
    setProblem(answer.ok ? null : answer.message);
    if (answer.ok) setText('');
  };
  const withdraw = async () => {
    setBusy(true);
    const answer = await getClient().request('claim.withdraw', { claim: claim.id });
    setBusy(false);
    setProblem(answer.ok ? null : answer.message);
  };

  return (
    <li
      className={styles.claim}
      onPointerEnter={() => onHighlight(claim.id)}
      onPointerLeave={() => onHighlight(null)}
      onFocus={() => onHighlight(claim.id)}
      onBlur={() => onHighlight(null)}
    >
      <Byline name={claim.authorName} at={claim.at} />
      <p className={styles.text}>{claim.text}</p>
      <p className="hint">
        {panel}: {regionWords(claim.region)}; {plural(claim.runs.length, 'run')} inside when it was
        made
        {claim.evidence === evidence ? '.' : ', and evidence has arrived since.'}
      </p>
      {claim.replies.length === 0 ? null : (
        <ul className={styles.replies} aria-label="Replies">
          {claim.replies.map((r) => (
            <li key={r.id}>
              <Byline name={r.authorName} at={r.at} />
              <p className={styles.text}>{r.text}</p>
            </li>
          ))}
        </ul>
      )}
      {mayAnnotate ? (
        <form className={styles.reply} onSubmit={(e) => void reply(e)}>
          <label className="visually-hidden" htmlFor={id}>
            Reply to {claim.authorName}
          </label>
          <input
            id={id}
            className="field"
            placeholder="Reply"
            maxLength={LIMITS.reply}
            value={text}
            onChange={(e) => setText(e.target.value)}
          />
          <button type="submit" className="button" disabled={busy}>
            Reply
          </button>
        </form>
      ) : null}
      {own && mayAnnotate ? (
        <button
          type="button"
          className={`button small quiet ${styles.withdraw}`}
          disabled={busy}
          onClick={() => void withdraw()}
        >
          Withdraw claim
        </button>
      ) : null}
      {problem === null ? null : (
        <p className="error" role="alert">
          {problem}
        </p>
      )}
    </li>
  );
}

function Byline({ name, at }: { readonly name: string; readonly at: string }) {
  return (
    <p className={styles.byline}>
      <b>{name}</b>{' '}
      <time dateTime={at} title={new Date(at).toLocaleString('en-GB')}>
        {new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })}
      </time>
    </p>
  );
}

function regionWords({ x, y }: Region): string {
  return `x ${formatNumber(x[0])} to ${formatNumber(x[1])}, y ${formatNumber(y[0])} to ${formatNumber(y[1])}`;
}
