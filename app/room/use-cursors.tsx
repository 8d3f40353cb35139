'use client';
/** Pointers of the room over its charts: the overlay that draws them, and whether one's own is shown. */
import { useEffect, useMemo, useState } from 'react';
import type { Member, RoomSnapshot } from '../../server/protocol.ts';
import { mayAct } from '../../server/vocabulary.ts';
import type { PanelOverlay } from '../charts/panel-overlay.ts';
import { getClient } from '../net/client.ts';
import { type CursorStore, createCursorStore } from './cursor-store.ts';
import { Cursors } from './cursors.tsx';

const NAME = 'manyhands.pointer';

/** @param presenter id of who presents, or null */
export function useCursors(
  code: string,
  members: readonly Member[],
  self: RoomSnapshot['self'],
  presenter: string | null,
) {
  const [pointer, setPointer] = useState(wasShown);
  const [visible, setVisible] = useState(true);
  const [store, setStore] = useState<CursorStore | null>(null);
  useEffect(() => {
    const made = createCursorStore(getClient(), code, () => performance.now());
    setStore(made);
    const look = () => setVisible(document.visibilityState === 'visible');
    document.addEventListener('visibilitychange', look);
    return () => {
      made.dispose();
      document.removeEventListener('visibilitychange', look);
    };
  }, [code]);
  const mayAppear = mayAct(self.role, 'appear');
  useEffect(() => {
    store?.tell(members, self.id, pointer && visible && mayAppear);
  }, [store, members, self.id, pointer, visible, mayAppear]);

  const overlay = useMemo<PanelOverlay | null>(
    () =>
      store === null
        ? null
        : (panel, at) => <Cursors store={store} panel={panel} at={at} presenter={presenter} />,
    [store, presenter],
  );
  return {
    overlay,
    pointer,
    setPointer(shown: boolean) {
      setPointer(shown);
      try {
        localStorage.setItem(NAME, shown ? 'shown' : 'hidden');
      } catch {
        // Storage is refused: it holds for this page.
      }
    },
  };
}

function wasShown(): boolean {
  try {
    return localStorage.getItem(NAME) !== 'hidden';
  } catch {
    return true;
  }
}
