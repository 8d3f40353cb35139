/**
 * Every message between a browser and the coordinator, as zod schemas; the types of both sides are
 * inferred from here. A request is answered exactly once, by a value or by a refusal that a person
 * can read. Numbers of the rules (`P1` …) are those of SPEC.md.
 */
import { z } from 'zod';
import type { DeviceInfo } from '../compute/engines/engine.ts';
import type { PackedRun } from '../compute/engines/result-bytes.ts';
import type { Pack, ProgramSpec } from '../compute/programs/program.ts';
import type { RunOutcome } from '../compute/series.ts';
import type {
  Analysis,
  Config,
  Grid,
  Panel,
  ParamSpec,
  Summary,
  TheoryTrace,
  Trace,
} from '../compute/studies/study.ts';

export const PROTOCOL_VERSION = 3;

/** Upper bounds of what a stranger may send; the coordinator's limits, shown where they bind. */
export const LIMITS = {
  nickname: 32,
  title: 80,
  claim: 2_000,
  reply: 2_000,
  runsPerInvestigation: 2_000,
  params: 32,
  valuesPerParam: 32,
  seeds: 100,
  rowsPerRun: 20_000,
  columnsPerRun: 512,
  runsPerShard: 256,
  roomsPerSocket: 16,
  messageBytes: 16_000_000,
  asksPerAnswer: 256,
  /** Of a snapshot's file, so that it can travel as one message. */
  snapshotBytes: 14_000_000,
  snapshotsPerRoom: 200,
  note: 2_000,
  /** A view's state: the query of the page's address. */
  view: 2_000,
  report: 40_000,
  reportsPerRoom: 100,
  versionsPerReport: 500,
} as const;

// ── Building blocks ────────────────────────────────────────────────────────────────────────────

/** 256 random bits made in the browser, hex. The device's identity is its hash; it never leaves by other ways. */
export const DeviceKey = z.string().regex(/^[0-9a-f]{64}$/);

/** Room codes avoid look-alikes (no 0 O 1 I L); typed in any case, with or without the dash. */
export const RoomCode = z
  .string()
  .max(16)
  .transform((s) => s.toUpperCase().replace(/[^A-Z0-9]/g, ''))
  .pipe(z.string().regex(/^[A-HJKMNP-Z2-9]{6}$/, 'A room code has six letters or digits.'));

/** Of a snapshot: the first 80 bits of its content's SHA-256, in Crockford's base 32. */
export const SnapshotId = z.string().regex(/^[0-9a-hjkmnp-tv-z]{16}$/, 'That is no snapshot.');

const Id = z.string().min(1).max(64);
const Finite = z.number();
const Count = z.int().nonnegative();
const Text = (max: number) => z.string().trim().min(1).max(max);

const Params = z.record(
  z.string().max(40),
  z
    .array(z.union([Finite, z.string().max(40)]))
    .min(1)
    .max(LIMITS.valuesPerParam),
);
const Seeds = z
  .array(
    z
      .int()
      .min(0)
      .max(2 ** 32 - 1),
  )
  .max(LIMITS.seeds)
  .refine((s) => new Set(s).size === s.length, 'Each seed may stand only once.');

export const GridInput = z.object({ params: Params, seeds: Seeds.min(1) });
const Extension = z.object({ params: Params, seeds: Seeds });

const Interval = z
  .tuple([Finite, Finite])
  .refine(([lo, hi]) => lo <= hi, 'The lower end must not be above the upper end.');

/** A rectangle in the data space of one panel. */
export const Region = z.object({ x: Interval, y: Interval });
export type Region = z.infer<typeof Region>;

export const DeviceReport = z.object({
  backend: z.enum(['webgpu', 'wasm', 'cpu']),
  adapter: z.string().max(200).nullable(),
  fallbacks: z.array(z.string().max(400)).max(8),
  build: z.string().max(400),
  numericClass: z.string().max(80).exactOptional(),
}) satisfies z.ZodType<DeviceInfo>;

/** What stands for one run in a result; its numbers and hashes are in the result's blobs. */
export const RunSubmission = z.object({
  run: Id,
  rows: z.int().min(1).max(LIMITS.rowsPerRun),
  columns: z.array(z.string().max(40)).max(LIMITS.columnsPerRun),
  outcome: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('completed') }),
    z.object({ kind: z.literal('diverged'), step: Count }),
  ]) satisfies z.ZodType<RunOutcome>,
  checkpoints: z.int().min(0).max(LIMITS.rowsPerRun),
}) satisfies z.ZodType<PackedRun>;
export type RunSubmission = z.infer<typeof RunSubmission>;

