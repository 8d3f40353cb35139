/**
 * Who may import whom (docs/design.md). Biome refuses most wrong imports while one types; it cannot
 * tell an import of types from one of values, and does not see what a new folder reaches for.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

interface Arrows {
  /** What a file may import values from, besides its own folder; types too. */
  readonly values: readonly string[];
  /** What it may import only types from. */
  readonly types: readonly string[];
}

const ALLOWED: Readonly<Record<string, Arrows>> = {
  compute: { values: [], types: [] },
  db: { values: [], types: ['compute/', 'server/protocol.ts', 'server/vocabulary.ts'] },
  server: { values: ['compute/', 'data/', 'db/'], types: [] },
  client: {
    values: [
      ...['server/vocabulary.ts', 'compute/engines/result-bytes.ts', 'compute/engines/carried.ts'],
    ],
    types: ['compute/', 'server/protocol.ts'],
  },
  app: {
    values: [
      ...['compute/studies/', 'compute/analysis/', 'compute/volunteer/', 'server/protocol.ts'],
      ...['server/vocabulary.ts', 'client/', 'public/'],
    ],
    types: ['compute/'],
  },
  cli: {
    values: ['compute/', 'client/', 'data/', 'server/protocol.ts', 'server/vocabulary.ts'],
    types: [],
  },
  data: { values: ['compute/'], types: [] },
};

interface Import {
  readonly target: string;
  readonly typesOnly: boolean;
}

/** The files of ours that a source imports, as paths from the root. */
function importsOf(file: string, source: string): Import[] {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const patterns = [
    /\b(?:import|export)\s+(?<types>type\b)?[^;'"`]*?\bfrom\s*['"](?<to>\.[^'"]*)['"]/g,
    /\bimport\s*\(?\s*['"](?<to>\.[^'"]*)['"]/g,
    /\bnew URL\(\s*['"](?<to>\.[^'"]*)['"]\s*,\s*import\.meta\.url/g,
  ];
  return patterns.flatMap((pattern) =>
    [...code.matchAll(pattern)].map(({ groups }) => ({
      target: path.posix.join(path.posix.dirname(file), groups?.to ?? ''),
      typesOnly: groups?.types !== undefined,
    })),
  );
}

/** What a file of a folder may not import, in words. */
function wrongImports(folder: string, file: string, source: string): string[] {
  const { values, types } = ALLOWED[folder] ?? { values: [], types: [] };
  const within = (target: string, places: readonly string[]) =>
    places.some((place) => target.startsWith(place));
  return importsOf(file, source).flatMap(({ target, typesOnly }) => {
    if (within(target, [`${folder}/`, ...values])) return [];
    if (!within(target, types)) return [`${file} imports ${target}`];
    return typesOnly ? [] : [`${file} imports values of ${target}`];
  });
}

test.each(Object.keys(ALLOWED))('%s imports only what the arrows allow', (folder) => {
  const files = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => `${folder}/${file.replaceAll(path.sep, '/')}`)
    .filter((file) => /\.tsx?$/.test(file) && !file.includes('.test.'));
  expect(files.length).toBeGreaterThan(0);
  const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
  expect(files.flatMap((file) => wrongImports(folder, file, read(file)))).toEqual([]);
});

test('a wrong arrow of every form is found', () => {
  const wrong = [
    `import { Lease } from '../server/protocol.ts';`,
    `import {\n  type Lease,\n} from '../server/protocol.ts';`,
    `import type { Counters } from '../server/counters.ts';`,
    `export * from '../app/net/client.ts';`,
    `import '../server/main.ts';`,
    `const late = await import('../server/main.ts');`,
    `new Worker(new URL('../compute/volunteer/worker.ts', import.meta.url));`,
  ];
  for (const line of wrong) expect(wrongImports('db', 'db/x.ts', line), line).toHaveLength(1);
  const right = [
    `import type { Lease } from '../server/protocol.ts';`,
    `import { openDatabase } from './open.ts';`,
    `import pg from 'pg';`,
    `// import '../app/room.ts'`,
  ];
  expect(wrongImports('db', 'db/x.ts', right.join('\n'))).toEqual([]);
});
