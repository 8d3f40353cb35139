/**
 * Every message between a browser and the coordinator, as zod schemas; the types of both sides are
 * inferred from here. A request is answered exactly once, by a value or by a refusal that a person
 * can read. Numbers of the rules (`P1` …) are those of SPEC.md.
 */
import { z } from 'zod';
import type { CarriedHeader, PackedCarried } from '../compute/engines/carried.ts';
import type { DeviceInfo } from '../compute/engines/engine.ts';
import type { PackedRun } from '../compute/engines/result-bytes.ts';
import type { Pack } from '../compute/programs/program.ts';
import type { RunOutcome } from '../compute/series.ts';
import { QUESTION_IDS, type QuestionId } from '../compute/studies/questions.ts';
import type {
  Analysis,
  Config,
  Grid,
  Panel,
  ParamSpec,
  Summary,
  TheoryTrace,
  Trace,
  Verdict,
} from '../compute/studies/study.ts';
import {
  InvitationCode,
  LIMITS,
  type RefusalReason,
  ROLES,
  type Role,
  RoomCode,
} from './vocabulary.ts';

// ── Building blocks ────────────────────────────────────────────────────────────────────────────

/** 256 random bits made in the browser, hex. The device's identity is its hash; it goes into handshakes, and into what signs in. */
export const DeviceKey = z.string().regex(/^[0-9a-f]{64}$/);

const [, ...RANKED] = ROLES;
/** A role that a member of a room can be given; giving `owner` hands the room over. */
const GivenRole = z.enum(RANKED);
export type MemberRole = Exclude<z.infer<typeof GivenRole>, 'owner'>;
/** What the room code makes of a newcomer. */
const DoorRole = z.enum(['guest', 'volunteer', 'annotator']);
export type DoorRole = z.infer<typeof DoorRole>;
const InvitedRole = z.enum(['viewer', 'guest', 'volunteer', 'annotator', 'instructor']);
export type InvitedRole = z.infer<typeof InvitedRole>;
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

/** Where a pointer is, in the data space of a panel; null: over none, or not to be shown. */
const CursorAt = z.object({ panel: z.string().max(40), x: Finite, y: Finite }).nullable();
export type CursorAt = z.infer<typeof CursorAt>;

/** What a presenter looks at, for those who follow. */
export const PresentedView = z.object({
  /** The panel at the top of the window, or null above the first. */
  panel: z.string().max(40).nullable(),
  /** Index of the cell that stands alone. */
  cell: Count.nullable(),
  /** Id of the claim that is highlighted. */
  claim: Id.nullable(),
  /** The rest of the view's state, as the page keeps it in its address: search parameters. */
  params: z
    .string()
    .max(LIMITS.viewParams)
    .regex(/^[\w\-.~!*'()%+&=,:;@$/]*$/, 'These are no search parameters.'),
});
export type PresentedView = z.infer<typeof PresentedView>;
const PanelId = z.string().max(40);

/** What a claim is about, in data coordinates: nothing here depends on how it was drawn. */
export const Anchor = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('region'), panel: PanelId, region: Region }),
  /** All that lies between two values of x. */
  z.object({ kind: z.literal('range'), panel: PanelId, x: Interval }),
  /** A point that one run shows, or the mean of a cell there; y is the coordinator's. */
  z.object({
    ...{ kind: z.literal('point'), panel: PanelId, line: z.string().max(200) },
    of: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('run'), run: Id }),
      z.object({ kind: z.literal('cell'), cell: Count }),
    ]),
    ...{ x: Finite, y: Finite },
  }),
  /** A number of the analysis by its name, or (null) the verdict. */
  z.object({ kind: z.literal('fit'), fit: z.string().max(80).nullable() }),
]);
export type Anchor = z.infer<typeof Anchor>;

/** Devices that a text may name by “@nickname”: those that it does not name are left out. */
const Mentions = z.array(Id).max(LIMITS.mentions).default([]);
const ClaimText = { text: Text(LIMITS.claim), mentions: Mentions };
const ReplyText = { text: Text(LIMITS.reply), mentions: Mentions };
/** Something that somebody wrote. */
const Written = z.object({ kind: z.enum(['claim', 'reply']), id: Id });
export type Written = z.infer<typeof Written>;

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

