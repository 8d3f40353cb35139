/** The one run that somebody points at on this page: every chart that shows it draws it out. */
import { useSyncExternalStore } from 'react';

let hovered: string | null = null;
const listeners = new Set<() => void>();

/** Tells all charts of the page which run is pointed at, by id, or that none is. */
export function hoverRun(run: string | null): void {
  if (run === hovered) return;
  hovered = run;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The run that is pointed at, or null. */
export function useHoveredRun(): string | null {
  return useSyncExternalStore(
    subscribe,
    () => hovered,
    () => null,
  );
}
