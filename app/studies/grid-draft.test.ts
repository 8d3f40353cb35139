import { describe, expect, it } from 'vitest';
import { studies } from '../../compute/studies/registry.ts';
import { draftOf, readDraft, readIntegers, readNumbers, showSeeds } from './grid-draft.ts';

describe('typed lists', () => {
  it('reads numbers between commas, semicolons and spaces', () => {
    expect(readNumbers('0.05, 0.1;1e-3 2')).toEqual([0.05, 0.1, 0.001, 2]);
  });

  it('names what is no number, what stands twice, and an empty list', () => {
    expect(readNumbers('0.1, abc')).toContain('“abc”');
    expect(readNumbers('0.1, 0.10')).toContain('twice');
    expect(readNumbers(' ')).toContain('at least one');
    expect(readNumbers('Infinity')).toContain('not a number');
  });

  it('reads seeds singly and as ranges, and shows them back the same way', () => {
    expect(readIntegers('1..3, 7', 100)).toEqual([1, 2, 3, 7]);
    expect(readIntegers('1 … 3', 100)).toEqual([1, 2, 3]);
    expect(showSeeds([1, 2, 3])).toBe('1..3');
    expect(showSeeds([4, 9])).toBe('4, 9');
  });

  it('refuses too many seeds without counting them out, and repeats', () => {
    expect(readIntegers('0..4000000000', 100)).toContain('At most 100');
    expect(readIntegers('1..3, 2', 100)).toContain('twice');
    expect(readIntegers('3..1', 100)).toContain('backwards');
    expect(readIntegers('-1', 100)).toContain('not a seed');
  });
});

describe.each(studies.map((s) => [s.id, s] as const))('the form of %s', (_, study) => {
  it.each(['default', 'quick'] as const)('reads its own %s grid back unchanged', (which) => {
    const grid = study.grids[which];
    const reading = readDraft(study, draftOf(study, grid), false);
    expect(reading.kind).toBe('ready');
    if (reading.kind !== 'ready') return;
    expect(reading.grid).toEqual(grid);
    expect(reading.runs).toBe(reading.cells * grid.seeds.length);
    expect(reading.runSteps).toBeGreaterThan(reading.runs);
  });

  it('names the field that is out of bounds', () => {
    const param = study.params.find((p) => p.kind === 'number');
    if (param?.kind !== 'number') return;
    const draft = draftOf(study, study.grids.quick);
    const reading = readDraft(
      study,
      { ...draft, texts: { ...draft.texts, [param.name]: String(param.max * 2 + 1) } },
      false,
    );
    expect(reading.kind === 'wrong' && reading.fields[param.name]).toContain('outside');
  });
});