/** Where a run stands in a room: runs are told in the order of cells, and of seeds within one. */
const RunPlace = z.object({ cell: Count, seed: Count });
export type RunPlace = z.infer<typeof RunPlace>;

/** What is handed over of a run; see `carried.ts`. */
const CarriedRunHeader = z.object({
  run: Id,
  rows: z.int().min(1).max(LIMITS.rowsPerRun),
  columns: z.array(z.string().max(40)).max(LIMITS.columnsPerRun),
  diverged: Count.nullable(),
  checkpoints: z.int().min(1).max(LIMITS.rowsPerRun),
  state: Count.nullable(),
}) satisfies z.ZodType<CarriedHeader>;

const CarriedBytes = z.object({
  step: z.int().positive(),
  runs: z.array(CarriedRunHeader).min(1).max(LIMITS.runsPerShard),
  values: z.instanceof(Uint8Array).refine((b) => b.byteLength % 4 === 0, {
    message: 'The values must be whole Float32 numbers.',
  }),
  hashes: z.instanceof(Uint8Array),
  states: z.instanceof(Uint8Array).refine((b) => b.byteLength <= LIMITS.handoverBytes, {
    message: 'The states are too large to be handed over.',
  }),
}) satisfies z.ZodType<PackedCarried>;

/** A part of a run that one device trained, and what was committed at its ends. */
export const Leg = z.object({
  attempt: Count,
  from: Count,
  to: Count,
  /** Hash of the state that it began with, and of the one that it ended with; null where a run diverged. */
  began: z.string().nullable(),
  ended: z.string().nullable(),
});
export type Leg = z.infer<typeof Leg>;

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
    /** The open question that it is for: it is then listed there for everybody. */
    question: z.enum(QUESTION_IDS).exactOptional(),
  }),
  'investigation.control': z.discriminatedUnion('action', [
    z.object({ action: z.enum(['pause', 'resume', 'conclude']), code: RoomCode }),
    /** New values of parameters, crossed with all there are, and new seeds, for every cell. */
    z.object({ action: z.literal('extend'), code: RoomCode, ...Extension.shape }),
  ]),
  /** With an invitation: in by it, if the door is closed or gives less. */
  'room.join': z.object({ code: RoomCode, invitation: z.optional(InvitationCode) }),
  'room.leave': z.object({ code: RoomCode }),
  /** Everything after sequence number `from`; 0 is a full snapshot. */
  'room.sync': z.object({ code: RoomCode, from: Count }),
  /** Runs of a room whose snapshot has none, from the first (null), or those after the last of a page. */
  'room.runs': z.object({ code: RoomCode, after: RunPlace.nullable() }),
  /** Whether the room code admits newcomers, and as what. */
  'room.door': z.object({ code: RoomCode, open: z.boolean(), role: DoorRole }),
  /** Presents oneself to the room, or ends whoever's presentation. */
  'room.present': z.object({ code: RoomCode, on: z.boolean() }),
  /** Everybody's charts stand at the evidence version of now, until they are let go on. */
  'room.freeze': z.object({ code: RoomCode, on: z.boolean() }),
  /** What the charts of a frozen room stand still at, for whoever did not see it then. */
  'room.frozen': z.object({ code: RoomCode }),
  /** Names of people become numbers for all but instructors and the owner. */
  'room.anonymise': z.object({ code: RoomCode, on: z.boolean() }),
  /** Gives a member of the room a role; `owner` hands the room over, and makes its owner an instructor. */
  'member.role': z.object({ code: RoomCode, member: Id, role: GivenRole }),
  'invitation.add': z.object({
    code: RoomCode,
    role: InvitedRole,
    /** For so many hours; null: until it is revoked. */
    hours: z.number().positive().max(LIMITS.invitationHours).nullable(),
  }),
  'invitation.list': z.object({ code: RoomCode }),
  'invitation.revoke': z.object({ code: RoomCode, invitation: InvitationCode }),
  /** What the presenter looks at now: passed on, and kept nowhere. */
  'present.view': z.object({ code: RoomCode, view: PresentedView }),
  /** Sent without asking for an answer, 30 times a second at most. */
  'cursor.move': z.object({ code: RoomCode, at: CursorAt }),
  /** Everybody who came into the room, present or away: whom a text may name. */
  'room.people': z.object({ code: RoomCode }),
  'device.rename': z.object({ nickname: Text(LIMITS.nickname) }),
  /** A code by which another browser becomes this same person. */
  'device.transfer': z.object({}),
  /** Becomes the person whose code this is; counts from the next connection. */
  'device.link': z.object({ transfer: InvitationCode }),
  /** Ends that: this browser is itself again, from the next connection. */
  'device.unlink': z.object({}),
  /** Without a code: of whichever investigation has had least lately. */
  'lease.request': z.object({ code: z.nullable(RoomCode), device: DeviceReport }),
  /** Run-steps done of this lease; renews both deadlines. */
  'lease.progress': z.object({ shard: Id, attempt: Count, done: Count }),
  /** Everything of a leased shard up to a committed step, so that somebody else can go on from there. */
  'lease.handover': z.object({
    shard: Id,
    attempt: Count,
    device: DeviceReport,
    ...CarriedBytes.shape,
  }),
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
    anchor: Anchor,
    ...ClaimText,
    /** The evidence version it was made on: the sequence number that the author's chart showed. */
    evidence: Count,
  }),
  /** A new version of one's own claim; without an anchor, it stands on what it stood on. */
  'claim.edit': z.object({
    ...{ claim: Id, ...ClaimText, anchor: Anchor.optional(), evidence: Count },
  }),
  /** A new version, of the same words, that stands on the evidence of this number. */
  'claim.reaffirm': z.object({ claim: Id, evidence: Count }),
  /** Takes back what one wrote; it stays on record, and one can bring it back. */
  'claim.withdraw': Written,
  'claim.restore': Written,
  'claim.resolve': z.object({ claim: Id, resolved: z.boolean() }),
  'claim.history': z.object({ claim: Id }),
  'claim.reply': z.object({ claim: Id, ...ReplyText }),
  'reply.edit': z.object({ reply: Id, ...ReplyText }),
  /** What the room is not shown and the asker may read: her own, or to moderate. */
  'claims.queue': z.object({ code: RoomCode }),
  'claims.moderate': z.discriminatedUnion('action', [
    z.object({ action: z.enum(['approve', 'unhide']), what: Written }),
    z.object({ action: z.literal('hide'), what: Written, reason: Text(LIMITS.reason) }),
    /** Whether what is written from now on waits to be approved. */
    z.object({ action: z.literal('policy'), code: RoomCode, wait: z.boolean() }),
  ]),
  'claims.log': z.object({ code: RoomCode }),
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
  'room.runs': RunsPage;
  'room.door': null;
  'room.present': null;
  'room.freeze': null;
  'room.frozen': FrozenEvidence;
  'room.anonymise': null;
  'member.role': null;
  'invitation.add': InvitationView;
  'invitation.list': readonly InvitationView[];
  'invitation.revoke': null;
  'present.view': null;
  'cursor.move': null;
  'room.people': readonly RoomPerson[];
  'device.rename': { readonly nickname: string };
  'device.transfer': { readonly transfer: string; readonly expiresInMs: number };
  'device.link': { readonly nickname: string };
  'device.unlink': null;
  'lease.request': Lease;
  'lease.progress': Deadlines;
  /** Segments whose states are asked for now: nobody goes on from it before they were replayed. */
  'lease.handover': { readonly asks: readonly Ask[] };
  'lease.release': null;
  /** `superseded`: another attempt was accepted first; this one was valid and is not counted. */
  'result.submit': {
    readonly outcome: 'accepted' | 'already-accepted' | 'superseded';
    /** Segments whose states are asked for now, to be replayed. */
    readonly asks: readonly Ask[];
  };
  'audit.answer': null;
  'claim.add': { readonly claim: string };
  'claim.edit': null;
  'claim.reaffirm': null;
  'claim.withdraw': null;
  'claim.restore': null;
  'claim.resolve': null;
  'claim.history': readonly ClaimVersion[];
  'claim.reply': { readonly reply: string };
  'reply.edit': null;
  'claims.queue': ClaimQueue;
  'claims.moderate': null;
  'claims.log': readonly ModerationEntry[];
  'snapshot.take': { readonly snapshot: string };
  /** `known`: it was here already, and nothing changed. */
  'snapshot.import': { readonly snapshot: string; readonly known: boolean };
  'report.save': { readonly report: string; readonly version: number };
  'room.shared': Shared;
}