// ── Connection ─────────────────────────────────────────────────────────────────────────────────

/** Socket.io `auth` of the handshake. A wrong one is refused with a sentence before any event. */
export const Handshake = z.object({ protocol: z.int(), deviceKey: DeviceKey });
export type Handshake = z.infer<typeof Handshake>;

// ── Requests: browser → coordinator ────────────────────────────────────────────────────────────

/** Input of each request, by event name. */
export const Requests = {
  'investigation.open': z.object({
    study: z.string().max(40),
    title: z.string().trim().max(LIMITS.title),
    grid: GridInput,
    null: z.boolean(),
  }),
  'investigation.control': z.discriminatedUnion('action', [
    z.object({ action: z.enum(['pause', 'resume', 'conclude']), code: RoomCode }),
    /** New values of parameters, crossed with all there are, and new seeds, for every cell. */
    z.object({ action: z.literal('extend'), code: RoomCode, ...Extension.shape }),
  ]),
  'room.join': z.object({ code: RoomCode }),
  'room.leave': z.object({ code: RoomCode }),
  /** Everything after sequence number `from`; 0 is a full snapshot. */
  'room.sync': z.object({ code: RoomCode, from: Count }),
  'device.rename': z.object({ nickname: Text(LIMITS.nickname) }),
  /** Without a code: of whichever investigation has had least lately. */
  'lease.request': z.object({ code: RoomCode.nullable(), device: DeviceReport }),
  /** Run-steps done of this lease; renews both deadlines. */
  'lease.progress': z.object({ shard: Id, attempt: Count, done: Count }),
  'lease.release': z.object({
    shard: Id,
    attempt: Count,
    reason: z.enum(['stopped', 'hidden', 'failed']),
    detail: z.string().max(500).optional(),
  }),
  'result.submit': z.object({
    shard: Id,
    attempt: Count,
    device: DeviceReport,
    runs: z.array(RunSubmission).min(1).max(LIMITS.runsPerShard),
    /** How long the training took: the next shard is sized by it. */
    seconds: z.number().positive().max(1e7).optional(),
    /** See `result-bytes.ts`. Blobs for all runs, as Socket.io's parser takes at most ten in a message. */
    values: z.instanceof(Uint8Array).refine((b) => b.byteLength % 4 === 0, {
      message: 'The values must be whole Float32 numbers.',
    }),
    hashes: z.instanceof(Uint8Array),
  }),
  /**
   * The committed states at the ends of segments that are to be replayed, one after another in
   * `states`, and how many bytes each has; null where none is needed (step 0, a divergence), or where
   * the volunteer has none: its result then leaves.
   */
  'audit.answer': z.object({
    answers: z
      .array(z.object({ audit: Id, start: Count.nullable(), end: Count.nullable() }))
      .min(1)
      .max(LIMITS.asksPerAnswer),
    states: z.instanceof(Uint8Array),
  }),
  'claim.add': z.object({
    code: RoomCode,
    panel: z.string().max(40),
    region: Region,
    text: Text(LIMITS.claim),
    /** The evidence version it was made on: the sequence number that the author's chart showed. */
    evidence: Count,
  }),
  'claim.reply': z.object({ claim: Id, text: Text(LIMITS.reply) }),
  /** Takes back one's own claim; it stays on record as withdrawn. */
  'claim.withdraw': z.object({ claim: Id }),
  /** Freezes the room as it is, to be cited. */
  'snapshot.take': z.object({
    code: RoomCode,
    title: Text(LIMITS.title),
    note: z.string().trim().max(LIMITS.note),
    view: z.string().max(LIMITS.view),
  }),
  /** The file of a snapshot that was taken at another coordinator. */
  'snapshot.import': z.object({
    file: z
      .instanceof(Uint8Array)
      .refine((b) => b.byteLength <= LIMITS.snapshotBytes, 'The file is too large.'),
  }),
  /** A first version (report null), or the next one of a report; `after` is the version it was made from. */
  'report.save': z.object({
    code: RoomCode,
    report: Id.nullable(),
    after: Count,
    title: Text(LIMITS.title),
    body: Text(LIMITS.report),
    /** Whose numbers its charts show: a snapshot's, or (null) the room's as they come. */
    snapshot: SnapshotId.nullable(),
  }),
  /** What was frozen and written in a room. */
  'room.shared': z.object({ code: RoomCode }),
} as const;

