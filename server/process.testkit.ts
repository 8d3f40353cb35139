/** A coordinator as a process of its own, as `npm start` runs it, but without the built pages. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));

export interface Started {
  readonly child: ChildProcess;
  /** The first line of standard output: the address. */
  readonly ready: Promise<string>;
  readonly ended: Promise<{ readonly code: number | null; readonly said: string }>;
}

/** Starts it; its one page never ends. End it with a signal to `child`. */
export function startProcess(env: Record<string, string>, closePages = 'async () => {}'): Started {
  const program = `
    import { run } from ${JSON.stringify(path.join(here, 'run.ts'))};
    const show = (_, response) => response.write('the beginning of a page');
    await run(async () => ({ show, dispose: ${closePages} }));
  `;
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', program],
    {
      cwd: path.dirname(here),
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PORT: '0', HOST: '127.0.0.1', ...env },
    },
  );
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ code, said: said.trim() }));
  const ready = Promise.race([
    once(child.stdout.setEncoding('utf8'), 'data').then(([line]) => String(line)),
    ended.then(() => Promise.reject(new Error(`It ended before it was ready: ${said}`))),
  ]);
  ready.catch(() => {});
  return { child, ready, ended };
}

/** The address in the line that it prints when it is ready. */
export const addressOf = (line: string) => new URL(line.replace(/^.* at /, '').trim());
