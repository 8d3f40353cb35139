import { describe, expect, test } from 'vitest';
import { openEngine } from '../compute/engines/open.ts';
import { packResults } from '../compute/engines/result-bytes.ts';
import { HYPER, type Hyper, type ProgramSpec } from '../compute/programs/program.ts';
import { checkpointSteps, hashesOf, problemOf, runsOf, type SubmittedRun } from './validate.ts';

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
  const results = runsOf(packResults(training.results()));
  if (results === null) throw new Error('The blobs do not have the length that the runs say.');
  training.dispose();
  engine.dispose();
  return [...results];
}

describe('a result', () => {
  test('[L4] as an engine makes it is valid, of runs that complete and of runs that diverge', async () => {
    const runs = await trained();
    expect(runs.map((r) => r.outcome.kind)).toEqual(['completed', 'diverged']);
    const hashes = runs.map((run) => hashesOf({ ...run, program }));
    expect(hashes[0]?.map((h) => h.step)).toEqual([0, 6, 12, 18, 24, 25]);
    expect(problemOf(program, ['calm', 'wild'], runs)).toBeNull();
  });

  test('[L7] with a checkpoint hash missing or too many is invalid', async () => {
    const runs = await trained();
    const [calm, wild] = runs;
    if (calm === undefined || wild === undefined) throw new Error('The runs are gone.');
    for (const broken of [
      { ...calm, hashes: new Uint8Array() },
      { ...calm, hashes: calm.hashes.slice(32) },
      { ...calm, hashes: calm.hashes.slice(1) },
      { ...wild, hashes: new Uint8Array([...wild.hashes, ...calm.hashes.slice(0, 32)]) },
    ]) {
      const all = runs.map((r) => (r.run === broken.run ? broken : r));
      expect(problemOf(program, ['calm', 'wild'], all)).toMatch(/checkpoint hashes/);
    }
  });

  test('[L7] checkpoints end before a divergence', () => {
    expect(checkpointSteps(program, { kind: 'diverged', step: 12 })).toEqual([0, 6]);
  });
});
