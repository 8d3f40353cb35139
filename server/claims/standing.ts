/**
 * What a claim stands on, as values that can be kept and compared: of runs inside an anchor the digest of
 * each one's points there, of a cell's point the mean with its interval, of a fit its numbers. Pure.
 */
import { createHash } from 'node:crypto';
import type { Analysis, Trace } from '../../compute/studies/study.ts';
import type { Measured, Standing } from '../../db/standing.ts';
import type { Anchor } from '../protocol.ts';

export type Traces = Readonly<Record<string, readonly Trace[]>>;

/** 64 bits: enough to tell the results of one run apart, and short in a row of two thousand. */
const DIGEST_LETTERS = 16;

/** Digest of a run's points inside an anchor; null if none is inside, or the anchor has no inside. */
export function digestInside(anchor: Anchor, traces: Traces): string | null {
  if (anchor.kind === 'fit') return null;
  const inside: (string | number)[] = [];
  for (const { line, x, y } of traces[anchor.panel] ?? []) {
    for (const [i, at] of x.entries()) {
      const value = y[i] ?? Number.NaN;
      if (isInside(anchor, line, at, value)) inside.push(line, at, value);
    }
  }
  if (inside.length === 0) return null;
  return createHash('sha256').update(JSON.stringify(inside)).digest('hex').slice(0, DIGEST_LETTERS);
}

const within = (v: number, [lo, hi]: readonly [number, number]) => v >= lo && v <= hi;

function isInside(
  anchor: Exclude<Anchor, { kind: 'fit' }>,
  line: string,
  x: number,
  y: number,
): boolean {
  switch (anchor.kind) {
    case 'region':
      return within(x, anchor.region.x) && within(y, anchor.region.y);
    case 'range':
      return within(x, anchor.x) && Number.isFinite(y);
    case 'point':
      return line === anchor.line && x === anchor.x && Number.isFinite(y);
  }
}

/** The runs inside an anchor after some changed: those without a result are inside of nothing. */
export function withRuns(
  before: Readonly<Record<string, string | null>>,
  anchor: Anchor,
  changed: readonly { readonly id: string; readonly traces: Traces | null }[],
): Readonly<Record<string, string | null>> {
  const runs = { ...before };
  for (const { id, traces } of changed) {
    const isAsked = anchor.kind !== 'point' || (anchor.of.kind === 'run' && anchor.of.run === id);
    const digest = traces === null || !isAsked ? null : digestInside(anchor, traces);
    if (digest === null) delete runs[id];
    else runs[id] = digest;
  }
  return runs;
}

/** What a claim about a fit, or (null) the verdict, stands on in an analysis. */
export function standingOfFit(name: string | null, { fits, verdict }: Analysis): Standing {
  if (name === null) {
    const { value, interval, runs, state } = verdict;
    return { kind: 'fit', fit: measured(value, interval, runs), state };
  }
  const found = Object.hasOwn(fits, name) ? fits[name] : undefined;
  if (found === undefined) return { kind: 'fit', fit: null, state: null };
  const { value, interval, runs } = found;
  return { kind: 'fit', fit: measured(value, interval, runs), state: null };
}

/** A number as it is kept: JSON has none that is not finite. */
export function measured(
  value: number | null,
  interval: readonly [number, number] | null,
  runs: number,
): Measured {
  return {
    value: value !== null && Number.isFinite(value) ? value : null,
    interval: interval?.every(Number.isFinite) ? interval : null,
    runs,
  };
}

/** How runs inside differ: ids that came, that left, and that have other points there. */
export function runsBetween(
  before: Readonly<Record<string, string | null>>,
  now: Readonly<Record<string, string | null>>,
): { readonly came: string[]; readonly left: string[]; readonly other: string[] } {
  const came = Object.keys(now).filter((id) => !Object.hasOwn(before, id));
  const left = Object.keys(before).filter((id) => !Object.hasOwn(now, id));
  const other = Object.keys(now).filter((id) => {
    const [was, is] = [before[id], now[id]];
    return was !== undefined && was !== null && is !== null && was !== is;
  });
  return { came, left, other };
}

/** Whether two standings are the same evidence. */
export function sameStanding(a: Standing, b: Standing): boolean {
  if (a.kind === 'runs' && b.kind === 'runs') {
    const { came, left, other } = runsBetween(a.runs, b.runs);
    return came.length + left.length + other.length === 0;
  }
  if (a.kind === 'mean' && b.kind === 'mean') return sameMeasured(a.mean, b.mean);
  if (a.kind === 'fit' && b.kind === 'fit')
    return a.state === b.state && sameMeasured(a.fit, b.fit);
  return false;
}

/** Whether two numbers are the same to the last digit, of as many runs. */
export function sameMeasured(a: Measured | null, b: Measured | null): boolean {
  if (a === null || b === null) return a === b;
  const [low, high] = a.interval ?? [];
  return (
    a.value === b.value && a.runs === b.runs && low === b.interval?.[0] && high === b.interval?.[1]
  );
}
