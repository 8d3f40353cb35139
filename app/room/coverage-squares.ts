/**
 * What each square of cell × seed is at: waiting, in training, in, or withdrawn and waiting anew. Pure, and the
 * same for rows of squares, for the condensed map and for its words.
 */
import type { Member, Presence, RunView } from '../../server/protocol.ts';
import { formatCount, plural } from '../ui/text.ts';

/** In the order of the legend. */
export const STATES = [
  'verified',
  'provisional',
  'diverged',
  'training',
  'withdrawn',
  'waiting',
] as const;
export type SquareState = (typeof STATES)[number];

export const STATE_WORDS: Readonly<Record<SquareState, string>> = {
  verified: 'verified',
  provisional: 'provisional: not verified yet',
  diverged: 'diverged',
  training: 'in training',
  withdrawn: 'withdrawn, to be trained anew',
  waiting: 'waiting',
};

export interface Square {
  readonly state: SquareState;
  readonly seed: number;
  /** The run that is in, if one is. */
  readonly run: RunView | null;
  /** Nickname of who trains it now, if somebody does. */
  readonly by: string | null;
}

/** Where to look up a square: by cell index and seed. */
export interface Squares {
  at(cell: number, seed: number): Square;
}

/** All squares of a room as they are now. */
export function squaresOf(
  runs: readonly RunView[],
  members: readonly Member[],
  left: Presence['left'],
): Squares {
  const key = (cell: number, seed: number) => `${cell}/${seed}`;
  const done = new Map(runs.map((run) => [key(run.cell, run.seed), run]));
  const withdrawn = new Set(left.map(({ cell, seed }) => key(cell, seed)));
  const training = new Map(
    members.flatMap(({ nickname, work }) =>
      (work?.cells ?? []).map((cell, i) => [key(cell, work?.seeds[i] ?? -1), nickname] as const),
    ),
  );
  return {
    at(cell, seed) {
      const run = done.get(key(cell, seed)) ?? null;
      // A result that is in counts; whoever trains it still was later.
      const by = run === null ? (training.get(key(cell, seed)) ?? null) : null;
      return { state: stateOf(run, by, withdrawn.has(key(cell, seed))), seed, run, by };
    },
  };
}

function stateOf(run: RunView | null, by: string | null, withdrawn: boolean): SquareState {
  if (run !== null) {
    if (run.outcome.kind === 'diverged') return 'diverged';
    return run.verified ? 'verified' : 'provisional';
  }
  if (by !== null) return 'training';
  return withdrawn ? 'withdrawn' : 'waiting';
}

/** A square in words: "Seed 3: in training by Blue Heron". */
export function squareWords({ state, seed, run, by }: Square): string {
  if (run === null) {
    const who = by === null ? '' : `, ${by}’s browser is at it`;
    return `Seed ${seed}: ${STATE_WORDS[state]}${who}`;
  }
  const end = run.outcome.kind === 'diverged' ? `diverged at step ${run.outcome.step}` : 'done';
  const how = `${end}, ${run.verified ? 'verified' : 'provisional'}`;
  return `Seed ${seed}: ${how}, by ${run.by} on ${run.backend}`;
}

export type Counts = Readonly<Record<SquareState, number>>;

/** How many squares of a cell are in each state. */
export function countsOf(squares: Squares, cell: number, seeds: readonly number[]): Counts {
  const counts = Object.fromEntries(STATES.map((s) => [s, 0])) as Record<SquareState, number>;
  for (const seed of seeds) counts[squares.at(cell, seed).state] += 1;
  return counts;
}

/** "3 verified, 1 in training, 6 waiting". */
export function countWords(counts: Counts): string {
  return STATES.filter((s) => counts[s] > 0)
    .map((s) => `${formatCount(counts[s])} ${SHORT[s]}`)
    .join(', ');
}

const SHORT: Readonly<Record<SquareState, string>> = {
  ...STATE_WORDS,
  provisional: 'provisional',
  withdrawn: 'withdrawn',
};

/** Why the next cell is the next, as people say it. `effect`: how the study calls what it measures. */
export function nextWords(
  next: NonNullable<Presence['next']>,
  cell: string,
  effect: string | null,
  format: (value: number) => string,
): string {
  if (next.why === 'turn') return `Next: ${cell}. Seeds go in turn until every cell has two.`;
  const what = effect ?? 'its effect';
  const known =
    next.half === null
      ? 'fewer than two runs tell it, so it has no interval yet'
      : `widest interval, ± ${format(next.half)}`;
  return `Next: ${cell}, which tells most: ${what} is known least there (${known}).`;
}

/** Strips of squares, a cell each, side by side as far as they fit. */
export interface StripLayout {
  /** Pixels of a square's side. */
  readonly size: number;
  readonly perLine: number;
  readonly width: number;
  readonly height: number;
  /** Upper left corner of a square. */
  place(cell: number, seed: number): { readonly x: number; readonly y: number };
  /** Places of cell and seed under a pixel, or null between them. */
  under(x: number, y: number): Place | null;
}

const [LEAST, MOST, GAP] = [4, 14, 6] as const;

/** Lays out so many cells of so many seeds in so many pixels across. */
export function stripsOf(cells: number, seeds: number, across: number): StripLayout {
  const size = Math.max(LEAST, Math.min(MOST, Math.floor((across - GAP) / Math.max(1, seeds))));
  const [strip, line] = [seeds * size + GAP, size + 2];
  const perLine = Math.max(1, Math.floor(across / strip));
  return {
    ...{ size, perLine, width: Math.max(across, strip) },
    height: Math.ceil(cells / perLine) * line,
    place: (cell, seed) => ({
      x: (cell % perLine) * strip + seed * size,
      y: Math.floor(cell / perLine) * line,
    }),
    under(x, y) {
      const [column, row] = [Math.floor(x / strip), Math.floor(y / line)];
      const seed = Math.floor((x - column * strip) / size);
      const cell = row * perLine + column;
      const within = x >= 0 && y >= 0 && column < perLine && seed < seeds && cell < cells;
      return within ? { cell, seed } : null;
    },
  };
}

/** Which cell and seed, by their places in the list and the grid. */
export interface Place {
  readonly cell: number;
  readonly seed: number;
}

/** Where a key leads; null for keys that lead nowhere. Across, one strip goes on in the next. */
export function walked(
  key: string,
  from: Place | null,
  cells: number,
  seeds: number,
  perLine: number,
): Place | null {
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -perLine * seeds,
    ArrowDown: perLine * seeds,
    Home: Number.NEGATIVE_INFINITY,
    End: Number.POSITIVE_INFINITY,
  };
  const step = steps[key];
  if (step === undefined) return null;
  if (from === null) return { cell: 0, seed: 0 };
  const place = from.cell * seeds + from.seed;
  const [last, wanted] = [cells * seeds - 1, place + step];
  const ends = key === 'Home' || key === 'End';
  // Up from the first line and down from the last there is nothing.
  const to = ends
    ? Math.min(last, Math.max(0, wanted))
    : wanted < 0 || wanted > last
      ? place
      : wanted;
  return { cell: Math.floor(to / seeds), seed: to % seeds };
}

/** "12 cells × 100 seeds". */
export const extentWords = (cells: number, seeds: number): string =>
  `${plural(cells, 'cell')} × ${plural(seeds, 'seed')}`;
