import { expect, test } from 'vitest';
import { PointFile } from './point.ts';
import { cellsOf, studies } from './registry.ts';

test.each(studies.map((s) => [s.id, s] as const))(
  'what %s plans can be written to a point file and read back the same',
  (_, study) => {
    for (const config of cellsOf(study, study.grids.default)) {
      for (const isNull of [false, true]) {
        const plan = study.plan(config, { null: isNull });
        expect(PointFile.shape.plan.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
      }
    }
  },
);
