/**
 * The life of the process: settings in, address out, signals, exit codes. SIGTERM and SIGINT close
 * everything and exit with 0; a second one exits at once; what cannot start says why and exits with 1.
 */
import { constants } from 'node:os';
import pino from 'pino';
import { type Pages, serve } from './serve.ts';
import { readSettings } from './settings.ts';

/** Whatever hangs, the process ends: nothing that was acknowledged is only in memory. */
const STOP_WITHIN_MS = 4_000;

/** Serves until a signal; prints the address on standard output when it is ready. */
export async function run(openPages: () => Promise<Pages>): Promise<void> {
  try {
    const settings = readSettings(process.env);
    // To standard error: standard output is for the address alone.
    const log = pino({ level: settings.logLevel }, pino.destination(2));
    const started = serve({
      ...{ settings, openPages, log },
      onError: (error, what) => log.error(error, what),
      onLost: fail,
    });
    let stopping = false;
    const stop = (signal: 'SIGTERM' | 'SIGINT') => {
      if (stopping) process.exit(128 + constants.signals[signal]);
      stopping = true;
      log.info({ signal }, 'stopping');
      setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
      started.then((serving) => serving.dispose()).then(() => process.exit(0), fail);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    const { port } = await started;
    const { database, redisUrl } = settings;
    log.info({ port, database: database.kind, redis: redisUrl !== null }, 'listening');
    if (!stopping) console.log(`Manyhands is ready at http://localhost:${port}`);
  } catch (error) {
    fail(error);
  }
}

function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
