/**
 * A verdict from several criteria, each a number with its interval and the band that the whole interval
 * must lie in. It fails as soon as one interval lies outside its band; it holds only if every one
 * lies inside and every run is in; whatever is missing is said, not judged.
 */
import type { Interval } from '../analysis/stats.ts';
import type { Analysis, Config, Fit, RunSummary, Verdict } from './study.ts';

export interface Criterion {
  /** Key among the fits of the analysis. */
  readonly key: string;
  /** What the number is, as a sentence begins: "The exponent of movement in α". */
  readonly label: string;
  /** Null while there is none. */
  readonly value: number | null;
  readonly interval: Interval | null;
  readonly band: Verdict['threshold'];
  readonly runs: number;
  /** What is needed where there is no value: a sentence. */
  readonly missing: string;
}

/** What is judged of some runs, and what is reported beside it. */
export interface Measured {
  readonly criteria: readonly Criterion[];
  readonly more: Readonly<Record<string, Fit>>;
}

type State = 'missing' | 'single' | 'outside' | 'unclear' | 'inside';

/**
 * The verdict shows the number of the first criterion, or of the first that is outside its band.
 * @param expected runs when all are in @param more fits that are reported and not judged
 */
export function analysisOf(
  statement: string,
  criteria: readonly Criterion[],
  runs: readonly RunSummary[],
  expected: number,
  more: Readonly<Record<string, Fit>> = {},
): Analysis {
  const fits: Record<string, Fit> = {};
  for (const { key, label, value, interval, runs: count } of criteria)
    if (value !== null) fits[key] = { label, value, interval, runs: count };
  return {
    fits: { ...fits, ...more },
    verdict: verdictOf(statement, criteria, runs, expected),
  };
}

function verdictOf(
  statement: string,
  criteria: readonly Criterion[],
  runs: readonly RunSummary[],
  expected: number,
): Verdict {
  const lost = runs.filter((r) => r.outcome.kind === 'diverged').length;
  const states = criteria.map(stateOf);
  const of = (state: State) => criteria.filter((_, i) => states[i] === state);
  const [outside, missing, unclear] = [of('outside'), of('missing'), of('unclear')];
  const shown = outside[0] ?? criteria.find((c) => c.value !== null);
  const say = (state: Verdict['state'], because: string): Verdict => ({
    ...{ state, statement, value: shown?.value ?? null, interval: shown?.interval ?? null },
    threshold: (shown ?? criteria[0])?.band ?? [null, null],
    because:
      lost > 0 ? `${because} ${lost} of ${runs.length} runs diverged and are not judged.` : because,
    runs: runs.length - lost,
  });
  const numbers = (list: readonly Criterion[]) => list.map(sentenceOf).join(' ');
  if (runs.length === lost) {
    return say('undecided', lost > 0 ? 'No run has survived its step size.' : 'No run is in yet.');
  }
  if (criteria.length === 0) return say('undecided', 'Nothing of these runs is judged.');
  if (outside.length > 0) return say('fails', numbers(outside));
  if (missing.length > 0) return say('undecided', missing.map((c) => c.missing).join(' '));
  if (states.includes('single')) {
    return say('undecided', `${numbers(criteria)} An interval needs at least two seeds.`);
  }
  if (unclear.length > 0) {
    return say(
      'undecided',
      `${numbers(unclear)} The interval reaches out of the band: more seeds will tell.`,
    );
  }
  if (runs.length < expected) {
    return say(
      'undecided',
      `${numbers(criteria)} So far: ${runs.length} of ${expected} runs are in.`,
    );
  }
  return say('holds', numbers(criteria));
}

function stateOf({ value, interval, band: [from, to] }: Criterion): State {
  if (value === null) return 'missing';
  if (interval === null) return 'single';
  const [low, high] = [from ?? Number.NEGATIVE_INFINITY, to ?? Number.POSITIVE_INFINITY];
  if (interval[1] < low || interval[0] > high) return 'outside';
  return interval[0] >= low && interval[1] <= high ? 'inside' : 'unclear';
}

function sentenceOf({ label, value, interval, band: [from, to] }: Criterion): string {
  const show = (x: number) => Number(x.toPrecision(3)).toString().replace('-', '−');
  const range = interval === null ? '' : ` [${show(interval[0])}, ${show(interval[1])}]`;
  const bound =
    from === null
      ? `at most ${show(to ?? 0)}`
      : to === null
        ? `at least ${show(from)}`
        : `${show(from)} to ${show(to)}`;
  return `${label}: ${show(value ?? Number.NaN)}${range}, against ${bound}.`;
}

/** A parameter's value as a number. */
export const number = (config: Config, name: string): number => Number(config[name]);

/** The runs that ended, grouped by some of their parameters, in order of first appearance. */
export function grouped(
  runs: readonly RunSummary[],
  by: (config: Config) => readonly unknown[],
): readonly (readonly RunSummary[])[] {
  const groups = new Map<string, RunSummary[]>();
  for (const run of runs) {
    if (run.outcome.kind !== 'completed') continue;
    const key = JSON.stringify(by(run.config));
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups.values()];
}

/** Every parameter but one: what makes runs comparable when that one is varied. */
export const allBut =
  (...names: readonly string[]) =>
  (config: Config): readonly unknown[] =>
    Object.entries(config).filter(([name]) => !names.includes(name));
