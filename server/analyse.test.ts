/** What the thread says of runs as the database writes them is what the study says of the runs. */
import { expect, test } from 'vitest';
import { measuredAt } from '../compute/studies/held-out.ts';
import { studyById } from '../compute/studies/registry.ts';
import type { RunSummary } from '../compute/studies/study.ts';
import { analysed } from './analyse.ts';

const study = studyById('infinite-width');
if (study === null) throw new Error('The study is gone.');
const size = study.size;
if (size === undefined) throw new Error('The study names no size.');

test('nothing is lost on the way through JSON, and what came of a prediction is measured with it', () => {
  const [parameter] = [size.parameter];
  const keys = Object.keys(study.grids.quick.params).map(
    (name) => [name, study.grids.quick.params[name]?.[0] ?? 0] as const,
  );
  const runs = [4, 8, 16].flatMap((value) =>
    [1, 2, 3].map(
      (seed): RunSummary => ({
        config: { ...Object.fromEntries(keys), [parameter]: value },
        ...{ seed, outcome: { kind: 'completed' } },
        summary: { output: Math.sin(seed * value) / Math.sqrt(value), 'output:0': 1 / seed },
      }),
    ),
  );
  const rows = JSON.stringify(runs.map((r) => [r.config, r.seed, r.outcome, r.summary, 2]));
  const none = { id: 'p', family: 'no such family', x: size.x(16), value: 16 };
  const predicted = [{ ...none, seeds: 3, runs: 0, evidence: 9 }];
  const { analysis, came } = analysed(study, {
    ...{ isNull: false, expected: 12, runs: rows, predicted },
  });
  expect(analysis).toEqual(study.analyse(runs, { null: false, expected: 12 }));
  const measured = measuredAt(size, 'no such family', size.x(16), runs);
  expect(came).toEqual([{ measured, left: null }]);
});
