/** The entry: the pages are Next's, built before. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import next from 'next';
import { withBuiltFiles } from './built-files.ts';
import { run } from './run.ts';

await run(async () => {
  const dir = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
  const pages = next({ dev: false, dir, quiet: true });
  // Next reports on standard output, which is for the address alone.
  const { log } = console;
  console.log = console.error;
  await pages.prepare().finally(() => {
    console.log = log;
  });
  return {
    show: withBuiltFiles(dir, pages.getRequestHandler()),
    dispose: () => pages.close(),
  };
});
