'use client';
/** Which run's card is open, in the page's address: `?run=ID` leads there again. */
import { useCallback, useEffect, useState } from 'react';

const NAME = 'run';

/** The run in the address, and what changes it in place. */
export function useRunInLink(): readonly [string | null, (run: string | null) => void] {
  const [run, setRun] = useState<string | null>(null);
  useEffect(() => {
    const look = () => setRun(new URLSearchParams(window.location.search).get(NAME));
    look();
    window.addEventListener('popstate', look);
    return () => window.removeEventListener('popstate', look);
  }, []);
  const open = useCallback((next: string | null) => {
    const url = new URL(window.location.href);
    if (next === null) url.searchParams.delete(NAME);
    else url.searchParams.set(NAME, next);
    window.history.replaceState(window.history.state, '', url);
    setRun(next);
  }, []);
  return [run, open];
}
