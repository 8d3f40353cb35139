'use client';
/** The browsers that are this person, and parting one: a phone that was lost, a computer of the school. */
import { useState } from 'react';
import type { AccountBrowser } from '../../server/protocol.ts';
import styles from './account.module.css';
import { askAccount } from './ask.ts';
import type { Changed } from './field.tsx';

interface Props extends Changed {
  readonly browsers: readonly AccountBrowser[];
}

export function Browsers({ browsers, changed }: Props) {
  const [problem, setProblem] = useState<string | null>(null);
  const part = async (browser: string) => {
    const reply = await askAccount('revoke', { browser });
    setProblem(reply.ok ? null : reply.message);
    if (reply.ok) changed(reply.account);
  };
  return (
    <section className={`card ${styles.form}`} aria-labelledby="browsers">
      <h2 id="browsers" className={styles.title}>
        Your browsers
      </h2>
      <ul className={styles.list} aria-label="Your browsers">
        {browsers.map((browser) => (
          <li key={browser.id} className={styles.item}>
            <span>
              {wordsOf(browser)}
              <span className={`hint ${styles.since}`}>
                {browser.isFirst ? 'where you began, ' : 'you '}since{' '}
                <time dateTime={browser.since}>{browser.since.slice(0, 10)}</time>
              </span>
            </span>
            {browser.here ? null : (
              <button
                type="button"
                className="button small"
                aria-label={`Part ${wordsOf(browser)}`}
                onClick={() => void part(browser.id)}
              >
                Part
              </button>
            )}
          </li>
        ))}
      </ul>
      <p className="hint">
        A browser that is parted is a guest at once, and needs the password to be you again.
      </p>
      {problem === null ? null : (
        <p className="error" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}

function wordsOf({ name, here }: AccountBrowser): string {
  if (here) return `${name ?? 'A browser'} (this one)`;
  return name ?? 'A browser that is not signed in';
}
