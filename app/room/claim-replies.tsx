'use client';
/** The replies to a claim, changing one's own, and the line to answer in. */
import { type FormEvent, useId, useState } from 'react';
import type { ClaimView, ReplyView } from '../../server/protocol.ts';
import { LIMITS } from '../../server/vocabulary.ts';
import { HideButton } from './claim-hide.tsx';
import { mentioned, type Person } from './claim-mentions.ts';
import { Byline, ClaimText } from './claim-text.tsx';
import styles from './claims.module.css';
import { MentionField } from './mention-field.tsx';
import { Problem } from './problem.tsx';
import { useClaimAct } from './use-claim-act.ts';

interface Room {
  readonly self: string;
  readonly moderates: boolean;
  readonly people: readonly Person[];
}

export function ClaimReplies(
  props: Room & {
    readonly claim: ClaimView;
    /** Whether this device may answer at all. */
    readonly answers: boolean;
  },
) {
  const { claim, answers, ...room } = props;
  const { busy, problem, actUndone } = useClaimAct();
  const send = async (words: Words) =>
    await actUndone(['claim.reply', { claim: claim.id, ...words }], 'Reply sent.', ({ reply }) => [
      'claim.withdraw',
      { kind: 'reply', id: reply },
    ]);
  return (
    <>
      {claim.replies.length === 0 ? null : (
        <ul className={styles.replies} aria-label="Replies">
          {claim.replies.map((reply) => (
            <Reply key={reply.id} reply={reply} {...room} />
          ))}
        </ul>
      )}
      {answers ? (
        <ReplyForm
          label={`Reply to ${claim.authorName}`}
          button="Reply"
          people={room.people}
          {...{ busy, problem, send }}
        />
      ) : null}
    </>
  );
}

function Reply({ reply, self, moderates, people }: Room & { readonly reply: ReplyView }) {
  const [editing, setEditing] = useState(false);
  const { busy, problem, act, actUndone } = useClaimAct();
  const what = { kind: 'reply', id: reply.id } as const;
  const withdraw = async () =>
    await actUndone(['claim.withdraw', what], 'Reply withdrawn.', () => ['claim.restore', what]);
  const save = async (words: Words) => {
    const isSaved = (await act('reply.edit', { reply: reply.id, ...words })) !== null;
    if (isSaved) setEditing(false);
    return isSaved;
  };
  return (
    <li>
      <Byline name={reply.authorName} at={reply.at} edited={reply.editedAt !== null} />
      {editing ? (
        <ReplyForm
          label="Your reply"
          button="Save"
          begin={reply.text}
          {...{ people, busy, problem, send: save }}
        />
      ) : (
        <ClaimText text={reply.text} mentions={reply.mentions} self={self} />
      )}
      <div className={styles.acts}>
        {reply.author === self ? (
          <>
            <button
              type="button"
              className="button small quiet"
              aria-expanded={editing}
              onClick={() => setEditing(!editing)}
            >
              {editing ? 'Cancel' : 'Edit'}
            </button>
            <button
              type="button"
              className="button small quiet"
              disabled={busy}
              onClick={() => void withdraw()}
            >
              Withdraw
            </button>
          </>
        ) : null}
        {moderates ? <HideButton what={what} /> : null}
      </div>
      <Problem problem={editing ? null : problem} />
    </li>
  );
}

interface Words {
  readonly text: string;
  readonly mentions: string[];
}

function ReplyForm(props: {
  readonly label: string;
  readonly button: string;
  readonly begin?: string;
  readonly people: readonly Person[];
  readonly busy: boolean;
  readonly problem: string | null;
  readonly send: (words: Words) => Promise<boolean>;
}) {
  const { label, button, begin = '', people, busy, problem, send } = props;
  const id = useId();
  const [text, setText] = useState(begin);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const trimmed = text.trim();
    if (trimmed === '') return;
    if (await send({ text: trimmed, mentions: mentioned(trimmed, people) })) setText('');
  };
  return (
    <form className={styles.reply} onSubmit={(e) => void submit(e)}>
      <label className="visually-hidden" htmlFor={id}>
        {label}
      </label>
      <MentionField
        {...{ id, text, people }}
        placeholder="Reply"
        maxLength={LIMITS.reply}
        rows={1}
        onText={setText}
      />
      <button type="submit" className="button" disabled={busy}>
        {button}
      </button>
      <Problem problem={problem} />
    </form>
  );
}
