/** A helper process of the load bench: starts it on a job, and ends it whatever happens. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { Answers, type Done, type Job, type JobOf, type Ready } from './coordinator-jobs.ts';

export interface Helper<K extends Job['kind']> {
  readonly ready: Ready<K>;
  /** Has the job carried out; resolves with what came of it. */
  finish(): Promise<Done<K>>;
}

const schemas: {
  readonly [K in Job['kind']]: {
    readonly ready: z.ZodType<Ready<K>>;
    readonly done: z.ZodType<Done<K>>;
  };
} = Answers;

const program = path.join(path.dirname(fileURLToPath(import.meta.url)), 'coordinator-load.ts');

/** Longer than any job takes: a helper that hangs ends the bench with a sentence. */
const MOST_MS = 240_000;

/** Those that are running, for `endHelpers`. */
const running = new Set<ChildProcess>();

/** Starts a helper; resolves when everybody of its job is in place. */
export async function startHelper<K extends Job['kind']>(job: JobOf<K>): Promise<Helper<K>> {
  const child = spawn(process.execPath, ['--import', 'tsx', program], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const kind: K = job.kind;
  const tell = async <T>(message: object, schema: z.ZodType<T>): Promise<T> => {
    const timer = setTimeout(() => child.kill('SIGKILL'), MOST_MS);
    const answered = once(child, 'message').then(([answer]) => schema.parse(answer));
    const gone = once(child, 'exit').then(() =>
      Promise.reject(new Error(`A helper process for ${kind} ended before it answered.`)),
    );
    gone.catch(() => {});
    child.send(message);
    return await Promise.race([answered, gone]).finally(() => clearTimeout(timer));
  };
  const ready = await tell(job, schemas[kind].ready);
  return {
    ready,
    finish: () => tell({}, schemas[kind].done),
  };
}

/** Ends every helper that is still there. */
export function endHelpers(): void {
  for (const child of running) child.kill('SIGKILL');
}
