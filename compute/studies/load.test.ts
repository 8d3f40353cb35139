import { expect, it } from 'vitest';
import { loadStudy } from './load.ts';
import { studies } from './registry.ts';

it('loads every registered study by its id', async () => {
  for (const study of studies) expect(await loadStudy(study.id), study.id).toBe(study);
});

it('knows no other', async () => {
  expect(await loadStudy('constructor')).toBeNull();
});
