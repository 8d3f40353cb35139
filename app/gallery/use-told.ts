'use client';
/** What the server tells whoever comes by, asked again from time to time while somebody looks. */
import { useSyncExternalStore } from 'react';
import type { GalleryEntry, QuestionEntry } from '../../server/protocol.ts';

const EVERY_MS = 15_000;

/** One question to the server for all who want the answer; null until it has come. */
function told<T>(path: string) {
  let answer: T | null = null;
  let timer: ReturnType<typeof setInterval> | null = null;
  const listeners = new Set<() => void>();
  const ask = async () => {
    if (document.hidden) return;
    // Whoever is offline keeps what was told before.
    const response = await fetch(path).catch(() => null);
    if (response === null || !response.ok) return;
    answer = (await response.json()) as T;
    for (const fn of listeners) fn();
  };
  const subscribe = (fn: () => void) => {
    listeners.add(fn);
    if (timer === null) {
      void ask();
      timer = setInterval(() => void ask(), EVERY_MS);
    }
    return () => {
      listeners.delete(fn);
      if (listeners.size > 0 || timer === null) return;
      clearInterval(timer);
      timer = null;
    };
  };
  return () =>
    useSyncExternalStore(
      subscribe,
      () => answer,
      () => null,
    );
}

/** Of each study what this server has found. */
export const useGallery = told<readonly GalleryEntry[]>('/api/gallery');
/** Investigations that were opened for an open question, newest first. */
export const useQuestions = told<readonly QuestionEntry[]>('/api/questions');
