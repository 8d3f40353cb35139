/** The entry: one process, one port, pages and sockets; says its address when it is ready. */
import { createServer } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import next from 'next';
import pino from 'pino';
import { openDatabase } from '../db/open.ts';
import { createCoordinator } from './coordinator.ts';
import { newCounters } from './counters.ts';
import { handleApi } from './http.ts';
import { readSettings } from './settings.ts';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
// To standard error: standard output is for the address alone.
const log = pino({ level: process.env.LOG_LEVEL ?? 'warn' }, pino.destination(2));

try {
  await serve();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

async function serve(): Promise<void> {
  const settings = readSettings(process.env);
  const database = await openDatabase(settings.database);
  const counters = newCounters();
  const pages = next({ dev: false, dir: root, quiet: true });
  const showPage = pages.getRequestHandler();
  await pages.prepare();
  const server = createServer((request, response) => {
    handleApi(database, counters, request, response)
      .then((handled) => (handled ? undefined : showPage(request, response)))
      .catch((error: unknown) => {
        log.error(error, 'a request failed');
        if (!response.headersSent) response.writeHead(500);
        response.end();
      });
  });
  const coordinator = createCoordinator({
    ...settings,
    ...{ database, server, counters },
    onError: (error) => log.error(error, 'the coordinator failed at something'),
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`Port ${settings.port} is in use. Choose another with PORT.`)
          : error,
      ),
    );
    server.listen(settings.port, settings.host, resolve);
  });
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : settings.port;
  console.log(`Manyhands is ready at http://localhost:${port}`);

  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    // Whatever hangs, the process ends: nothing that was acknowledged is only in memory.
    setTimeout(() => process.exit(0), 5_000).unref();
    coordinator
      .dispose()
      .then(() => database.dispose())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          log.error(error, 'stopping failed');
          process.exit(1);
        },
      );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
