import { describe, expect, test } from 'vitest';
import { openEngine } from '../compute/engines/open.ts';
import { HYPER, type Hyper, type ProgramSpec } from '../compute/programs/program.ts';
import { checkpointSteps, problemOf, type SubmittedRun } from './validate.ts';

const program: ProgramSpec = {
  ...{ kind: 'linear', width: 3, depth: 2, singularValues: [2, 1], init: 'random' },
  ...{ observe: ['loss', 'modes'], steps: 25, recordEvery: 2, checkpointEvery: 6 },
};
const hyper = (learningRate: number): Hyper => ({ ...HYPER, learningRate, initScale: 0.5 });

async function trained(): Promise<SubmittedRun[]> {
  const engine = await openEngine({ backend: 'cpu', wasmPath: '' });
  const training = await engine.start({
    program,
    runs: [
      { id: 'calm', seed: 1, hyper: hyper(0.01) },
      { id: 'wild', seed: 1, hyper: hyper(3) },
    ],
  });
  while (!(await training.advance()));
  const results = training.results().map(({ id, hashes, ...result }) => ({
    ...{ run: id, hashes: hashes.map((h) => ({ ...h })) },
    ...result,
  }));
  training.dispose();
  engine.dispose();
  return results;
}

describe('a result', () => {
  test('[L4] as an engine makes it is valid, of runs that complete and of runs that diverge', async () => {
    const runs = await trained();
    expect(runs.map((r) => r.outcome.kind)).toEqual(['completed', 'diverged']);
    expect(runs[0]?.hashes.map((h) => h.step)).toEqual([0, 6, 12, 18, 24, 25]);
    expect(problemOf(program, ['calm', 'wild'], runs)).toBeNull();
  });

  test('[L7] with a checkpoint hash missing, doubled, moved or too many is invalid', async () => {
    const runs = await trained();
    const [calm, wild] = runs;
    if (calm === undefined || wild === undefined) throw new Error('The runs are gone.');
    const first = calm.hashes.slice(0, 1);
    const after = { step: 24, sha256: 'a'.repeat(64) };
    for (const broken of [
      { ...calm, hashes: [] },
      { ...calm, hashes: [...first, ...calm.hashes.slice(0, -1)] },
      { ...calm, hashes: calm.hashes.map((h) => ({ ...h, step: h.step + 1 })) },
      { ...calm, hashes: [...calm.hashes].reverse() },
      { ...wild, hashes: [...wild.hashes, after] },
    ]) {
      const all = runs.map((r) => (r.run === broken.run ? broken : r));
      expect(problemOf(program, ['calm', 'wild'], all)).toMatch(/checkpoint hashes/);
    }
  });

  test('[L7] checkpoints end before a divergence', () => {
    expect(checkpointSteps(program, { kind: 'diverged', step: 12 })).toEqual([0, 6]);
  });
});