// ── Pushes: coordinator → browser ──────────────────────────────────────────────────────────────

export interface Pushes {
  'room.delta': Delta;
  /** What the runs say, worked out after their points were told. */
  'room.verdict': VerdictPush;
  'room.presence': Presence;
  /** Pointers that moved. */
  'room.cursors': Cursors;
  /** What the presenter of a room looks at. */
  'present.view': { readonly code: string; readonly view: PresentedView };
}

export interface Cursors {
  readonly code: string;
  readonly cursors: readonly { readonly member: string; readonly at: CursorAt }[];
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
  /** What is written waits until a moderator approves it. */
  readonly claimsWait: boolean;
  readonly openedBy: string;
  /** ISO 8601. */
  readonly openedAt: string;
  readonly room: RoomSettings;
}

/** How a room is led. */
export interface RoomSettings {
  readonly door: { readonly open: boolean; readonly role: DoorRole };
  readonly presenter: { readonly id: string; readonly nickname: string } | null;
  /** The evidence version at which it was frozen, or null. */
  readonly frozen: number | null;
  readonly anonymous: boolean;
}

export interface InvitationView {
  readonly invitation: string;
  readonly role: InvitedRole;
  /** ISO 8601; null: until it is revoked. */
  readonly expiresAt: string | null;
  readonly state: 'valid' | 'expired' | 'revoked';
  readonly uses: number;
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
  /** How many more watch by a link for viewing only. */
  readonly viewers: number;
  /** Seconds until the last run at the present pace; null while unknown. */
  readonly etaSeconds: number | null;
  /** The cell that is trained next; null while nothing waits to be leased, or the room does not run. */
  readonly next: NextCell | null;
  /** Runs whose results left again, not standing up to verification, and that are not in anew yet; a thousand at most. */
  readonly left: readonly { readonly cell: number; readonly seed: number }[];
  /** Runs of a later stage that wait for those that they stand on (T1). */
  readonly waiting: number;
}

