import { describe, expect, it } from 'vitest';
import { cellsOf, studies } from '../../compute/studies/registry.ts';
import { emptyExtension, extensible, readExtension } from './extension-draft.ts';

describe.each(studies.map((s) => [s.id, s] as const))('extending %s', (_, study) => {
  const grid = study.grids.quick;
  const cells = cellsOf(study, grid).length;
  const read = (draft: Partial<typeof emptyExtension>) =>
    readExtension(study, grid, { ...emptyExtension, ...draft }, false);

  it('adds nothing while nothing is typed', () => {
    expect(read({})).toEqual({ kind: 'empty' });
  });

  it('counts a run for every cell and new seed', () => {
    expect(read({ seeds: '1001..1004' })).toMatchObject({
      ...{ kind: 'ready', cells: 0, runs: 4 * cells },
      more: { params: {}, seeds: [1001, 1002, 1003, 1004] },
    });
  });

  it('says so when nothing is new, and marks a field that cannot be read', () => {
    expect(read({ seeds: String(grid.seeds[0]) })).toMatchObject({
      ...{ kind: 'wrong', message: expect.stringContaining('already') },
    });
    expect(read({ seeds: 'x' })).toMatchObject({ kind: 'wrong', fields: { seeds: /seed/ } });
  });

  it('refuses more than one investigation may have', () => {
    const param = study.params.find(
      (p) => p.kind === 'number' && (!p.integer || p.max - p.min > 97),
    );
    if (param?.kind !== 'number') throw new Error('Every study has a parameter of many values.');
    const values = Array.from({ length: 31 }, (_, i) => {
      const value = param.max - (i * (param.max - param.min)) / 97;
      return param.integer ? Math.round(value) : value;
    });
    expect(read({ seeds: '1001..1090', texts: { [param.name]: values.join(' ') } })).toMatchObject({
      kind: 'wrong',
      message: expect.stringContaining('Take fewer'),
    });
  });

  it('offers only choices that are not in the grid', () => {
    for (const param of extensible(study, grid)) {
      if (param.kind !== 'choice') continue;
      for (const { value } of param.choices) expect(grid.params[param.name]).not.toContain(value);
    }
  });
});
