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
    // Thirty new values of each number: more cells than could be written down.
    const numbers = study.params.flatMap((p) => (p.kind === 'number' ? [p] : []));
    const texts = numbers.map(({ name, integer, min, max }) => {
      const given = Array.from({ length: 30 }, (_, i) => {
        const value = max - (i * (max - min)) / 97;
        return integer ? Math.floor(value) : value;
      });
      const isNew = (value: number) => value >= min && !grid.params[name]?.includes(value);
      return [name, [...new Set(given.filter(isNew))].join(' ')] as const;
    });
    expect(read({ seeds: '1001..1080', texts: Object.fromEntries(texts) })).toMatchObject({
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
