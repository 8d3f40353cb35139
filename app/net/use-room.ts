'use client';
/** A room's live state, for React: joined while the component is mounted. */
import { useCallback, useEffect, useState } from 'react';
import { getClient } from './client.ts';
import { createRoomStore, type Room, type RoomStore } from './room-store.ts';

/** Joins the room with this code, by an invitation if there is one; leaves it on unmount. */
export function useRoom(
  code: string,
  invitation: string | null,
): {
  readonly room: Room;
  /** Tells the page its own new nickname once the coordinator confirmed it. */
  readonly renamed: (nickname: string) => void;
} {
  const [room, setRoom] = useState<Room>({ kind: 'joining' });
  const [store, setStore] = useState<RoomStore | null>(null);
  useEffect(() => {
    const mine = createRoomStore(getClient(), code, invitation);
    setStore(mine);
    const update = () => setRoom(mine.current());
    update();
    const off = mine.subscribe(update);
    return () => {
      off();
      mine.dispose();
    };
  }, [code, invitation]);
  const renamed = useCallback((nickname: string) => store?.renamed(nickname), [store]);
  return { room, renamed };
}
