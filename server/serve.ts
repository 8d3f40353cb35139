/** One port, pages and sockets, on one database: opened together, and closed together. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { openDatabase } from '../db/open.ts';
import { createAccounts } from './accounts/routes.ts';
import { createCoordinator } from './coordinator.ts';
import { newCounters } from './counters.ts';
import { createGallery } from './gallery.ts';
import { handleApi } from './http.ts';
import type { Log } from './log.ts';
import type { Settings } from './settings.ts';
import { openAnalyst } from './verdict.ts';
import { createVerifier } from './verifier.ts';

/** What answers every request that is not the coordinator's own. */
export interface Pages {
  show(request: IncomingMessage, response: ServerResponse): unknown;
  dispose(): Promise<void>;
}

export interface ServeParts {
  readonly settings: Settings;
  readonly openPages: () => Promise<Pages>;
  readonly log: Log;
  readonly onError: (error: unknown, what: string) => void;
  /** The database was taken away from this process, which must end. */
  readonly onLost: (error: Error) => void;
}

/** Answers that are under way when it stops have so long. */
const GRACE_MS = 1_000;

/** Opens all of it, or none: resolves when it listens, and rejects with a sentence. */
export async function serve(
  parts: ServeParts,
): Promise<{ readonly port: number; dispose(): Promise<void> }> {
  const { settings, log, onError } = parts;
  const opened: (() => Promise<void>)[] = [];
  const dispose = async () => {
    for (const close of opened.splice(0).reverse()) await close();
  };
  try {
    // Both take about a second; neither needs the other.
    const [database, pages] = await Promise.allSettled([
      openDatabase(settings.database, parts.onLost),
      parts.openPages(),
    ]);
    if (database.status === 'fulfilled') opened.push(() => database.value.dispose());
    if (pages.status === 'fulfilled') opened.push(() => pages.value.dispose());
    if (database.status === 'rejected') throw database.reason;
    if (pages.status === 'rejected') throw pages.reason;

    const counters = newCounters();
    const server = createServer((request, response) => {
      handleApi(api, request, response)
        .then((handled) => (handled ? undefined : pages.value.show(request, response)))
        .catch((error: unknown) => {
          onError(error, 'a request failed');
          if (!response.headersSent) response.writeHead(500);
          response.end();
        });
    });
    const drawn = { verify: settings.verify !== 'off' };
    const common = {
      ...settings,
      ...drawn,
      ...{ database: database.value, server, counters, log },
    };
    const coordinator = createCoordinator({
      ...common,
      onError: (error) => onError(error, 'the coordinator failed at something'),
    });
    const { db } = database.value;
    const accounts = createAccounts({
      ...{ db, gate: coordinator.gate, reconnect: coordinator.reconnect, log },
      secret: settings.sessionSecret,
    });
    const api = { ...common, coordinator, accounts, gallery: createGallery(db) };
    if (settings.verify === 'on') {
      const verifier = createVerifier({
        ...{ db, name: 'coordinator' },
        onSettled: (rooms) => coordinator.changed(rooms),
        onError: (error) => onError(error, 'a replay failed'),
      });
      opened.push(() => verifier.dispose());
    }
    opened.push(async () => {
      setTimeout(() => server.closeAllConnections(), GRACE_MS).unref();
      await coordinator.dispose();
    });
    openAnalyst();
    return { port: await listen(server, settings), dispose };
  } catch (error) {
    await dispose().catch((second: unknown) => onError(second, 'closing failed'));
    throw error;
  }
}

function listen(server: Server, { port, host }: Settings): Promise<number> {
  return new Promise((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException) => reject(portProblem(error, port, host));
    server.once('error', refused);
    server.listen(port, host, () => {
      server.off('error', refused);
      const address = server.address();
      resolve(address !== null && typeof address === 'object' ? address.port : port);
    });
  });
}

function portProblem(error: NodeJS.ErrnoException, port: number, host: string): Error {
  const say = (sentence: string) => new Error(sentence, { cause: error });
  switch (error.code) {
    case 'EADDRINUSE':
      return say(
        `Port ${port} is in use by another process. Stop that one, or choose another port: PORT=${port === 65_535 ? 3000 : port + 1} npm start`,
      );
    case 'EACCES':
      return say(`There is no permission to listen on port ${port}. Choose another with PORT.`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return say(`HOST (${host}) is not an address of this machine.`);
    default:
      return say(`Port ${port} of ${host} cannot be listened on: ${error.message}`);
  }
}
