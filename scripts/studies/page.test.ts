import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { studies } from '../../compute/studies/registry.ts';
import type { Study, VerdictState } from '../../compute/studies/study.ts';
import { type Documented, documented, pageOf, problemsOf } from './page.ts';
import { type Part, planOf } from './parts.ts';
import {
  currentOf,
  digestOf,
  emptyRecord,
  FOLDER,
  gridFile,
  type Measured,
  readRecord,
  type StudyRecord,
  writeRecord,
} from './record.ts';

const study = studies[0] as Study;

function measured(part: Part, state: VerdictState): Measured {
  const { grid, isNull, backend } = planOf(study, part);
  return {
    ...{ digest: digestOf(study, part), version: study.version, null: isNull, backend },
    grid: gridFile(grid),
    ...{ adapter: null, runs: 4, seconds: 12.34, processorSeconds: 20 },
    ...{ date: '2026-11-24', commit: 'abc1234', changed: false },
    machine: { cpu: 'A processor', cores: 2, node: 'v20.0.0' },
    analysis: {
      fits: {},
      verdict: {
        ...{ state, statement: study.statement, value: 0.1234, interval: [0.1, 0.2] },
        ...{ threshold: [null, 0.5], because: 'Because of a*b_c | d.', runs: 4 },
      },
    },
  };
}

const whole: StudyRecord = {
  ...emptyRecord(study),
  parts: {
    default: measured('default', 'holds'),
    fresh: measured('fresh', 'holds'),
    null: measured('null', 'fails'),
    quick: measured('quick', 'holds'),
  },
};
const withPart = (part: Part, change: Partial<Measured>): Documented => {
  const before = whole.parts[part] ?? measured(part, 'holds');
  return {
    study,
    record: { ...whole, parts: { ...whole.parts, [part]: { ...before, ...change } } },
  };
};

/** The lines under "What does not hold". */
function topOf(page: string): string {
  return page.split('## What does not hold')[1]?.split('## Overview')[0]?.trim() ?? '';
}

test('the committed page is what the committed records and the specs make', async () => {
  const committed = await readFile(path.join(FOLDER, '..', 'studies.md'), 'utf8');
  expect(committed, 'npm run studies -- --page makes it again').toBe(pageOf(await documented()));
});

test('every committed record is of a registered study', async () => {
  const ids = (await readdir(FOLDER).catch(() => [])).map((file) => path.basename(file, '.json'));
  const known = studies.map((s) => s.id);
  expect(ids.filter((id) => !known.includes(id))).toEqual([]);
});

test('where all is well the page says that nothing fails', () => {
  expect(problemsOf({ study, record: whole })).toEqual([]);
  expect(topOf(pageOf([{ study, record: whole }]))).toMatch(/^Nothing:/);
});

test.each([
  ['default', 'fails'],
  ['default', 'undecided'],
  ['fresh', 'undecided'],
  ['null', 'holds'],
  ['quick', 'fails'],
  ['webgpu', 'undecided'],
] as const)('a %s part whose verdict is %s stands at the top', (part, state) => {
  const { analysis } = measured(part, state);
  const page = pageOf([withPart(part, { analysis })]);
  expect(topOf(page)).toContain(state);
  expect(topOf(page).split('\n')).toHaveLength(1);
});

test('a record of another version is shown as stale, at the top and at its number', () => {
  const documented = withPart('default', { version: '0.0.1', digest: 'of before' });
  const page = pageOf([documented]);
  expect(topOf(page)).toContain(`stale: of version 0.0.1, now ${study.version}`);
  expect(page).toContain('holds (stale)');
});

test('a record of another grid is shown as stale', () => {
  expect(topOf(pageOf([withPart('fresh', { digest: 'of before' })]))).toContain(
    'stale: its grid has changed',
  );
});

test('what was not measured is said to be so, of a study and of each part', () => {
  const top = topOf(pageOf([{ study, record: emptyRecord(study) }]));
  expect(top.split('\n')).toHaveLength(1);
  expect(top).toContain(`(${study.id}): not measured`);
  const parts = { default: measured('default', 'holds') };
  const three = topOf(pageOf([{ study, record: { ...whole, parts } }])).split('\n');
  expect(three.map((line) => line.split(': ').at(-1))).toEqual(Array(3).fill('not measured.**'));
});

test('a digest changes with version, values and seeds, and not with the commit', () => {
  const grid = study.grids.default;
  const [name = '', values = []] = Object.entries(grid.params)[0] ?? [];
  const withGrid = (changed: typeof grid): Study => ({
    ...study,
    grids: { ...study.grids, default: changed },
  });
  const before = digestOf(study, 'default');
  const others = [
    { ...study, version: '99.0.0' },
    withGrid({ ...grid, seeds: [...grid.seeds, 77] }),
    withGrid({ ...grid, params: { ...grid.params, [name]: values.slice(0, -1) } }),
  ].map((s) => digestOf(s, 'default'));
  expect(new Set([before, ...others, digestOf(study, 'null')]).size).toBe(5);
  const later = { ...whole.parts.default, commit: 'def5678' } as Measured;
  expect(currentOf(study, { ...whole, parts: { default: later } }, 'default')).toBe(later);
});

test('numbers are those of the record, and its text cannot break a table', () => {
  const page = pageOf([{ study, record: whole }]);
  expect(page).toContain('| holds | 0.1234 | [0.1, 0.2] | at or below 0.5 | 4 |');
  expect(page).toContain('Because of a\\*b\\_c \\| d.');
});

test('a record that was written is read again, and a damaged one is refused with a sentence', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'manyhands-studies-'));
  try {
    expect(await readRecord(study, folder)).toEqual(emptyRecord(study));
    await writeRecord(whole, folder);
    expect(await readRecord(study, folder)).toEqual(whole);
    const file = path.join(folder, `${study.id}.json`);
    for (const text of ['{', '{}', JSON.stringify({ ...whole, study: 'another' })]) {
      await writeFile(file, text);
      await expect(readRecord(study, folder)).rejects.toThrow(/is not a record of/);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
