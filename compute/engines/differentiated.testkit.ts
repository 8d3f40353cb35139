/** What training by automatic differentiation promises, whatever is trained. */
import { expect } from 'vitest';
import type { Pack } from '../programs/program.ts';
import type { Train } from './conformance.testkit.ts';
import { type Replayed, replaySegment } from './replay.ts';

/**
 * Replays a segment of a pack's second run by itself, and expects the state that the pack came to.
 * @returns what was replayed, and the rows that the run itself recorded
 */
export async function expectReplayedAlone(
  pack: Pack,
  train: Train,
  open: () => Promise<Parameters<typeof replaySegment>[0]>,
  [start, to]: readonly [start: number, to: number],
): Promise<{ replayed: Replayed; columns: Readonly<Record<string, Float32Array>> }> {
  const [, second] = (await train(pack)).results;
  const [, run] = pack.runs;
  if (run === undefined || second === undefined) throw new Error('The pack has no second run.');
  const from = second.kept?.find(({ step }) => step === start) ?? null;
  const replayed = await replaySegment(await open(), {
    ...{ program: pack.program, run, from, first: second.series, to },
  });
  expect(from).not.toBeNull();
  expect(replayed.end).toEqual(second.kept?.find(({ step }) => step === to)?.arrays);
  return { replayed, columns: second.series.columns };
}
