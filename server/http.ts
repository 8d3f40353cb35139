/** The coordinator's few HTTP routes: exports and health. Answers only GET and HEAD below /api/. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OpenDatabase } from '../db/open.ts';
import type { Counters } from './counters.ts';
import { pointFile, resultsCsv, resultsJson } from './exports.ts';
import { PROTOCOL_VERSION, RoomCode } from './protocol.ts';

interface File {
  /** Name to save it by; null for an answer that is not a file. */
  readonly name: string | null;
  readonly type: string;
  readonly body: string;
}

/** Handles a request below /api/; resolves to false if it is none of ours. */
export async function handleApi(
  { db, kind }: OpenDatabase,
  counters: Counters,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  if (!pathname.startsWith('/api/')) return false;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    send(response, 405, 'application/json', sentence('Only GET is answered here.'));
    return true;
  }
  const [, , ...parts] = pathname.split('/');
  const file = await fileOf(parts);
  if (file === null)
    send(response, 404, 'application/json', sentence('There is nothing by that name here.'));
  else {
    if (file.name !== null) {
      response.setHeader('Content-Disposition', `attachment; filename="${file.name}"`);
    }
    send(response, 200, file.type, file.body);
  }
  return true;

  async function fileOf(path: readonly string[]): Promise<File | null> {
    const [what, id = '', name] = path;
    if (what === 'health' && path.length === 1) {
      const body = { status: 'ok', protocol: PROTOCOL_VERSION, database: kind, ...counters };
      return { name: null, type: 'application/json', body: JSON.stringify(body) };
    }
    if (path.length !== 3) return null;
    if (what === 'runs' && name === 'point.json') {
      const point = await pointFile(db, id);
      return point === null
        ? null
        : {
            name: `manyhands-point-${id}.json`,
            type: 'application/json',
            body: JSON.stringify(point),
          };
    }
    const code = RoomCode.safeParse(id);
    if (what !== 'investigations' || !code.success) return null;
    if (name === 'results.csv') {
      const body = await resultsCsv(db, code.data);
      return body === null
        ? null
        : { name: `manyhands-${code.data}.csv`, type: 'text/csv; charset=utf-8', body };
    }
    if (name !== 'results.json') return null;
    const results = await resultsJson(db, code.data);
    return results === null
      ? null
      : {
          name: `manyhands-${code.data}.json`,
          type: 'application/json',
          body: JSON.stringify(results),
        };
  }
}

const sentence = (message: string) => JSON.stringify({ message });

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(body);
}
