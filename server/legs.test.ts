import { expect, test } from 'vitest';
import type { HandoverRow } from './handover-rows.ts';
import { type LastLeg, legsOf, problemOfChain } from './legs.ts';

const hash = (step: number) => step.toString(16).padStart(64, '0');
const checkpoints = [0, 10, 20, 30, 40].map((step) => ({ step, sha256: hash(step) }));
const report = { backend: 'wasm' as const, adapter: null, fallbacks: [], build: 'test' };

const handover = (
  attempt: number,
  parent: number | null,
  fromStep: number,
  toStep: number,
  more: Partial<HandoverRow> = {},
): HandoverRow => ({
  ...{ id: `${attempt}@${toStep}`, shard: 's', attempt, device: `d${attempt}`, report },
  ...{ parent: parent === null ? null : `${parent}@${fromStep}`, fromStep, toStep },
  ...{ state: 'valid', digest: '', ends: { r: hash(toStep) }, createdAt: new Date(0) },
  ...more,
});
const last = (tip: HandoverRow | null, end = 40): LastLeg => ({
  ...{ attempt: 3, device: 'd3', backend: 'webgpu', tip, end },
  checkpoints: checkpoints.filter(({ step }) => step <= end),
});

const all = [handover(1, null, 0, 10), handover(1, 1, 10, 20), handover(2, 1, 20, 30)];
const third = all[2] ?? null;

test('[L11] the legs of a run that moved name who carried it, from state to state, and are an unbroken chain', () => {
  const legs = legsOf('r', all, null, last(third));
  expect(legs).toEqual([
    {
      ...{ attempt: 1, device: 'd1', backend: 'wasm', from: 0, to: 20 },
      ...{ began: hash(0), ended: hash(20) },
    },
    {
      ...{ attempt: 2, device: 'd2', backend: 'wasm', from: 20, to: 30 },
      ...{ began: hash(20), ended: hash(30) },
    },
    {
      ...{ attempt: 3, device: 'd3', backend: 'webgpu', from: 30, to: 40 },
      ...{ began: hash(30), ended: hash(40) },
    },
  ]);
  expect(problemOfChain(legs, checkpoints, 40)).toBeNull();
});

test('a run that never moved is one leg; one in training has those that were handed over', () => {
  const alone = legsOf('r', [], null, last(null));
  expect(alone).toMatchObject([{ attempt: 3, from: 0, to: 40, began: hash(0), ended: hash(40) }]);
  expect(problemOfChain(alone, checkpoints, 40)).toBeNull();
  expect(legsOf('r', all, third, null)).toMatchObject([
    { attempt: 1, from: 0, to: 20 },
    { attempt: 2, from: 20, to: 30 },
  ]);
  expect(legsOf('r', [], null, null)).toEqual([]);
});

test('a run that diverged has no leg after that, and no state at its end', () => {
  const ends = {};
  const gone = [handover(1, null, 0, 10), handover(1, 1, 10, 20, { ends })];
  const legs = legsOf('r', gone, null, last(gone[1] ?? null, 15));
  expect(legs).toMatchObject([{ attempt: 1, from: 0, to: 15, began: hash(0), ended: null }]);
  const committed = checkpoints.filter(({ step }) => step <= 15);
  expect(problemOfChain(legs, committed, 15)).toBeNull();
});

test('a chain that is broken anywhere is said to be, and where', () => {
  const legs = legsOf('r', all, null, last(third));
  const [one, two, three] = legs as [(typeof legs)[0], (typeof legs)[0], (typeof legs)[0]];
  const other = 'f'.repeat(64);
  const problem = (changed: typeof legs, of = checkpoints) => problemOfChain(changed, of, 40);
  expect(problem([one, three])).toContain('begins at step 30, but the one before ended at step 20');
  expect(problem([one, { ...two, began: other }, three])).toContain('At step 20');
  expect(problem([one, { ...two, ended: other }, { ...three, began: other }])).toContain(
    'not the one that the result committed',
  );
  expect(problem([one, two])).toContain('end at step 30, and the run at step 40');
  expect(problem([])).not.toBeNull();
  // One committed hash changed after the fact: the handover still says what it was.
  const rewritten = checkpoints.map((c) => (c.step === 20 ? { ...c, sha256: other } : c));
  expect(problem(legs, rewritten)).toContain('At step 20');
});