/** Which cell goes next, and why. */
export interface NextCell {
  readonly cell: number;
  /** `turn`: seeds go in their order. `widest`: its effect is known least (S5). */
  readonly why: 'turn' | 'widest';
  /** Half the 95% interval of the effect there; null with fewer than two values, and of `turn`. */
  readonly half: number | null;
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

/** Somebody who came into a room, under the name that the asker sees. */
export interface RoomPerson {
  readonly id: string;
  readonly nickname: string;
}

/** Somebody whom a text names, under the name that stands in it. */
export interface Mention {
  readonly id: string;
  readonly name: string;
}

export interface ReplyView {
  readonly id: string;
  readonly author: string;
  readonly authorName: string;
  readonly text: string;
  readonly mentions: readonly Mention[];
  readonly at: string;
  /** When its text was last changed; null if never. */
  readonly editedAt: string | null;
}

export interface ClaimView {
  readonly id: string;
  readonly author: string;
  readonly authorName: string;
  readonly anchor: Anchor;
  readonly text: string;
  readonly mentions: readonly Mention[];
  readonly at: string;
  /** 1 until it is edited or reaffirmed; all versions are in its history. */
  readonly version: number;
  /** When this version was made. */
  readonly versionAt: string;
  /** The evidence version that this version stands on. */
  readonly evidence: number;
  /** Runs with a point inside then; of a fit and of a mean, none are listed. */
  readonly runs: readonly string[];
  /** What it stands on, as a sentence with its numbers. */
  readonly stoodOn: string;
  /** *Evidence changed*: what is otherwise now, in sentences; empty while nothing is. */
  readonly changed: readonly string[];
  readonly resolved: { readonly by: string; readonly byName: string; readonly at: string } | null;
  readonly replies: readonly ReplyView[];
  /** How many of its replies wait to be approved, and how many are hidden. */
  readonly waiting: number;
  readonly hidden: number;
}

/** Why something is not shown to the room. */
export type Withheld = 'waiting' | 'hidden' | 'withdrawn';

/** A claim of which the room is told nothing else. */
export interface WithheldClaim {
  readonly id: string;
  readonly why: Withheld;
  /** Of its last change. */
  readonly seq: number;
}

interface NotShown {
  readonly why: Withheld;
  /** Why a moderator hid it; null if none did. */
  readonly reason: string | null;
}
export type QueuedClaim = ClaimView & NotShown;
export type QueuedReply = ReplyView & NotShown & { readonly claim: string };

export interface ClaimQueue {
  readonly claims: readonly QueuedClaim[];
  readonly replies: readonly QueuedReply[];
}

export interface ClaimVersion {
  readonly version: number;
  readonly what: 'made' | 'edited' | 'reaffirmed';
  readonly text: string;
  readonly anchor: Anchor;
  readonly evidence: number;
  readonly stoodOn: string;
  readonly at: string;
}

/** An act of a moderator, with what it was about. */
export interface ModerationEntry {
  readonly id: string;
  readonly at: string;
  readonly byName: string;
  readonly action: 'approve' | 'hide' | 'unhide' | 'wait' | 'free';
  /** Id of the claim or reply; null where the act is about the room. */
  readonly what: Written | null;
  readonly authorName: string | null;
  /** What is written there now. */
  readonly text: string | null;
  readonly reason: string | null;
}

/**
 * What a law that was fitted to the smaller sizes said of the largest one before the first run of it was
 * accepted. It is never rewritten; `came` is what was measured there since.
 */
export interface PredictionView {
  readonly id: string;
  /** What was predicted: "the variance between seeds at width N = 2048". */
  readonly label: string;
  readonly panel: string;
  readonly law: string;
  readonly x: number;
  readonly predicted: number;
  /** Holds the number of so many seeds with this probability, if the law holds. */
  readonly interval: readonly [number, number];
  readonly probability: number;
  readonly seeds: number;
  /** Sizes that the law was fitted to, and how many runs they had. */
  readonly sizes: readonly number[];
  readonly runs: number;
  /** Evidence version that it was made on, and when (ISO 8601). */
  readonly evidence: number;
  readonly at: string;
  /** Null until a run of the predicted size is in. */
  readonly came: {
    readonly value: number;
    readonly seeds: number;
    readonly inside: boolean;
    /** As many seeds are in as the interval is for. */
    readonly complete: boolean;
  } | null;
  /**
   * Evidence it stood on has left: of so many of `runs` the results did not stand up to verification.
   * `now`: what the law says by those that stand, or null where they say too little. Absent: all stand.
   */
  readonly left?: {
    readonly runs: number;
    readonly now: Pick<PredictionView, 'predicted' | 'interval'> | null;
  };
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
  /** A snapshot of too many runs for one message has none of them: they are asked for (`room.runs`). */
  readonly runsAside: boolean;
  /** Runs whose results left again: they did not stand up to verification. */
  readonly gone: readonly string[];
  readonly claims: readonly ClaimView[];
  /** Claims that the room is not shown (any more). */
  readonly withheld: readonly WithheldClaim[];
  /** Number of the last change of a cell: the evidence version that the verdict is due of. */
  readonly evidence: number;
  /**
   * The last one that was worked out, perhaps of less evidence, in what somebody is told who joins or
   * asks; that of `evidence` wherever the room stands still (frozen, concluded). Null in what a
   * running room is told: it follows by itself (D7).
   */
  readonly verdict: RoomVerdict | null;
  readonly progress: {
    readonly runs: number;
    readonly ofRuns: number;
    /** Of `runs`, how many stood up to verification. */
    readonly verified: number;
    /** Results (of a shard each) that left again. */
    readonly withdrawn: number;
  };
}

/** The evidence of a frozen room, as it was at number `seq`. */
export interface FrozenEvidence extends Pick<Delta, 'cells' | 'runs' | 'evidence' | 'progress'> {
  readonly seq: number;
  /** Of this evidence. */
  readonly verdict: RoomVerdict;
}

/** Some runs of a room, as they are when they are asked for. */
export interface RunsPage {
  /** JSON of `RunView`s, gzipped. */
  readonly runs: Uint8Array;
  /** Where the next ones begin; null: these were the last. */
  readonly next: RunPlace | null;
}

/** What the runs of a room say. */
export interface RoomVerdict {
  /** The evidence version that it was worked out of. */
  readonly evidence: number;
  readonly analysis: Analysis;
  /** All of them. */
  readonly predictions: readonly PredictionView[];
}

/** A verdict for those who have been told of the room up to a number. */
export interface VerdictPush {
  readonly code: string;
  readonly to: number;
  readonly verdict: RoomVerdict;
  /** All that the room is shown of claims about it and its fits, as they stand on it. */
  readonly claims: readonly ClaimView[];
}

// ── What a server has, told over HTTP to whoever comes by ──────────────────────────────────────

/** One study, by the investigation of its present version that has the most runs. */
export interface GalleryEntry {
  readonly study: string;
  /** Investigations of its present version, without those of the null. */
  readonly investigations: number;
  readonly best: {
    readonly verdict: Pick<Verdict, 'state' | 'value' | 'interval' | 'runs'>;
    /** Means of the panel that stands for the study, thinned. */
    readonly means: readonly Pick<AggregateLine, 'line' | 'x' | 'mean'>[];
  } | null;
}

/** An investigation that was opened for an open question. */
export interface QuestionEntry {
  readonly question: QuestionId;
  readonly code: string;
  readonly title: string;
  readonly study: string;
  readonly null: boolean;
  readonly state: InvestigationState;
  readonly verdict: Verdict['state'];
  /** Runs that are in. */
  readonly runs: number;
  /** ISO 8601. */
  readonly openedAt: string;
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
  'id' | 'title' | 'caption' | 'x' | 'y' | 'draw' | 'image' | 'colorBy'
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
  readonly predictions: readonly PredictionView[];
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
      state: z.enum([
        ...['active', 'away', 'accepted', 'superseded', 'invalid', 'withdrawn', 'undone'],
        ...['recalled', 'lapsed'],
      ] as const),
      seconds: Finite.nullable(),
    }),
  ),
  checkpoints: z.array(z.object({ step: Count, sha256: z.string() })),
  /** Who carried it from step to step; of a run that never moved, one leg or (while it trains) none. */
  legs: z.array(Leg.extend({ by: z.string(), backend: z.string() })),
  /** Why the legs and the checkpoints are not one unbroken chain, in a sentence; null if they are, or while there is no result. */
  broken: z.string().nullable(),
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

