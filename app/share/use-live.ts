'use client';
/**
 * A room for who only looks: asks again and again for what changed, without joining, so that nobody
 * shows up among the people for reading a report. Rests while the page is hidden.
 */
import { useEffect, useState } from 'react';
import type { Delta } from '../../server/protocol.ts';
import { fold, type RoomState } from '../net/room-state.ts';
import { type Fetched, fetchJson } from './fetched.ts';

const EVERY_MS = 4_000;

/** The room's state, renewed every few seconds. What was shown stays while the coordinator is away. */
export function useLive(code: string): Fetched<RoomState> {
  const [room, setRoom] = useState<Fetched<RoomState>>({ kind: 'loading' });
  useEffect(() => {
    const abort = new AbortController();
    let state: RoomState | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      if (!document.hidden || state === null) {
        const url: string = `/api/investigations/${code}/live.json?from=${state?.seq ?? 0}`;
        const answer = await fetchJson<Delta | { readonly current: true }>(url, abort.signal);
        if (answer.kind === 'here') {
          const folded = 'current' in answer.value ? null : fold(state, answer.value);
          if (folded?.kind === 'applied') {
            state = folded.state;
            setRoom({ kind: 'here', value: state });
          }
        } else if (state === null) setRoom(answer);
      }
      timer = setTimeout(again, EVERY_MS);
    };
    const again = () => void look().catch(() => {});
    again();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [code]);
  return room;
}