export type RequestName = keyof typeof Requests;
/** What a client may pass (before transforms) and what the coordinator reads (after). */
export type RequestInput<N extends RequestName> = z.input<(typeof Requests)[N]>;
export type RequestValue<N extends RequestName> = z.output<(typeof Requests)[N]>;

/** Every reason for which a request can be refused. */
export const REFUSALS = [
  'bad-message',
  'not-found',
  'not-allowed',
  'bad-grid',
  'no-work',
  'not-running',
  'lease-lost',
  'lease-expired',
  'invalid-result',
  'stopped',
  'too-many',
  'closing',
  'internal',
] as const;
export type RefusalReason = (typeof REFUSALS)[number];

/** Refusals of the moment: the same message may be taken later, or by another coordinator. */
export const PASSING: ReadonlySet<RefusalReason> = new Set(['too-many', 'closing', 'internal']);

/** `data` of a refused handshake that may be tried again; without it, trying again is of no use. */
export const HandshakeRetry = z.object({ retryInMs: z.number() });

export type Refusal = {
  readonly ok: false;
  readonly reason: RefusalReason;
  /** One or two sentences: what happened, what to do. */
  readonly message: string;
  /** Ask again after so many milliseconds. */
  readonly retryInMs?: number;
};
export type Reply<T> = { readonly ok: true; readonly value: T } | Refusal;

/** Value of each reply, by event name. */
export interface Replies {
  'investigation.open': { readonly code: string };
  'investigation.control': { readonly state: InvestigationState };
  'room.join': RoomSnapshot;
  'room.leave': null;
  'room.sync': Delta;
  'device.rename': { readonly nickname: string };
  'lease.request': Lease;
  'lease.progress': Deadlines;
  'lease.release': null;
  /** `superseded`: another attempt was accepted first; this one was valid and is not counted. */
  'result.submit': {
    readonly outcome: 'accepted' | 'already-accepted' | 'superseded';
    /** Segments whose states are asked for now, to be replayed. */
    readonly asks: readonly Ask[];
  };
  'audit.answer': null;
  'claim.add': { readonly claim: string };
  'claim.reply': { readonly reply: string };
  'claim.withdraw': null;
  'snapshot.take': { readonly snapshot: string };
  /** `known`: it was here already, and nothing changed. */
  'snapshot.import': { readonly snapshot: string; readonly known: boolean };
  'report.save': { readonly report: string; readonly version: number };
  'room.shared': Shared;
}

// ── Pushes: coordinator → browser ──────────────────────────────────────────────────────────────

export interface Pushes {
  'room.delta': Delta;
  'room.presence': Presence;
}

/** Show the states that you committed at these steps of a run. */
export interface Ask {
  readonly audit: string;
  readonly run: string;
  readonly from: number;
  readonly to: number;
}

// ── Views ──────────────────────────────────────────────────────────────────────────────────────

export type InvestigationState = 'running' | 'paused' | 'concluded';

/** Of people in a room, each may do what those before it may. */
export const ROLES = ['viewer', 'guest', 'volunteer', 'annotator', 'instructor', 'owner'] as const;
export type Role = (typeof ROLES)[number];

/** What can be done in a room, and the least role that may. */
const LEAST_ROLE = {
  watch: 'viewer',
  /** Be seen, with a cursor. */
  appear: 'guest',
  train: 'volunteer',
  /** Write claims and replies. */
  annotate: 'annotator',
  /** Take snapshots, write reports. */
  publish: 'annotator',
  /** Lead: be followed, freeze, anonymise. */
  present: 'instructor',
  moderate: 'instructor',
  /** Pause, resume, extend. */
  steer: 'instructor',
  /** Conclude, give roles and invitations. */
  own: 'owner',
} as const satisfies Record<string, Role>;
export type Act = keyof typeof LEAST_ROLE;

export const leastRole = (act: Act): Role => LEAST_ROLE[act];

/** Whether this role may do that; the coordinator checks it, pages hide what it would refuse. */
export function mayAct(role: Role, act: Act): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(LEAST_ROLE[act]);
}

export interface InvestigationView {
  readonly code: string;
  readonly study: string;
  readonly studyVersion: string;
  readonly title: string;
  readonly grid: Grid;
  readonly null: boolean;
  readonly state: InvestigationState;
  /** Why this version of the study was stopped everywhere, in a sentence; null if it was not. */
  readonly stopped: string | null;
  readonly openedBy: string;
  /** ISO 8601. */
  readonly openedAt: string;
}

export interface RoomSnapshot {
  readonly self: { readonly id: string; readonly nickname: string; readonly role: Role };
  readonly presence: Presence;
  readonly delta: Delta;
}

