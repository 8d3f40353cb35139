/**
 * What the load bench has its helper processes do, and what they answer: messages between the bench
 * and `coordinator-load.ts`. Each job answers twice: `ready` when everybody is in place, and `done`
 * after it was told to finish. All moments are milliseconds since 1970 of this machine's one clock.
 */
import { z } from 'zod';

/** Volunteers that lease, submit, and wait for the acknowledgement, again and again. */
const Volunteers = z.object({
  kind: z.literal('volunteers'),
  url: z.string(),
  /** Rooms in which they look for work, each in the next one when its own has none left. */
  codes: z.array(z.string()).min(1),
  volunteers: z.int().positive(),
  /** How long a run takes them, as they say: so many of them make a shard of 30 s. */
  secondsARun: z.number().positive(),
  /** At most so many results a second of all of them; null: as many as the coordinator takes. */
  perSecond: z.number().positive().nullable(),
  /** Leases each of them takes before `ready`: then only submissions are timed, and no more are made. */
  leasedBefore: z.int().nonnegative(),
  /** Results of the first so many seconds count for nothing. */
  warmUpSeconds: z.number().nonnegative(),
  seconds: z.number().positive(),
});

/** People who look at a room. */
const Viewers = z.object({
  kind: z.literal('viewers'),
  url: z.string(),
  code: z.string(),
  viewers: z.int().positive(),
});

/** People who connect and join, evenly over some rooms, and stay. */
const Crowd = z.object({
  kind: z.literal('crowd'),
  url: z.string(),
  codes: z.array(z.string()).min(1),
  people: z.int().positive(),
  perSecond: z.number().positive(),
});

export const Job = z.discriminatedUnion('kind', [Volunteers, Viewers, Crowd]);
export type Job = z.infer<typeof Job>;
export type JobOf<K extends Job['kind']> = Extract<Job, { kind: K }>;

const Moment = z.number();
const Nothing = z.object({});

/** The two answers of each job. */
export const Answers = {
  volunteers: {
    ready: Nothing,
    done: z.object({
      /** Accepted results after the warm-up: a run of each, when it was sent, when it was acknowledged. */
      results: z.array(
        z.object({ runs: z.array(z.string()), sentAt: Moment, acknowledgedAt: Moment }),
      ),
      /** Segments whose states were asked for, and shown. */
      asks: z.int(),
      /** Milliseconds of each lease and each submission after the warm-up. */
      leaseMs: z.array(z.number()),
      submitMs: z.array(z.number()),
      /** Answers that were neither a lease nor "counted", by their sentence. */
      refused: z.record(z.string(), z.number()),
      /** From the end of the warm-up to the last acknowledgement. */
      seconds: z.number(),
    }),
  },
  viewers: {
    ready: z.object({ points: z.int() }),
    /** When each viewer was first told of each run, by the run's id. */
    done: z.object({ told: z.array(z.record(z.string(), Moment)) }),
  },
  crowd: {
    ready: z.object({
      /** From the first attempt to connect to the answer of the join, of each who got in. */
      joinMs: z.array(z.number()),
      /** What went wrong, by its sentence. */
      errors: z.record(z.string(), z.number()),
    }),
    done: z.object({ connected: z.int() }),
  },
} as const;
export type Ready<K extends Job['kind']> = z.infer<(typeof Answers)[K]['ready']>;
export type Done<K extends Job['kind']> = z.infer<(typeof Answers)[K]['done']>;

/** Counts something, once or so many times more, by a sentence. */
export function tally(counts: Record<string, number>, sentence: string, times = 1): void {
  counts[sentence] = (counts[sentence] ?? 0) + times;
}
