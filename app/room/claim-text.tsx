'use client';
/** What somebody wrote: by whom and when, and the text with the people it names. */
import type { Mention } from '../../server/protocol.ts';
import { pieces } from './claim-mentions.ts';
import styles from './claims.module.css';

export function ClaimText(props: {
  readonly text: string;
  readonly mentions: readonly Mention[];
  /** Public id of this device: its own name stands out. */
  readonly self: string;
}) {
  const { text, mentions, self } = props;
  return (
    <p className={styles.text}>
      {pieces(text, mentions).map(({ text: part, mention, at }) =>
        mention === null ? (
          part
        ) : (
          <mark key={at} className={mention.id === self ? styles.me : styles.mention}>
            {part}
          </mark>
        ),
      )}
    </p>
  );
}

export function Byline(props: {
  readonly name: string;
  readonly at: string;
  readonly edited?: boolean;
}) {
  const { name, at, edited = false } = props;
  return (
    <p className={styles.byline}>
      <b>{name}</b> <Time at={at} />
      {edited ? <span className="hint"> edited</span> : null}
    </p>
  );
}

export function Time({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={new Date(at).toLocaleString('en-GB')}>
      {new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })}
    </time>
  );
}
