/**
 * Verdicts that stand on several numbers, each with an interval and the band that it must lie in.
 * *Holds* needs every whole interval inside its band and every run in; *fails* needs one interval
 * wholly outside; all else is undecided, and says what is missing.
 */
import { bootstrap, type Interval, mean } from '../analysis/stats.ts';
import type { Fit, RunSummary, Verdict } from './study.ts';

/** One number that a verdict stands on. */
export interface Judged {
  readonly label: string;
  readonly value: number;
  /** Null while there are too few seeds for one. */
  readonly interval: Interval | null;
  /** Null = unbounded on that side. */
  readonly band: readonly [number | null, number | null];
  readonly runs: number;
}

export interface Evidence {
  readonly statement: string;
  readonly runs: readonly RunSummary[];
  /** Runs when all are in. */
  readonly expected: number;
  /** The most telling number first. */
  readonly judged: readonly Judged[];
  /** What keeps it from being judged, one sentence each: a precondition that is not met. */
  readonly missing: readonly string[];
  /** Further sentences, whatever the verdict: what was seen and not judged. */
  readonly notes?: readonly string[];
}

const low = ({ band }: Judged) => band[0] ?? Number.NEGATIVE_INFINITY;
const high = ({ band }: Judged) => band[1] ?? Number.POSITIVE_INFINITY;
const outside = (j: Judged) =>
  j.interval !== null && (j.interval[1] < low(j) || j.interval[0] > high(j));
const inside = (j: Judged) =>
  j.interval !== null && j.interval[0] >= low(j) && j.interval[1] <= high(j);

const digits = (v: number) => v.toPrecision(3);

function inWords({ label, value, interval }: Judged): string {
  const range = interval === null ? '' : ` [${digits(interval[0])}, ${digits(interval[1])}]`;
  return `${label} ${digits(value)}${range}`;
}

/** The verdict, and the number that decides it: the first outside its band, else the first not within, else the first. */
export function verdictOf({
  statement,
  runs,
  expected,
  judged,
  missing,
  notes = [],
}: Evidence): Verdict {
  const lost = runs.filter((r) => r.outcome.kind === 'diverged').length;
  const wrong = judged.filter(outside);
  const open = judged.filter((j) => j.interval !== null && !outside(j) && !inside(j));
  const single = judged.filter((j) => j.interval === null);
  const telling = wrong[0] ?? open[0] ?? judged[0];
  const say = (state: Verdict['state'], ...because: readonly string[]): Verdict => ({
    ...{ state, statement, value: telling?.value ?? null, interval: telling?.interval ?? null },
    threshold: telling?.band ?? [null, null],
    because: [
      ...because,
      ...(runs.length > lost ? notes : []),
      ...(lost > 0 ? [`${lost} of ${runs.length} runs diverged.`] : []),
    ].join(' '),
    runs: runs.length - lost,
  });
  const list = (of: readonly Judged[]) => of.map(inWords).join('; ');
  if (runs.length === 0) return say('undecided', 'No run is in yet.');
  if (lost === runs.length) return say('undecided', 'No run has survived its step size.');
  if (wrong.length > 0) return say('fails', `Out of its band: ${list(wrong)}.`);
  if (missing.length > 0 || judged.length === 0)
    return say('undecided', ...(missing.length > 0 ? missing : ['Nothing can be judged yet.']));
  if (single.length > 0)
    return say('undecided', `At least two seeds are needed for an interval: ${list(single)}.`);
  if (open.length > 0)
    return say(
      'undecided',
      `The interval reaches out of the band: ${list(open)}. More seeds will tell.`,
    );
  if (runs.length < expected)
    return say(
      'undecided',
      `So far all is in the band; ${runs.length} of ${expected} runs are in: ${list(judged)}.`,
    );
  return say('holds', `All within their bands: ${list(judged)}.`);
}

/** Mean over seeds of what their runs have of a number, with its interval over seeds; null where none has it. */
export function overSeeds(
  runs: readonly RunSummary[],
  pick: (run: RunSummary) => number | null,
): Omit<Judged, 'label' | 'band'> | null {
  const bySeed = new Map<number, number[]>();
  for (const run of runs) {
    const value = pick(run);
    if (value !== null) bySeed.set(run.seed, [...(bySeed.get(run.seed) ?? []), value]);
  }
  const means = [...bySeed.values()].map(mean);
  return means.length === 0
    ? null
    : {
        ...{ value: mean(means), interval: bootstrap(means, mean) },
        runs: [...bySeed.values()].flat().length,
      };
}

/** The same numbers as the fits of an analysis. */
export function fitsOf(numbers: readonly Omit<Judged, 'band'>[]): Readonly<Record<string, Fit>> {
  return Object.fromEntries(
    numbers.map(({ label, value, interval, runs }) => [label, { label, value, interval, runs }]),
  );
}
