'use client';
/** What the room is not shown: to its author, that it waits or why it is hidden; to moderators, to decide. */
import type { ClaimQueue, QueuedClaim, QueuedReply } from '../../server/protocol.ts';
import { HideButton } from './claim-hide.tsx';
import { Byline, ClaimText } from './claim-text.tsx';
import styles from './claims.module.css';
import { Problem } from './problem.tsx';
import { useClaimAct } from './use-claim-act.ts';

interface Props {
  readonly queue: ClaimQueue;
  readonly self: string;
  readonly moderates: boolean;
}

export function ClaimQueueList({ queue, self, moderates }: Props) {
  const items = [
    ...queue.claims.map((item) => ({ kind: 'claim' as const, item })),
    ...queue.replies.map((item) => ({ kind: 'reply' as const, item })),
  ].filter(({ item }) => item.why !== 'withdrawn');
  if (items.length === 0) return null;
  return (
    <section className={styles.queue} aria-label="Not shown to the room">
      <h3 className={styles.subtitle}>Not shown to the room</h3>
      <ul className={styles.list}>
        {items.map(({ kind, item }) => (
          <Queued key={item.id} {...{ kind, item, self, moderates }} />
        ))}
      </ul>
    </section>
  );
}

function Queued(props: {
  readonly kind: 'claim' | 'reply';
  readonly item: QueuedClaim | QueuedReply;
  readonly self: string;
  readonly moderates: boolean;
}) {
  const { kind, item, self, moderates } = props;
  const { busy, problem, act, actUndone } = useClaimAct();
  const what = { kind, id: item.id } as const;
  const moderate = async (action: 'approve' | 'unhide') =>
    await act('claims.moderate', { action, what });
  const withdraw = async () =>
    await actUndone(['claim.withdraw', what], 'Withdrawn.', () => ['claim.restore', what]);
  const button = (words: string, onClick: () => void) => (
    <button type="button" className="button small" disabled={busy} onClick={onClick}>
      {words}
    </button>
  );
  return (
    <li className={styles.claim}>
      <div className={styles.line}>
        <Byline name={item.authorName} at={item.at} />
        <span className={styles.waiting}>
          {kind === 'claim' ? 'Claim' : 'Reply'},{' '}
          {item.why === 'hidden' ? 'hidden' : 'waits to be approved'}
        </span>
      </div>
      <ClaimText text={item.text} mentions={item.mentions} self={self} />
      {item.reason === null ? null : <p className="hint">Hidden because: {item.reason}</p>}
      <div className={styles.acts}>
        {moderates && item.why === 'waiting'
          ? button('Approve', () => void moderate('approve'))
          : null}
        {moderates && item.why === 'hidden'
          ? button('Show again', () => void moderate('unhide'))
          : null}
        {moderates && item.why === 'waiting' ? <HideButton what={what} /> : null}
        {item.author === self ? button('Withdraw', () => void withdraw()) : null}
      </div>
      <Problem problem={problem} />
    </li>
  );
}