export interface Member {
  /** Public id of the device, not its key. */
  readonly id: string;
  readonly nickname: string;
  readonly role: Role;
  /** What this member computes right now, or null. */
  readonly work: Work | null;
}

export interface Work {
  readonly shard: string;
  readonly backend: string;
  readonly adapter: string | null;
  readonly runs: readonly string[];
  /** Cell index and seed of each run, in the order of `runs`. */
  readonly cells: readonly number[];
  readonly seeds: readonly number[];
  /** Run-steps done, of so many. */
  readonly done: number;
  readonly total: number;
}

/** Who is here and who computes what; whole each time, sent when it changes (≤ 2 Hz). */
export interface Presence {
  readonly code: string;
  readonly members: readonly Member[];
  /** Seconds until the last run at the present pace; null while unknown. */
  readonly etaSeconds: number | null;
}

/** Mean over the seeds of one cell at each x, with a 95% Student t interval (null where n < 2). */
export interface AggregateLine {
  readonly line: string;
  readonly x: readonly number[];
  readonly mean: readonly number[];
  readonly lo: readonly (number | null)[];
  readonly hi: readonly (number | null)[];
  readonly n: readonly number[];
}

export interface CellView {
  readonly index: number;
  readonly config: Config;
  /** Runs accepted, of so many seeds. */
  readonly done: number;
  readonly of: number;
  readonly diverged: number;
  /** By panel id. */
  readonly lines: Readonly<Record<string, readonly AggregateLine[]>>;
}

/**
 * One accepted run: faint on the chart, thinned to what a chart can show. Hollow while it is
 * provisional, solid once it is verified.
 */
export interface RunView {
  readonly id: string;
  readonly cell: number;
  readonly seed: number;
  readonly outcome: RunOutcome;
  readonly by: string;
  /** Public id of the device that trained it. */
  readonly device: string;
  readonly backend: string;
  readonly verified: boolean;
  /** The few numbers that the verdict stands on. */
  readonly summary: Summary;
  /** By panel id. */
  readonly traces: Readonly<Record<string, readonly Trace[]>>;
}

export interface ReplyView {
  readonly id: string;
  readonly author: string;
  readonly authorName: string;
  readonly text: string;
  readonly at: string;
}

export interface ClaimView {
  readonly id: string;
  readonly author: string;
  readonly authorName: string;
  readonly panel: string;
  readonly region: Region;
  readonly text: string;
  readonly at: string;
  readonly evidence: number;
  /** Runs with a point inside the region when the claim was made. */
  readonly runs: readonly string[];
  readonly withdrawn: boolean;
  readonly replies: readonly ReplyView[];
}

/**
 * What changed after sequence number `from`, up to `to`. `from` 0 is a snapshot: it replaces all.
 * A client whose own number differs from `from` has a gap and asks `room.sync` (D1).
 */
export interface Delta {
  readonly code: string;
  readonly from: number;
  readonly to: number;
  readonly investigation: InvestigationView;
  /** Only what changed; whole objects, replacing those of the same index or id. */
  readonly cells: readonly CellView[];
  readonly runs: readonly RunView[];
  /** Runs whose results left again: they did not stand up to verification. */
  readonly gone: readonly string[];
  readonly claims: readonly ClaimView[];
  readonly analysis: Analysis;
  readonly progress: {
    readonly runs: number;
    readonly ofRuns: number;
    /** Of `runs`, how many stood up to verification. */
    readonly verified: number;
    /** Results (of a shard each) that left again. */
    readonly withdrawn: number;
  };
}

// ── Sharing ────────────────────────────────────────────────────────────────────────────────────

/** What was frozen and written in a room, newest first. */
export interface Shared {
  readonly snapshots: readonly SharedItem[];
  readonly reports: readonly SharedItem[];
}

export interface SharedItem {
  readonly id: string;
  readonly title: string;
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
}

/** A panel with what the theory drew when it was frozen; `cell` counts within the frozen cells. */
export type FrozenPanel = Pick<
  Panel,
  'id' | 'title' | 'caption' | 'x' | 'y' | 'draw' | 'colorBy'
> & { readonly theory: readonly TheoryTrace[] };

