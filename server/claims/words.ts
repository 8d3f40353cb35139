/** What a claim stands on, and what is otherwise now, in sentences for people. Pure. */

import type { VerdictState } from '../../compute/studies/study.ts';
import type { Measured, Standing } from '../../db/standing.ts';
import type { Anchor } from '../protocol.ts';
import { runsBetween, sameMeasured } from './standing.ts';

/** What there was when this version of the claim was made. */
export function stoodOn(anchor: Anchor, stood: Standing): string {
  switch (stood.kind) {
    case 'runs':
      if (anchor.kind === 'point') return 'One run showed this point.';
      return `${runsOf(Object.keys(stood.runs).length)} had points in ${placeOf(anchor)}.`;
    case 'mean':
      return stood.mean === null
        ? 'No run showed this point.'
        : `The mean was ${show(stood.mean)}.`;
    case 'fit':
      if (stood.state !== null) return `It was ${verdictOf(stood.state, stood.fit)}.`;
      return stood.fit === null ? 'There was no such number.' : `It was ${show(stood.fit)}.`;
  }
}

/** What has changed since; empty where nothing has. */
export function changesOf(anchor: Anchor, stood: Standing, present: Standing): string[] {
  if (stood.kind === 'runs' && present.kind === 'runs') {
    return runChanges(anchor, stood.runs, present.runs);
  }
  if (stood.kind === 'mean' && present.kind === 'mean') {
    return measuredChanges('The mean', stood.mean, present.mean);
  }
  if (stood.kind === 'fit' && present.kind === 'fit') {
    if (stood.state === null || stood.state === present.state) {
      const what =
        anchor.kind === 'fit' && anchor.fit === null ? 'The verdict’s number' : 'The fit';
      return measuredChanges(what, stood.fit, present.fit);
    }
    const [was, is] = [verdictOf(stood.state, stood.fit), verdictOf(present.state, present.fit)];
    return [`The verdict was ${was} and is ${is} now.`];
  }
  return ['What this claim stands on cannot be compared with what there is now.'];
}

function runChanges(
  anchor: Anchor,
  before: Readonly<Record<string, string | null>>,
  now: Readonly<Record<string, string | null>>,
): string[] {
  const { came, left, other } = runsBetween(before, now);
  const place = placeOf(anchor);
  const changes = [];
  if (came.length > 0) {
    changes.push(
      `${runsOf(came.length)} ${came.length === 1 ? 'has' : 'have'} come into ${place}.`,
    );
  }
  // A result leaves for one reason only, so whatever was trained in its stead.
  if (left.length > 0) {
    const why = left.length === 1 ? 'it did' : 'they did';
    changes.push(`${runsOf(left.length)} left ${place}: ${why} not stand up to verification.`);
  }
  if (other.length > 0) {
    const were = other.length === 1 ? 'was' : 'were';
    changes.push(
      `${runsOf(other.length)} in ${place} ${were} withdrawn and trained again, with other points.`,
    );
  }
  return changes;
}

function measuredChanges(what: string, was: Measured | null, is: Measured | null): string[] {
  if (was === null && is === null) return [];
  if (was === null || is === null) {
    return [is === null ? `${what} is gone: no run shows it now.` : `${what} is ${show(is)} now.`];
  }
  if (sameMeasured(was, is)) return [];
  const moved = was.value === is.value ? 'stayed, and stands on other runs:' : 'moved:';
  return [`${what} ${moved} it was ${show(was)} and is ${show(is)} now.`];
}

const STATES: Readonly<Record<VerdictState, string>> = {
  ...{ holds: '“holds”', fails: '“fails”', undecided: '“undecided”' },
};

function verdictOf(state: VerdictState | null, fit: Measured | null): string {
  const word = state === null ? 'gone' : STATES[state];
  return fit === null || fit.value === null ? word : `${word} at ${show(fit)}`;
}

/** "0.98 [0.95, 1.01] (12 runs)" */
function show({ value, interval, runs }: Measured): string {
  const range = interval === null ? '' : ` [${digits(interval[0])}, ${digits(interval[1])}]`;
  return `${value === null ? 'no number' : digits(value)}${range} (${runsOf(runs)})`;
}

/** Five digits: enough that what moved by a hundredth of its interval reads as two numbers. */
const digits = (v: number) => String(Number(v.toPrecision(5))).replace('-', '−');

const runsOf = (n: number) => `${n} ${n === 1 ? 'run' : 'runs'}`;

function placeOf(anchor: Anchor): string {
  return { region: 'the region', range: 'the range', point: 'the point', fit: 'the fit' }[
    anchor.kind
  ];
}