// ── Accounts (over HTTP, below /api/auth/) ─────────────────────────────────────────────────────

/** A browser that is the person of an account. */
export interface AccountBrowser {
  readonly id: string;
  /** As it says of itself: "Firefox on Windows"; null of one that is not signed in. */
  readonly name: string | null;
  /** ISO 8601. */
  readonly since: string;
  /** The one that the person began in. */
  readonly isFirst: boolean;
  /** The one that asks. */
  readonly here: boolean;
}

/** An account, as whoever is signed in to it sees it. */
export interface AccountView {
  readonly username: string;
  readonly nickname: string;
  readonly browsers: readonly AccountBrowser[];
}

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
  /** Where somebody else got to, to go on from there; null: from the seeds. */
  readonly from: PackedCarried | null;
  /** How often to hand over what was trained since. */
  readonly handover: HandoverTerms;
}

export interface HandoverTerms {
  readonly everyMs: number;
  /** States of more bytes than this are not handed over. */
  readonly mostBytes: number;
}

// ── Socket.io event maps ───────────────────────────────────────────────────────────────────────

export type ClientToServer = {
  [N in RequestName]: (input: RequestInput<N>, reply: (r: Reply<Replies[N]>) => void) => void;
};
export type ServerToClient = { [N in keyof Pushes]: (value: Pushes[N]) => void };