/** A room at one sequence number, complete by itself: what a snapshot's hash is of. */
export interface SnapshotContent {
  readonly title: string;
  readonly note: string;
  /** State of the view when it was taken: a query string. */
  readonly view: string;
  readonly takenBy: string;
  /** ISO 8601. */
  readonly takenAt: string;
  readonly sequence: number;
  /** 128 random bits, hex: without the link nobody finds a snapshot. */
  readonly nonce: string;
  /** Single runs are thinned to so many points a line; null: as the room shows them. */
  readonly pointsPerLine: number | null;
  readonly study: {
    readonly id: string;
    readonly version: string;
    readonly title: string;
    readonly statement: string;
    readonly params: readonly ParamSpec[];
    readonly panels: readonly FrozenPanel[];
  };
  readonly investigation: {
    readonly code: string;
    readonly title: string;
    readonly grid: Grid;
    readonly null: boolean;
    readonly state: InvestigationState;
    readonly openedBy: string;
    readonly openedAt: string;
  };
  readonly cells: readonly CellView[];
  readonly runs: readonly RunView[];
  readonly claims: readonly ClaimView[];
  readonly analysis: Analysis;
  readonly progress: Delta['progress'];
}

/** What this coordinator knows of a snapshot besides its content. */
export interface SnapshotAbout {
  readonly id: string;
  /** Hex, of the content in canonical JSON (RFC 8785). */
  readonly sha256: string;
  readonly imported: boolean;
  /** ISO 8601: when it was taken or imported here. */
  readonly storedAt: string;
  /** Code of the room it was taken in, if that is here. */
  readonly room: string | null;
  /** Version of its study that this coordinator has now, or null. */
  readonly studyHere: string | null;
}

export interface SnapshotView {
  readonly about: SnapshotAbout;
  readonly content: SnapshotContent;
}

export interface ReportView {
  readonly id: string;
  readonly code: string;
  /** Public id of its author. */
  readonly author: string;
  readonly authorName: string;
  readonly version: number;
  readonly title: string;
  readonly body: string;
  readonly snapshot: string | null;
  /** ISO 8601, of this version. */
  readonly at: string;
  /** All versions, the newest first. */
  readonly versions: readonly { readonly version: number; readonly at: string }[];
}

const When = z.string().max(40);

/** Where a run comes from: all that its card shows. */
export const PointCard = z.object({
  run: Id,
  code: RoomCode,
  study: z.string(),
  studyVersion: z.string(),
  null: z.boolean(),
  cell: Count,
  seed: Count,
  config: z.record(z.string(), z.union([Finite, z.string()])),
  program: z.record(z.string(), z.unknown()),
  hyper: z.record(z.string(), Finite),
  outcome: RunSubmission.shape.outcome.nullable(),
  verified: z.boolean(),
  summary: z.record(z.string(), Finite.nullable()),
  /** Relative deviation of a replayed segment within which honest devices lie. */
  tolerance: Finite,
  /** Of the device whose result counts. */
  device: DeviceReport.nullable(),
  /** How many runs the shard has in which it was trained. */
  together: Count,
  attempts: z.array(
    z.object({
      number: Count,
      by: z.string(),
      backend: z.string().nullable(),
      adapter: z.string().nullable(),
      at: When,
      state: z.enum(['active', 'away', 'accepted', 'superseded', 'invalid', 'withdrawn']),
      seconds: Finite.nullable(),
    }),
  ),
  checkpoints: z.array(z.object({ step: Count, sha256: z.string() })),
  audits: z.array(
    z.object({
      from: Count,
      to: Count,
      attempt: Count,
      state: z.enum(['asked', 'open', 'valid', 'invalid', 'inconclusive', 'declined']),
      replayer: z.string().nullable(),
      /** Relative; null while there is none. */
      deviation: Finite.nullable(),
      at: When,
    }),
  ),
});
export type PointCard = z.infer<typeof PointCard>;

// ── Leases ─────────────────────────────────────────────────────────────────────────────────────

/** Milliseconds from receipt: clocks of strangers are not compared. */
export interface Deadlines {
  /** After this without progress, the shard is leased to somebody else as well. */
  readonly softMs: number;
  /** After this, a result of this attempt is refused. */
  readonly hardMs: number;
}

export interface Lease {
  readonly shard: string;
  readonly attempt: number;
  readonly code: string;
  readonly study: string;
  readonly pack: Pack;
  readonly deadlines: Deadlines;
}

/** Work of a pack in run-steps: optimizer updates times runs. */
export function runSteps(program: ProgramSpec, runs: number): number {
  return program.steps * runs;
}

// ── Socket.io event maps ───────────────────────────────────────────────────────────────────────

export type ClientToServer = {
  [N in RequestName]: (input: RequestInput<N>, reply: (r: Reply<Replies[N]>) => void) => void;
};
export type ServerToClient = { [N in keyof Pushes]: (value: Pushes[N]) => void };
