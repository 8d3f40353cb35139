/** The measures of the load bench, one function each, and how much of each `--quick` takes. */
import { setTimeout as delay } from 'node:timers/promises';
import { startHelper } from './coordinator-helper.ts';
import { type Done, tally } from './coordinator-jobs.ts';
import type { Gauges, Target } from './coordinator-target.ts';

export interface Measured {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** What is wanted, as the table shows it; null where the number only explains another. */
  readonly target: string | null;
}

export interface Scale {
  readonly rooms: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  readonly leasedBefore: number;
  readonly deltaSeconds: number;
  readonly idle: {
    readonly people: number;
    readonly perSecond: number;
    readonly rooms: number;
    /** So long they are watched once all are there; the coordinator pings every 5 s. */
    readonly ms: number;
  };
  readonly storm: { readonly people: number; readonly seconds: number };
  /** Of each of a hundred cells of one large room. */
  readonly largeSeeds: number;
}

export const FULL: Scale = {
  ...{ rooms: 16, warmUpSeconds: 3, seconds: 10, leasedBefore: 10, deltaSeconds: 15 },
  idle: { people: 10_000, perSecond: 60, rooms: 100, ms: 15_000 },
  storm: { people: 1_000, seconds: 10 },
  largeSeeds: 100,
};
/** Smaller: does it work, and about how fast? */
export const QUICK: Scale = {
  ...{ rooms: 4, warmUpSeconds: 1, seconds: 2, leasedBefore: 3, deltaSeconds: 3 },
  idle: { people: 300, perSecond: 200, rooms: 10, ms: 5_500 },
  storm: { people: 100, seconds: 1 },
  largeSeeds: 14,
};

/** Of devices for which six runs make a shard of 30 s, and of some for which one does. */
const SECONDS_A_RUN = { six: 5, one: 30 };
const HELPERS = 2;
const VOLUNTEERS = 256;
const VIEWERS = 40;
/** Points of a chart when the first result of the measure comes. */
const POINTS = 5_000;
const POINTS_A_RUN = 51;
const RESULTS_A_SECOND = 10;

/** The quick program (51 rows of two columns, 75 checkpoints), all cells of one shape: 1,920 runs. */
const GRID = {
  params: {
    learningRate: Array.from({ length: 32 }, (_, i) => Number((0.1 + 0.01 * i).toFixed(2))),
    momentum: Array.from({ length: 20 }, (_, i) => Number((0.04 * i).toFixed(2))),
    ...{ optimizer: ['momentum'], data: ['chebyshev'], activation: ['tanh'] },
    ...{ depth: [2], width: [32], steps: [1200] },
  },
  seeds: [1, 2, 3],
};
/** One law at 32 learning rates, with seeds enough for intervals: 384 runs. */
const CHART = {
  params: { ...GRID.params, momentum: [0] },
  seeds: Array.from({ length: 12 }, (_, i) => 1 + i),
};
const ONE_RUN = {
  params: { ...GRID.params, learningRate: [0.2], momentum: [0] },
  seeds: [1],
};

/** The value that the share `q` of all values does not exceed. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

/** Lease, submit, acknowledged: as many as the coordinator takes from volunteers that never rest. */
export async function results(target: Target, scale: Scale, wanted: number): Promise<Measured[]> {
  const codes = await target.openRooms(scale.rooms, GRID);
  const all = await work(target, codes, { ...scale, leasedBefore: 0 }, SECONDS_A_RUN.six);
  return [
    rate('results, with their leases and checks', all, `≥ ${wanted}`),
    { what: 'runs in them', value: all.runs / all.seconds, unit: 'runs/s', target: null },
    {
      what: 'segments drawn of them, states shown',
      value: all.asks / all.seconds,
      unit: '1/s',
      target: null,
    },
    p95('lease', all.leaseMs),
    p95('submission', all.submitMs),
    { what: 'processor of the coordinator, a result', value: all.cpuMs, unit: 'ms', target: null },
  ];
}

/** The same of shards of one run, as slow devices get them. */
export async function single(target: Target, scale: Scale): Promise<Measured[]> {
  const codes = await target.openRooms(scale.rooms, GRID);
  const all = await work(target, codes, { ...scale, leasedBefore: 0 }, SECONDS_A_RUN.one);
  return [
    rate('results of a run each, leases and checks', all, null),
    { what: 'runs in these', value: all.runs / all.seconds, unit: 'runs/s', target: null },
    { what: 'segments drawn of these', value: all.asks / all.seconds, unit: '1/s', target: null },
    { what: 'processor of the coordinator, each', value: all.cpuMs, unit: 'ms', target: null },
  ];
}

