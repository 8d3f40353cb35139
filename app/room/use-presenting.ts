'use client';
/**
 * Showing one's view to the room while one presents, and taking over the presenter's while one follows.
 * The presenter's page says what it shows when that changes, and now and then besides, for those who
 * begin to follow: nobody keeps it.
 */
import { useEffect, useRef, useState } from 'react';
import type { PresentedView } from '../../server/protocol.ts';
import { getClient } from '../net/client.ts';
import { replaceSearch } from '../view/use-view-state.ts';
import { panelInView, sameView, searchWith, viewParams } from './presented-view.ts';

const LOOK_EVERY_MS = 250;
const REPEAT_EVERY_MS = 3_000;

interface View {
  readonly isolated: number | null;
  readonly highlighted: string | null;
  readonly onIsolate: (cell: number | null) => void;
  readonly onHighlight: (claim: string | null) => void;
}

/**
 * @param presenter id of who presents, or null @param self one's own id
 * @returns whether one follows, and the switch
 */
export function usePresenting(
  code: string,
  presenter: string | null,
  self: string,
  { isolated, highlighted, onIsolate, onHighlight }: View,
): { readonly follows: boolean; readonly follow: (on: boolean) => void } {
  /** Whom one follows: another presenter is asked about anew. */
  const [followed, setFollowed] = useState<string | null>(null);
  const follows = presenter !== null && presenter !== self && followed === presenter;
  const shown = useRef({ isolated, highlighted });
  useEffect(() => {
    shown.current = { isolated, highlighted };
  }, [isolated, highlighted]);

  useEffect(() => {
    if (presenter !== self) return;
    let [told, toldAt] = [null as PresentedView | null, 0];
    const look = () => {
      const { isolated: cell, highlighted: claim } = shown.current;
      const params = viewParams(window.location.search);
      const view = { panel: panelInView(placedPanels(), window.innerHeight), cell, claim, params };
      const isDue = performance.now() - toldAt >= REPEAT_EVERY_MS;
      if (told !== null && sameView(told, view) && !isDue) return;
      [told, toldAt] = [view, performance.now()];
      getClient().whisper('present.view', { code, view });
    };
    const timer = setInterval(look, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [code, presenter, self]);

  useEffect(() => {
    if (!follows) return;
    let panel: string | null = null;
    return getClient().on('present.view', ({ code: where, view }) => {
      if (where !== code) return;
      onIsolate(view.cell);
      onHighlight(view.claim);
      const search = searchWith(view.params, window.location.search);
      if (search !== searchWith(viewParams(window.location.search), window.location.search))
        replaceSearch(search);
      // Once for each panel: who looks about in between is not pulled back.
      if (view.panel !== panel && view.panel !== null) scrollTo(view.panel);
      panel = view.panel;
    });
  }, [code, follows, onIsolate, onHighlight]);

  return { follows, follow: (on) => setFollowed(on ? presenter : null) };
}

function placedPanels() {
  return [...document.querySelectorAll<HTMLElement>('[data-panel]')].map((element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return { panel: element.dataset.panel ?? '', top, bottom };
  });
}

function scrollTo(panel: string): void {
  const isStill = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  document
    .querySelector(`[data-panel="${CSS.escape(panel)}"]`)
    ?.scrollIntoView({ block: 'start', behavior: isStill ? 'auto' : 'smooth' });
}
