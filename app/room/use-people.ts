'use client';
/**
 * Whom a text of this room may name: who is here, as presence tells it, and who came and is away, asked for
 * when somebody begins to write. Not before: most of a crowd that joins at once never writes.
 */
import { useCallback, useMemo, useRef, useState } from 'react';
import { getClient } from '../net/client.ts';
import { nameable, type Person } from './claim-mentions.ts';

/** Who begins to write again after so long is told anew. */
const ANEW_AFTER_MS = 30_000;

const NOBODY: readonly Person[] = [];

/** @param writes whether this role may write here @returns the people, and what to call at the focus of a text */
export function usePeople(
  code: string,
  present: readonly Person[],
  writes: boolean,
): { readonly people: readonly Person[]; readonly onWriting: () => void } {
  const [members, setMembers] = useState(NOBODY);
  const asked = useRef(Number.NEGATIVE_INFINITY);
  const onWriting = useCallback(() => {
    const now = performance.now();
    if (!writes || now - asked.current < ANEW_AFTER_MS) return;
    asked.current = now;
    void getClient()
      .request('room.people', { code })
      .then((reply) => {
        if (reply.ok) setMembers(reply.value);
        // Those who are here are offered all the same; the next text asks again.
        else asked.current = Number.NEGATIVE_INFINITY;
      });
  }, [code, writes]);
  const people = useMemo(() => nameable(present, members), [present, members]);
  return { people, onWriting };
}