/** Submissions alone: the leases are taken before. */
export async function submissions(target: Target, scale: Scale): Promise<Measured[]> {
  const codes = await target.openRooms(Math.ceil((scale.leasedBefore * VOLUNTEERS) / 320), GRID);
  const timed = { ...scale, warmUpSeconds: 0, seconds: 60 };
  const all = await work(target, codes, timed, SECONDS_A_RUN.six);
  return [
    rate('results accepted, leased before', all, null),
    p95('submission of these', all.submitMs),
    { what: 'processor at that, a result', value: all.cpuMs, unit: 'ms', target: null },
  ];
}

/** `cpuMs`: processor time of the coordinator for each result. */
type Worked = Done<'volunteers'> & { readonly runs: number; readonly cpuMs: number };

/** Has all volunteers work, and puts together what came of it. */
async function work(
  target: Target,
  codes: readonly string[],
  scale: Pick<Scale, 'warmUpSeconds' | 'seconds' | 'leasedBefore'>,
  secondsARun: number,
): Promise<Worked> {
  const { warmUpSeconds, seconds, leasedBefore } = scale;
  const jobs = Array.from({ length: HELPERS }, (_, i) => ({
    ...{ kind: 'volunteers' as const, url: target.url, perSecond: null, secondsARun },
    codes: [...codes.slice(i), ...codes.slice(0, i)],
    ...{ volunteers: VOLUNTEERS / HELPERS, warmUpSeconds, seconds, leasedBefore },
  }));
  const helpers = await Promise.all(jobs.map((job) => startHelper<'volunteers'>(job)));
  const before = await target.gauges();
  const done = await Promise.all(helpers.map(({ finish }) => finish()));
  const after = await target.gauges();
  const refused = sayAll(done.map((d) => d.refused));
  const accepted = done.flatMap((d) => d.results);
  if (accepted.length === 0) throw new Error('No result was accepted in the time of the measure.');
  return {
    ...{ results: accepted, refused, leaseMs: done.flatMap((d) => d.leaseMs) },
    submitMs: done.flatMap((d) => d.submitMs),
    asks: done.reduce((n, d) => n + d.asks, 0),
    seconds: Math.max(...done.map((d) => d.seconds)),
    runs: accepted.reduce((sum, { runs }) => sum + runs.length, 0),
    cpuMs: cpuBetween(before, after) / (after.accepted - before.accepted),
  };
}

/** Milliseconds of processor time of the coordinator, which neighbours change less than the clock's. */
const cpuBetween = (before: Gauges, after: Gauges) => 1000 * (after.cpuSeconds - before.cpuSeconds);

const rate = (
  what: string,
  { results: all, seconds }: Worked,
  target: string | null,
): Measured => ({
  ...{ what, value: all.length / seconds, unit: 'results/s', target },
});

const p95 = (what: string, ms: readonly number[], target: string | null = null): Measured => ({
  ...{ what: `${what}, p95`, value: quantile(ms, 0.95), unit: 'ms', target },
});

/**
 * From a result to its delta at everybody who looks at the room. When a result was accepted only the
 * coordinator knows: after it was sent, before it was acknowledged. So both are measured.
 */
export async function deltas(target: Target, scale: Scale): Promise<Measured[]> {
  const codes = await target.openRooms(1, CHART);
  const volunteers = {
    ...{ kind: 'volunteers' as const, url: target.url, codes, volunteers: 8, warmUpSeconds: 0 },
    ...{ leasedBefore: 0, secondsARun: SECONDS_A_RUN.six },
  };
  // A shard is six runs.
  const fill = Math.ceil(POINTS / POINTS_A_RUN / 6);
  const filling = {
    ...volunteers,
    volunteers: fill,
    leasedBefore: 1,
    perSecond: null,
    seconds: 30,
  };
  await (await startHelper<'volunteers'>(filling)).finish();
  const viewing = { kind: 'viewers' as const, url: target.url, code: codes[0] ?? '' };
  const watching = await startHelper<'viewers'>({ ...viewing, viewers: VIEWERS });
  const { points } = watching.ready;
  if (points < POINTS) throw new Error(`The chart has ${points} points, and not ${POINTS}.`);
  const pace = { perSecond: RESULTS_A_SECOND, seconds: scale.deltaSeconds };
  const before = await target.gauges();
  const worked = await (await startHelper<'volunteers'>({ ...volunteers, ...pace })).finish();
  const cpuMs = cpuBetween(before, await target.gauges()) / worked.results.length;
  const { told } = await watching.finish();
  const [sinceSent, sinceAcknowledged]: number[][] = [[], []];
  for (const { runs, sentAt, acknowledgedAt } of worked.results) {
    for (const mine of told) {
      const at = Math.max(...runs.map((id) => mine[id] ?? Number.POSITIVE_INFINITY));
      sinceSent?.push(at - sentAt);
      sinceAcknowledged?.push(at - acknowledgedAt);
    }
  }
  const results = worked.results.length / worked.seconds;
  return [
    p95(`result acknowledged → delta at ${VIEWERS} viewers`, sinceAcknowledged ?? [], '< 250'),
    p95('result sent → delta at them', sinceSent ?? []),
    { what: 'results of that measure', value: results, unit: 'results/s', target: null },
    { what: 'processor of the coordinator, each of these', value: cpuMs, unit: 'ms', target: null },
    { what: 'points on the chart, at first', value: points, unit: 'points', target: null },
  ];
}

