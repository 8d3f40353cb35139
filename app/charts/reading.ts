/** What a chart is being read at, and by what: a pointer passing over, keys, or a press that stays. Pure. */
import { createContext } from 'react';
import type { Spot } from './spot.ts';

export type Reading =
  | { readonly kind: 'none' }
  | { readonly kind: 'passing' | 'walking' | 'pinned'; readonly spot: Spot };

export type ReadingEvent =
  | { readonly kind: 'pass'; readonly spot: Spot | null }
  | { readonly kind: 'press'; readonly spot: Spot | null }
  | { readonly kind: 'walk'; readonly spot: Spot | null }
  | { readonly kind: 'pin' }
  | { readonly kind: 'blur' }
  | { readonly kind: 'clear' };

export const NO_READING: Reading = { kind: 'none' };

/** The one transition function of a reading. */
export function read(reading: Reading, event: ReadingEvent): Reading {
  switch (event.kind) {
    // What was pressed stays while the pointer travels to its link.
    case 'pass':
      if (reading.kind === 'pinned') return reading;
      if (event.spot === null) return reading.kind === 'passing' ? NO_READING : reading;
      return sameSpot(reading, event.spot) ? reading : { kind: 'passing', spot: event.spot };
    case 'press':
      return event.spot === null ? NO_READING : { kind: 'pinned', spot: event.spot };
    case 'walk':
      return event.spot === null ? NO_READING : { kind: 'walking', spot: event.spot };
    case 'pin':
      return reading.kind === 'none' ? reading : { kind: 'pinned', spot: reading.spot };
    case 'blur':
      return reading.kind === 'walking' ? NO_READING : reading;
    case 'clear':
      return NO_READING;
  }
}

/** The same object while the pointer stays at a point: React then has nothing to do. */
function sameSpot(reading: Reading, spot: Spot): boolean {
  return reading.kind === 'passing' && reading.spot.key === spot.key && reading.spot.x === spot.x;
}

/** The reading of the chart around, for what follows it without drawing the chart again. */
export const ReadingContext = createContext<Reading>(NO_READING);
