/**
 * How far a run that was trained again comes out from its point file, column by column. Training can
 * be chaotic, and devices round differently: so the beginning is judged apart from the whole.
 */
import type { RunResult } from '../engines/engine.ts';
import type { PointFile } from './point.ts';

export interface Difference {
  /** Largest absolute difference up to `until`, over the column's largest magnitude there. */
  readonly early: number;
  /** The same over the whole run. */
  readonly whole: number;
}

/** Differences by column of the point file; infinite where one is finite and the other not. */
export function differencesOf(
  point: Pick<PointFile, 'steps' | 'columns'>,
  now: RunResult['series']['columns'],
  until: number,
): Readonly<Record<string, Difference>> {
  return Object.fromEntries(
    Object.entries(point.columns).map(([name, then]) => {
      const again = now[name] ?? new Float32Array();
      return [
        name,
        {
          early: difference(point.steps, then, again, until),
          whole: difference(point.steps, then, again, Number.POSITIVE_INFINITY),
        },
      ];
    }),
  );
}

function difference(
  steps: readonly number[],
  then: readonly (number | null)[],
  now: Float32Array,
  until: number,
): number {
  let [largest, scale] = [0, Number.MIN_VALUE];
  for (const [i, step] of steps.entries()) {
    if (step > until) break;
    const [a, b] = [then[i] ?? Number.NaN, now[i] ?? Number.NaN];
    if (Number.isNaN(a) && !Number.isFinite(b)) continue;
    largest = Math.max(
      largest,
      Number.isFinite(a - b) ? Math.abs(a - b) : Number.POSITIVE_INFINITY,
    );
    if (Number.isFinite(a)) scale = Math.max(scale, Math.abs(a));
  }
  return largest / scale;
}

/** How many of the committed checkpoints came out with the very same bits, of how many. */
export function equalHashes(
  then: PointFile['hashes'],
  now: RunResult['hashes'],
): { readonly equal: number; readonly of: number } {
  const again = new Map(now.map(({ step, sha256 }) => [step, sha256]));
  const equal = then.filter(({ step, sha256 }) => again.get(step) === sha256).length;
  return { equal, of: then.length };
}
