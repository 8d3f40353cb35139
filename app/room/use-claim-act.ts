'use client';
/** Asking the coordinator for a change of claims, and offering to take the last one back. */
import { createContext, useCallback, useContext, useState } from 'react';
import type { Replies, RequestInput, RequestName } from '../../server/protocol.ts';
import { getClient } from '../net/client.ts';

/** How the last own act in the section is taken back, and what it was: "Claim withdrawn." */
export interface Undo {
  readonly done: string;
  /** What was pressed is gone with what it stood in, so the offer takes the focus. */
  readonly takesFocus: boolean;
  /** Takes it back; null, or why that was refused. */
  readonly back: () => Promise<string | null>;
}

/** Called with how an act is taken back; null: nothing can be. */
export const OfferUndo = createContext<(undo: Undo | null) => void>(() => {});

export interface ClaimAct {
  readonly busy: boolean;
  /** Why the last one was refused. */
  readonly problem: string | null;
  readonly say: (problem: string | null) => void;
  /** The coordinator's answer; null where it was refused, and then `problem` says why. */
  readonly act: <N extends RequestName>(
    name: N,
    input: RequestInput<N>,
  ) => Promise<{ readonly value: Replies[N] } | null>;
  /** Does this, and offers to take it back by that. */
  readonly actUndone: <N extends RequestName, B extends RequestName>(
    step: readonly [name: N, input: RequestInput<N>],
    done: string,
    back: (value: Replies[N]) => readonly [name: B, input: RequestInput<B>],
  ) => Promise<boolean>;
}

export function useClaimAct(): ClaimAct {
  const [busy, setBusy] = useState(false);
  const [problem, say] = useState<string | null>(null);
  const offer = useContext(OfferUndo);
  const act: ClaimAct['act'] = useCallback(async (name, input) => {
    setBusy(true);
    const reply = await getClient().request(name, input);
    setBusy(false);
    say(reply.ok ? null : reply.message);
    return reply.ok ? { value: reply.value } : null;
  }, []);
  const actUndone: ClaimAct['actUndone'] = useCallback(
    async ([name, input], done, back) => {
      const answer = await act(name, input);
      if (answer === null) return false;
      const [backName, backInput] = back(answer.value);
      offer({
        done,
        takesFocus: name === 'claim.withdraw' || name === 'claims.moderate',
        // Not by `act`: what was withdrawn is not there any more to say what went wrong.
        back: async () => {
          const reply = await getClient().request(backName, backInput);
          return reply.ok ? null : reply.message;
        },
      });
      return true;
    },
    [act, offer],
  );
  return { busy, problem, say, act, actUndone };
}
