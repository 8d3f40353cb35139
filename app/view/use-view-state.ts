'use client';
/** The view that the page's link carries, and a way to change it: the link is the only place it is in. */
import { useCallback, useMemo, useSyncExternalStore } from 'react';
import type { Study } from '../../compute/studies/study.ts';
import { DEFAULT_VIEW, parseView, type ViewState, viewSearch } from './view-state.ts';

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('popstate', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('popstate', listener);
  };
}

/** A change of the view as it then is: several may follow each other before the page is drawn again. */
export type ChangeView = (change: (view: ViewState) => ViewState) => void;

/** The view in the link, and what changes it in place (no new entry in the history). */
export function useViewState(study: Study): readonly [ViewState, ChangeView] {
  const search = useSyncExternalStore(
    subscribe,
    () => window.location.search,
    () => '',
  );
  const view = useMemo(
    () => (search === '' ? DEFAULT_VIEW : parseView(search, study)),
    [search, study],
  );
  const change = useCallback<ChangeView>(
    (to) => {
      const { search: before, pathname, hash } = window.location;
      const after = viewSearch(to(parseView(before, study)), study, before);
      window.history.replaceState(
        window.history.state,
        '',
        `${pathname}${after === '' ? '' : `?${after}`}${hash}`,
      );
      for (const listener of listeners) listener();
    },
    [study],
  );
  return [view, change];
}
