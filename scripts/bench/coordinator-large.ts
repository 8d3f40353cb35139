/**
 * A room of ten thousand runs: what it takes to fill it, to come into it, and to be told of one more
 * result, with the coordinator's memory. Bytes are those of the messages as they are sent.
 */
import { gunzipSync } from 'node:zlib';
import type { Replies, RunView } from '../../server/protocol.ts';
import { startHelper } from './coordinator-helper.ts';
import { type Measured, quantile } from './coordinator-measures.ts';
import { connect, join, moment } from './coordinator-people.ts';
import type { Target } from './coordinator-target.ts';

/** The quick program (51 rows of two columns): a hundred cells of one shape, of so many seeds. */
const gridOf = (seeds: number) => ({
  params: {
    learningRate: Array.from({ length: 20 }, (_, i) => Number((0.1 + 0.01 * i).toFixed(2))),
    momentum: [0, 0.1, 0.2, 0.3, 0.4],
    ...{ optimizer: ['momentum'], data: ['chebyshev'], activation: ['tanh'] },
    ...{ depth: [2], width: [32], steps: [1200] },
  },
  seeds: Array.from({ length: seeds }, (_, i) => 1 + i),
});
/** Results that come when everybody looks. */
const LATER = 30;
const LATER_PER_SECOND = 2;
const VOLUNTEERS = 64;
/** Less than a helper has. */
const FILL_SECONDS = 220;
/** The last verdict has so long to come. */
const LAST_MS = 3_000;

/** @param seeds of each of the hundred cells */
export async function large(target: Target, seeds: number): Promise<Measured[]> {
  const [code = ''] = await target.openRooms(1, gridOf(seeds));
  const common = {
    ...{ kind: 'volunteers' as const, url: target.url, codes: [code] },
    ...{ warmUpSeconds: 0, secondsARun: 5 },
  };
  const late = await startHelper<'volunteers'>({
    ...{ ...common, volunteers: 1, leasedBefore: LATER, perSecond: LATER_PER_SECOND },
    seconds: LATER / LATER_PER_SECOND + 5,
  });
  const filled = await (
    await startHelper<'volunteers'>({
      ...{ ...common, volunteers: VOLUNTEERS, leasedBefore: 0, perSecond: null },
      seconds: FILL_SECONDS,
    })
  ).finish();
  const runs = filled.results.reduce((n, r) => n + r.runs.length, 0);
  const empty = await target.gauges();
  // Nobody has looked so far: all is folded for whoever comes first.
  const first = await comes(target.url, code);
  const second = await comes(target.url, code);
  if (second.runs !== runs) throw new Error(`${runs} runs are in, and ${second.runs} were told.`);
  const watching = await watch(target.url, code);
  const { results } = await late.finish();
  await new Promise((resolve) => setTimeout(resolve, LAST_MS));
  const told = results.map(({ runs: [id = ''], sentAt }) => watching.toldAt(id) - sentAt);
  const gauges = await target.gauges();
  const of = `${runs} runs`;
  const one = (what: string, value: number, unit: string, target: string | null = null) => ({
    ...{ what: `${of}: ${what}`, value, unit, target },
  });
  return [
    one('accepted, of nobody who looks', runs / filled.seconds, 'runs/s'),
    one('first of all to come, means and verdict', first.meansMs, 'ms'),
    one('to come, means and verdict', second.meansMs, 'ms'),
    one('to come, every run', second.allMs, 'ms'),
    one('snapshot', second.snapshotBytes, 'bytes'),
    one('pages', second.pages, 'pages'),
    one('pages, gzipped', second.pagesBytes, 'bytes'),
    one('pages, as they are read', second.readBytes, 'bytes'),
    one('result sent → delta, p50', quantile(told, 0.5), 'ms'),
    one('result sent → delta, p95', quantile(told, 0.95), 'ms', '< 250'),
    one('delta → its verdict, p95', quantile(watching.verdictMs(), 0.95), 'ms'),
    one('memory before somebody looked', empty.memoryMiB, 'MiB'),
    one('memory', gauges.memoryMiB, 'MiB', '≤ 2048'),
  ];
}

/** Somebody comes, is told everything, and goes. */
async function comes(url: string, code: string) {
  const person = await connect(url);
  const startedAt = moment();
  const { delta } = await join(person, code);
  const meansMs = moment() - startedAt;
  const counts = { runs: delta.runs.length, pages: 0, pagesBytes: 0, readBytes: 0 };
  let after: Replies['room.runs']['next'] = null;
  let isNext = delta.runsAside;
  while (isNext) {
    const reply = await person.timeout(20_000).emitWithAck('room.runs', { code, after });
    if (!reply.ok) throw new Error(reply.message);
    const page: Replies['room.runs'] = reply.value;
    const text = gunzipSync(page.runs);
    counts.runs += (JSON.parse(text.toString()) as RunView[]).length;
    counts.pages += 1;
    counts.pagesBytes += page.runs.byteLength;
    counts.readBytes += text.byteLength;
    after = page.next;
    isNext = after !== null;
  }
  const allMs = moment() - startedAt;
  person.disconnect();
  return { ...counts, meansMs, allMs, snapshotBytes: Buffer.byteLength(JSON.stringify(delta)) };
}

/** Somebody who looks, and notes when they are told what. */
async function watch(url: string, code: string) {
  const person = await connect(url);
  const told = new Map<string, number>();
  const due: { readonly evidence: number; readonly at: number }[] = [];
  const waits: number[] = [];
  person.on('room.delta', ({ runs, evidence }) => {
    const at = moment();
    for (const { id } of runs) told.set(id, told.get(id) ?? at);
    if (runs.length > 0) due.push({ evidence, at });
  });
  person.on('room.verdict', ({ verdict: { evidence } }) => {
    while (due[0] !== undefined && due[0].evidence <= evidence) {
      waits.push(moment() - (due.shift()?.at ?? Number.NaN));
    }
  });
  await join(person, code);
  return {
    toldAt: (run: string) => told.get(run) ?? Number.POSITIVE_INFINITY,
    verdictMs: () => [...waits, ...due.map(() => Number.POSITIVE_INFINITY)],
  };
}
