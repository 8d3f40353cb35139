'use client';
/** Rooms that this browser has been in, newest first, in localStorage: a convenience, not a record. */
import { useSyncExternalStore } from 'react';
import * as z from 'zod/mini';

const NAME = 'manyhands.recentRooms';
const KEEP = 8;

const RecentRoom = z.object({
  code: z.string(),
  title: z.string(),
  study: z.string(),
  /** ISO 8601, of the last visit. */
  at: z.string(),
});
export type RecentRoom = z.infer<typeof RecentRoom>;

const NONE: readonly RecentRoom[] = [];

/** Puts this room first. */
export function rememberRoom(room: RecentRoom): void {
  try {
    const others = parse(localStorage.getItem(NAME)).filter((r) => r.code !== room.code);
    localStorage.setItem(NAME, JSON.stringify([room, ...others].slice(0, KEEP)));
  } catch {
    // Storage is refused or full: the list is only a convenience.
  }
}

/** This browser's recent rooms; none while rendering on the server. */
export function useRecentRooms(): readonly RecentRoom[] {
  return useSyncExternalStore(subscribe, snapshot, () => NONE);
}

let seenText: string | null = null;
let seenRooms: readonly RecentRoom[] = NONE;

function snapshot(): readonly RecentRoom[] {
  const text = read();
  if (text !== seenText) {
    seenText = text;
    seenRooms = parse(text);
  }
  return seenRooms;
}

function subscribe(fn: () => void): () => void {
  window.addEventListener('storage', fn);
  return () => window.removeEventListener('storage', fn);
}

function read(): string | null {
  try {
    return localStorage.getItem(NAME);
  } catch {
    return null;
  }
}

function parse(text: string | null): readonly RecentRoom[] {
  if (text === null) return NONE;
  try {
    const parsed = z.array(RecentRoom).safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : NONE;
  } catch {
    return NONE;
  }
}