/** People who are connected, each in one of many rooms, and do nothing. */
export async function idle(target: Target, { idle: scale }: Scale): Promise<Measured[]> {
  const codes = await target.openRooms(scale.rooms, ONE_RUN);
  const empty = await target.gauges();
  const helpers = await Promise.all(
    Array.from({ length: HELPERS }, () =>
      startHelper<'crowd'>({
        ...{ kind: 'crowd', url: target.url, codes },
        ...{ people: scale.people / HELPERS, perSecond: scale.perSecond / HELPERS },
      }),
    ),
  );
  const [arrived, startedAt] = [await target.gauges(), performance.now()];
  await delay(scale.ms);
  const [gauges, took] = [await target.gauges(), (performance.now() - startedAt) / 1000];
  const counts = await Promise.all(helpers.map(({ finish }) => finish()));
  const connected = counts.reduce((sum, one) => sum + one.connected, 0);
  const errors = errorsOf(helpers.map(({ ready }) => ready.errors));
  const who = `${scale.people} idle in ${scale.rooms} rooms`;
  const cores = (gauges.cpuSeconds - arrived.cpuSeconds) / took;
  return [
    {
      ...{ what: `${who}: memory`, value: gauges.memoryMiB, unit: 'MiB', target: '≤ 2048' },
    },
    { what: 'memory before they came', value: empty.memoryMiB, unit: 'MiB', target: null },
    {
      ...{ what: `${who}: connected at both ends`, value: Math.min(connected, gauges.sockets) },
      ...{ unit: 'sockets', target: `= ${scale.people}` },
    },
    { what: `${who}: errors as they came`, value: errors, unit: 'errors', target: '= 0' },
    { what: `${who}: processor`, value: cores, unit: 'cores', target: null },
  ];
}

/** Many who arrive at once, evenly over so many rooms. */
export async function storm(
  target: Target,
  { storm: { people, seconds } }: Scale,
  rooms: number,
): Promise<Measured[]> {
  const codes = await target.openRooms(rooms, ONE_RUN);
  const perSecond = people / seconds;
  const before = await target.gauges();
  const helper = await startHelper<'crowd'>({
    ...{ kind: 'crowd', url: target.url, codes, people, perSecond },
  });
  const { joinMs, errors } = helper.ready;
  const cpuMs = cpuBetween(before, await target.gauges()) / Math.max(1, joinMs.length);
  const { connected } = await helper.finish();
  const who = `${people} join ${rooms === 1 ? 'one room' : `${rooms} rooms`} in ${seconds} s`;
  return [
    { what: `${who}: errors`, value: errorsOf([errors]), unit: 'errors', target: '= 0' },
    { what: `${who}: connected`, value: connected, unit: 'sockets', target: `= ${people}` },
    p95(`${who}: joined`, joinMs),
    { what: `${who}: processor of each`, value: cpuMs, unit: 'ms', target: null },
  ];
}

const errorsOf = (all: readonly Record<string, number>[]): number =>
  Object.values(sayAll(all)).reduce((sum, n) => sum + n, 0);

/** Puts counts of sentences together, and says them. */
function sayAll(all: readonly Record<string, number>[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [why, n] of all.flatMap((one) => Object.entries(one))) tally(counts, why, n);
  for (const [why, n] of Object.entries(counts)) process.stderr.write(`  ${n} × ${why}\n`);
  return counts;
}
