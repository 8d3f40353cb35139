import { expect, test } from 'vitest';
import { studyById } from '../../compute/studies/registry.ts';
import type { Study } from '../../compute/studies/study.ts';
import type { RunView } from '../../server/protocol.ts';
import { shareOf } from './my-share.ts';

const study = studyById('lazy-rich') as Study;
const config = Object.fromEntries(
  Object.entries(study.grids.quick.params).map(([name, values]) => [name, values[0] ?? 0]),
);
const ALPHAS = [4, 8, 16, 32];
const cells = ALPHAS.map((alpha, index) => ({
  ...{ index, config: { ...config, alpha }, done: 3, of: 3, diverged: 0, lines: {} },
}));
/** Movement of α^power, from these seeds, by a device. */
const runsOf = (device: string, seeds: readonly number[], power: number) =>
  cells.flatMap(({ index }) =>
    seeds.map(
      (seed): RunView => ({
        ...{ id: `${index}/${seed}`, cell: index, seed, outcome: { kind: 'completed' } },
        ...{ by: device, device, backend: 'wasm', verified: true, traces: {} },
        summary: { movement: (ALPHAS[index] ?? 1) ** power * (1 + seed / 1000), progress: 1e-6 },
      }),
    ),
  );
const room = (runs: readonly RunView[]) => ({ isNull: false, cells, runs, expected: 100 });

test('is null for a device that has trained none of the runs', () => {
  expect(shareOf(study, room(runsOf('a', [1, 2], -1)), 'me')).toBeNull();
  expect(shareOf(study, room([]), 'me')).toBeNull();
});

test('before is what the study makes of the runs of others alone, after of all', () => {
  const [theirs, mine] = [runsOf('a', [1, 2], -1), runsOf('me', [3], -2)];
  const share = shareOf(study, room([...mine, ...theirs]), 'me');
  const of = (runs: readonly RunView[]) =>
    study.analyse(
      runs.map((r) => ({ ...r, config: cells[r.cell]?.config ?? {} })),
      { null: false, expected: 100 },
    );
  expect(share).toMatchObject({ mine: 4, all: 12 });
  expect(share?.before).toEqual(of(theirs));
  const inOrder = [...theirs, ...mine].sort((a, b) => a.cell - b.cell || a.seed - b.seed);
  expect(share?.after).toEqual(of(inOrder));
  expect(share?.after).not.toEqual(share?.before);
});

test('gives the mean of each cell it has a run in, with and without', () => {
  const theirs = runsOf('a', [1, 2], 0);
  const [own] = runsOf('me', [3], 0);
  const share = shareOf(study, room([...theirs, own as RunView]), 'me');
  expect(share?.means.map((m) => [m.cell, m.before.runs, m.after.runs])).toEqual([[0, 2, 3]]);
  expect(share?.means[0]?.before.mean).toBeCloseTo(1.0015, 12);
  expect(share?.means[0]?.after.mean).toBeCloseTo(1.002, 12);
});
