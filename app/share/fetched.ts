'use client';
/** A JSON answer of the coordinator for a page: on its way, there is none, failed with a sentence, or here. */
import { useEffect, useState } from 'react';

export type Fetched<T> =
  | { readonly kind: 'loading' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'here'; readonly value: T };

const FAILED = 'The coordinator could not be reached. Check the connection and reload the page.';

/** Fetches once. Rejects only when `signal` aborts. */
export async function fetchJson<T>(url: string, signal: AbortSignal): Promise<Fetched<T>> {
  try {
    const response = await fetch(url, { signal });
    if (response.status === 404) return { kind: 'missing' };
    const value = (await response.json()) as T & { readonly message?: string };
    return response.ok
      ? { kind: 'here', value }
      : { kind: 'failed', message: value.message ?? FAILED };
  } catch (error) {
    if (signal.aborted) throw error;
    return { kind: 'failed', message: FAILED };
  }
}

/** The answer at an address; fetched again when the address changes. */
export function useFetched<T>(url: string): Fetched<T> {
  const [fetched, setFetched] = useState<Fetched<T>>({ kind: 'loading' });
  useEffect(() => {
    const abort = new AbortController();
    setFetched({ kind: 'loading' });
    fetchJson<T>(url, abort.signal).then(setFetched, () => {});
    return () => abort.abort();
  }, [url]);
  return fetched;
}
