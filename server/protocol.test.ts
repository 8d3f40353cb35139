import { expect, test } from 'vitest';
import { columnsOf } from '../compute/programs/program.ts';
import { cellsOf, studies } from '../compute/studies/registry.ts';
import { RunSubmission } from './protocol.ts';

test.each(studies.map((study) => [study.id, study] as const))(
  'what a run of %s records may be submitted, whatever the cell',
  (_, study) => {
    const cells = [study.grids.default, study.grids.quick].flatMap((grid) => cellsOf(study, grid));
    for (const isNull of [false, true])
      for (const config of cells) {
        const { program } = study.plan(config, { null: isNull });
        const parsed = RunSubmission.shape.columns.safeParse([...columnsOf(program)]);
        expect(parsed.error?.message).toBeUndefined();
      }
  },
);
