/**
 * The coordinator's few HTTP routes, all below /api/: health, metrics, what was found here, exports,
 * accounts, and the orders of whoever runs it.
 */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database, OpenDatabase } from '../db/open.ts';
import type { Accounts } from './accounts/routes.ts';
import type { Coordinator } from './coordinator.ts';
import type { Counters } from './counters.ts';
import { pointFile, resultsCsv, resultsJson, snapshotCsv } from './exports.ts';
import type { createGallery } from './gallery.ts';
import { jsonOf } from './json-body.ts';
import { stateByHash } from './last-states.ts';
import { addressOf } from './limits.ts';
import { liveDelta } from './live.ts';
import type { Log } from './log.ts';
import { type ParquetFile, runsParquet, seriesParquet } from './parquet.ts';
import { pointCard } from './point-card.ts';
import { SnapshotId } from './protocol.ts';
import { reportView } from './reports.ts';
import { snapshotContent, snapshotFile, snapshotView } from './snapshots.ts';
import { carryOut, StopOrder } from './stops.ts';
import { PROTOCOL_VERSION, RoomCode } from './vocabulary.ts';
import { zipped } from './zipped.ts';

export interface ApiParts {
  readonly database: OpenDatabase;
  readonly counters: Counters;
  readonly coordinator: Coordinator;
  readonly gallery: ReturnType<typeof createGallery>;
  readonly accounts: Accounts;
  readonly proxies: number;
  /** Who knows it may read the metrics and give orders; null: nobody orders, everybody reads. */
  readonly operatorToken: string | null;
  readonly log: Log;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

const JSON_TYPE = 'application/json';
const CSV_TYPE = 'text/csv; charset=utf-8';
/** A database that does not answer within this is away. */
const HEALTH_MS = 2_000;
const ORDER_BYTES = 4_096;

const json = (status: number, value: unknown): Answer => ({
  ...{ status, type: JSON_TYPE, body: JSON.stringify(value) },
});
const sentence = (status: number, message: string): Answer => json(status, { message });
const nothing = sentence(404, 'There is nothing by that name here.');

/** Handles a request below /api/; resolves to false if it is none of ours. */
export async function handleApi(
  parts: ApiParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (!url.pathname.startsWith('/api/')) return false;
  const answer = await answerOf(parts, request, url);
  const { body, headers } = await zipped(request, answer.body);
  response.writeHead(answer.status, {
    'Content-Type': answer.type,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...answer.headers,
    ...headers,
  });
  response.end(body);
  return true;
}

async function answerOf(parts: ApiParts, request: IncomingMessage, url: URL): Promise<Answer> {
  const path = url.pathname.split('/').slice(2);
  const reads = request.method === 'GET' || request.method === 'HEAD';
  const where = path.join('/');
  if (where === 'operator/studies') return await obey(parts, request);
  if (path[0] === 'auth') return await ofAccount(parts, request, path.slice(1).join('/'));
  if (!reads) return sentence(405, 'Only GET is answered here.');
  if (where === 'health') return await health(parts);
  if (where === 'health/live') return json(200, { status: 'ok' });
  if (where === 'gallery') return json(200, await parts.gallery.studies());
  if (where === 'questions') return json(200, await parts.gallery.questions());
  if (where === 'metrics') {
    const { metrics } = parts.coordinator;
    if (parts.operatorToken !== null && !isOperator(parts, request)) return unauthorized();
    return { status: 200, type: metrics.contentType, body: await metrics.text() };
  }
  const wait = parts.coordinator.gate.file(addressOfRequest(request, parts.proxies), Date.now());
  if (wait > 0) {
    const headers = { 'Retry-After': String(Math.ceil(wait / 1000)) };
    return { ...sentence(429, 'Too many requests from your network. Wait a moment.'), headers };
  }
  return await exported(parts.database, path, url.searchParams);
}

/** Whether work may be sent here: 503 while it stops, or while its database does not answer. */
async function health({ database, counters, coordinator }: ApiParts): Promise<Answer> {
  const { redis, closing } = coordinator.state();
  const answers = await answersInTime(database);
  const status = closing ? 'closing' : answers ? 'ok' : 'database-away';
  const told = { status, protocol: PROTOCOL_VERSION, database: database.kind, redis };
  return json(status === 'ok' ? 200 : 503, { ...told, ...counters });
}

async function answersInTime({ db }: OpenDatabase): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), HEALTH_MS);
  });
  const asked = db.execute(sql`select 1`).then(
    () => true,
    () => false,
  );
  return await Promise.race([asked, late]).finally(() => clearTimeout(timer));
}

const unauthorized = (): Answer => ({
  ...sentence(401, 'This needs the operator token, as “Authorization: Bearer …”.'),
  headers: { 'WWW-Authenticate': 'Bearer' },
});

