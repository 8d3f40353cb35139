'use client';
/**
 * What the room is not shown and this device may read: its own that waits or is hidden, and all of it for
 * who moderates. The room is only told that there is something; this asks what, whenever that changes.
 */
import { useEffect, useState } from 'react';
import type { ClaimQueue, ClaimView, WithheldClaim } from '../../server/protocol.ts';
import { getClient } from '../net/client.ts';

const EMPTY: ClaimQueue = { claims: [], replies: [] };

export function useClaimQueue(
  code: string,
  claims: readonly ClaimView[],
  withheld: readonly WithheldClaim[],
): ClaimQueue {
  const [queue, setQueue] = useState(EMPTY);
  // A hidden reply leaves its claim a reply shorter.
  const told = [
    ...withheld.flatMap(({ id, why, seq }) => (why === 'withdrawn' ? [] : [`${id} ${seq}`])),
    ...claims.flatMap(({ id, waiting, hidden, replies }) =>
      waiting + hidden === 0 ? [] : [`${id} ${waiting} ${hidden} ${replies.length}`],
    ),
  ].join();
  useEffect(() => {
    if (told === '') {
      setQueue(EMPTY);
      return;
    }
    let left = false;
    void getClient()
      .request('claims.queue', { code })
      .then((reply) => {
        if (!left && reply.ok) setQueue(reply.value);
      });
    return () => {
      left = true;
    };
  }, [code, told]);
  return queue;
}