function isOperator({ operatorToken }: ApiParts, request: IncomingMessage): boolean {
  if (operatorToken === null) return false;
  const expected = Buffer.from(`Bearer ${operatorToken}`);
  const given = Buffer.from(request.headers.authorization ?? '');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** Stops a version of a study in every room, or lets it go on. */
async function obey(parts: ApiParts, request: IncomingMessage): Promise<Answer> {
  if (parts.operatorToken === null) {
    return sentence(403, 'Orders are taken where MANYHANDS_OPERATOR_TOKEN is set.');
  }
  if (!isOperator(parts, request)) return unauthorized();
  if (request.method !== 'POST') return sentence(405, 'Orders come by POST.');
  const order = StopOrder.safeParse(await jsonOf(request, ORDER_BYTES));
  if (!order.success) {
    const issue = order.error.issues[0];
    return sentence(400, `${issue?.path.join('.') || 'The order'}: ${issue?.message}`);
  }
  const rooms = await carryOut(parts.database.db, order.data);
  if (rooms === null) return sentence(404, 'There is no such version of a study here.');
  parts.log.warn({ ...order.data, rooms: rooms.length }, 'a study was stopped or let go on');
  parts.coordinator.changed(rooms);
  return json(200, { ...order.data, rooms: rooms.length });
}

/** What is asked about an account, on the pages of this server. */
async function ofAccount(parts: ApiParts, request: IncomingMessage, name: string): Promise<Answer> {
  const { status, value, headers } = await parts.accounts.answer({
    ...{ name, request, address: addressOfRequest(request, parts.proxies), now: Date.now() },
    isSecure: parts.proxies > 0 && isOverTls(request.headers['x-forwarded-proto']),
  });
  return { ...json(status, value), headers };
}

const isOverTls = (told: string | readonly string[] | undefined) =>
  [told ?? []].flat().join(',').split(',').at(-1)?.trim() === 'https';

const addressOfRequest = ({ socket, headers }: IncomingMessage, proxies: number) =>
  addressOf(socket.remoteAddress, headers['x-forwarded-for'], proxies);

async function exported(
  { db }: OpenDatabase,
  path: readonly string[],
  query: URLSearchParams,
): Promise<Answer> {
  const [what, id = '', name = ''] = path;
  if (path.length !== 3) return nothing;
  switch (what) {
    case 'runs':
      return await ofRun(db, id, name);
    case 'states':
      return await ofState(db, id, name);
    case 'snapshots':
      return await ofSnapshot(db, id, name);
    case 'reports':
      return await ofReport(db, id, name, query);
    case 'investigations': {
      const code = RoomCode.safeParse(id);
      return code.success ? await ofRoom(db, code.data, name, query) : nothing;
    }
    default:
      return nothing;
  }
}

async function ofRun(db: Database, id: string, name: string): Promise<Answer> {
  if (name === 'point.json') {
    return file(`manyhands-point-${id}.json`, JSON_TYPE, asJson(await pointFile(db, id)));
  }
  return name === 'card.json' ? found(await pointCard(db, id)) : nothing;
}

/** A committed state that runs of a later stage stand on, by its hash: whoever is given that may read it. */
async function ofState(db: Database, sha256: string, name: string): Promise<Answer> {
  if (name !== 'state.bin' || !/^[0-9a-f]{64}$/.test(sha256)) return nothing;
  const body = await stateByHash(db, sha256);
  if (body === null) return nothing;
  // What has this hash never changes.
  const headers = { 'Cache-Control': 'private, max-age=86400, immutable' };
  return { status: 200, type: 'application/octet-stream', body, headers };
}

async function ofRoom(
  db: Database,
  code: string,
  name: string,
  query: URLSearchParams,
): Promise<Answer> {
  const stem = `manyhands-${code}`;
  switch (name) {
    case 'results.csv':
      return file(`${stem}.csv`, CSV_TYPE, await resultsCsv(db, code));
    case 'results.json':
      return file(`${stem}.json`, JSON_TYPE, asJson(await resultsJson(db, code)));
    case 'runs.parquet':
      return parquet(`${stem}-runs`, await runsParquet(db, code));
    case 'series.parquet':
      return parquet(`${stem}-series`, await seriesParquet(db, code));
    case 'live.json': {
      const from = WholeNumber.safeParse(query.get('from') ?? '0');
      return from.success ? found(await liveDelta(db, code, from.data)) : badNumber('from');
    }
    default:
      return nothing;
  }
}

async function ofSnapshot(db: Database, id: string, name: string): Promise<Answer> {
  if (!SnapshotId.safeParse(id).success) return nothing;
  const stem = `manyhands-snapshot-${id}`;
  switch (name) {
    case 'snapshot.json':
      return file(`${stem}.json`, JSON_TYPE, await snapshotFile(db, id));
    case 'view.json': {
      const view = await snapshotView(db, id);
      return view === null ? nothing : { status: 200, type: JSON_TYPE, body: view };
    }
    case 'runs.csv': {
      const content = await snapshotContent(db, id);
      return file(`${stem}.csv`, CSV_TYPE, content === null ? null : snapshotCsv(content));
    }
    default:
      return nothing;
  }
}

async function ofReport(
  db: Database,
  id: string,
  name: string,
  query: URLSearchParams,
): Promise<Answer> {
  if (name !== 'report.json') return nothing;
  const version = query.get('version');
  if (version === null) return found(await reportView(db, id, null));
  const asked = WholeNumber.safeParse(version);
  return asked.success ? found(await reportView(db, id, asked.data)) : badNumber('version');
}

/** A whole number in the query of an address. */
const WholeNumber = z.coerce
  .number()
  .int()
  .min(0)
  .max(2 ** 31 - 1);
const badNumber = (name: string) => sentence(400, `“${name}” must be a whole number.`);

const asJson = (value: object | null) => (value === null ? null : JSON.stringify(value));
const found = (value: object | null) => (value === null ? nothing : json(200, value));

function parquet(stem: string, made: ParquetFile | 'too-large' | null): Answer {
  if (made === 'too-large') {
    return sentence(413, 'These are too many numbers for one file. Export single runs instead.');
  }
  if (made === null) return nothing;
  const name = `${stem}-${made.sequence}.parquet`;
  return file(name, 'application/vnd.apache.parquet', made.bytes);
}

function file(name: string, type: string, body: string | Uint8Array | null): Answer {
  if (body === null) return nothing;
  const headers = { 'Content-Disposition': `attachment; filename="${name}"` };
  return { status: 200, type, body, headers };
}
