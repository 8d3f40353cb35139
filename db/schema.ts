/**
 * Every table, for PGlite and PostgreSQL alike. `seq` columns carry the investigation's sequence
 * number of the last change, so that "what changed after n" is a query. Series are bytea (Float32,
 * little-endian): NaN is data here, and JSON has none. What is large and only passed on is json, which is
 * kept as it was written; jsonb makes a decimal of every number, and costs four times as much.
 */
import { relations, sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  customType,
  doublePrecision,
  index,
  integer,
  json,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import type { CarriedHeader } from '../compute/engines/carried.ts';
import type { DeviceInfo } from '../compute/engines/engine.ts';
import type { Hyper, ProgramSpec } from '../compute/programs/program.ts';
import type { RunOutcome } from '../compute/series.ts';
import type { QuestionId } from '../compute/studies/questions.ts';
import type { Config, Grid, Summary, Trace } from '../compute/studies/study.ts';
import type {
  AggregateLine,
  Anchor,
  ClaimVersion,
  DoorRole,
  FrozenEvidence,
  InvestigationState,
  InvitedRole,
  MemberRole,
  Mention,
  ModerationEntry,
} from '../server/protocol.ts';
import type { AuditState, DrawnSegment, Finding } from './drawn.ts';
import type { Standing } from './standing.ts';

const bytes = customType<{ data: Uint8Array; driverData: Uint8Array }>({
  dataType: () => 'bytea',
});
/** Milliseconds since 1970 of the coordinator's clock. */
const millis = (name: string) => bigint(name, { mode: 'number' });
const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });
const created = () => moment('created_at').notNull().defaultNow();

export const devices = pgTable(
  'devices',
  {
    id: text('id').primaryKey(),
    /** SHA-256 of the key that the browser made. */
    keyHash: text('key_hash').notNull(),
    nickname: text('nickname').notNull(),
    /** What makes two nicknames one to a reader; see `nameKey`. */
    nameKey: text('name_key').notNull(),
    createdAt: created(),
  },
  (t) => [uniqueIndex('devices_key_hash').on(t.keyHash), index('devices_name').on(t.nameKey)],
);

/** Keys of further browsers of a person: who has one of them is that device, wherever she sits. */
export const linkedKeys = pgTable('linked_keys', {
  keyHash: text('key_hash').primaryKey(),
  device: text('device')
    .notNull()
    .references(() => devices.id),
  createdAt: created(),
});

/** A code by which one more browser becomes this device: for one use, and for minutes. */
export const transfers = pgTable(
  'transfers',
  {
    device: text('device')
      .primaryKey()
      .references(() => devices.id),
    /** SHA-256 of the code. */
    codeHash: text('code_hash').notNull(),
    expiresAt: millis('expires_at').notNull(),
  },
  (t) => [uniqueIndex('transfers_code').on(t.codeHash)],
);

/**
 * Accounts, for those who want one (server/accounts). Columns that have no comment are better-auth's, and are
 * written by it alone. An account names a person; everything that she has is the person's.
 */
export const users = pgTable(
  'users',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    email: text('email').notNull().unique(),
    emailVerified: boolean('email_verified').notNull().default(false),
    image: text('image'),
    username: text('username').unique(),
    displayUsername: text('display_username'),
    createdAt: created(),
    updatedAt: moment('updated_at').notNull(),
    /** The person; null for the moment between its making and its naming. */
    device: text('device').references(() => devices.id),
  },
  (t) => [uniqueIndex('users_device').on(t.device)],
);

export const sessions = pgTable(
  'sessions',
  {
    id: text('id').primaryKey(),
    token: text('token').notNull().unique(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    expiresAt: moment('expires_at').notNull(),
    ipAddress: text('ip_address'),
    userAgent: text('user_agent'),
    createdAt: created(),
    updatedAt: moment('updated_at').notNull(),
    /** SHA-256 of the key of the browser that it was made in; null for the moment until that is told. */
    keyHash: text('key_hash'),
  },
  (t) => [index('sessions_user').on(t.userId), index('sessions_key').on(t.keyHash)],
);

/** Passwords, as scrypt made them. The columns of tokens are for other ways of signing in, and stay empty. */
export const credentials = pgTable(
  'credentials',
  {
    id: text('id').primaryKey(),
    accountId: text('account_id').notNull(),
    providerId: text('provider_id').notNull(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    password: text('password'),
    accessToken: text('access_token'),
    refreshToken: text('refresh_token'),
    idToken: text('id_token'),
    accessTokenExpiresAt: moment('access_token_expires_at'),
    refreshTokenExpiresAt: moment('refresh_token_expires_at'),
    scope: text('scope'),
    createdAt: created(),
    updatedAt: moment('updated_at').notNull(),
  },
  (t) => [index('credentials_user').on(t.userId)],
);

/** Of codes that are sent to somebody to prove an address. None are here, and it stays empty: better-auth asks for it. */
export const verifications = pgTable('verifications', {
  id: text('id').primaryKey(),
  identifier: text('identifier').notNull(),
  value: text('value').notNull(),
  expiresAt: moment('expires_at').notNull(),
  createdAt: created(),
  updatedAt: moment('updated_at').notNull(),
});

/** What all coordinators of this database must know, and nobody else: drawn once. */
export const secrets = pgTable('secrets', {
  name: text('name').primaryKey(),
  value: text('value').notNull(),
});

export const investigations = pgTable(
  'investigations',
  {
    id: text('id').primaryKey(),
    code: text('code').notNull(),
    study: text('study').notNull(),
    studyVersion: text('study_version').notNull(),
    title: text('title').notNull(),
    grid: jsonb('grid').$type<Grid>().notNull(),
    isNull: boolean('is_null').notNull(),
    state: text('state').$type<InvestigationState>().notNull(),
    owner: text('owner')
      .notNull()
      .references(() => devices.id),
    seq: integer('seq').notNull(),
    /** What is written in its room waits until a moderator approves it. */
    claimsWait: boolean('claims_wait').notNull().default(false),
    /** Relative deviation of a replay within which honest devices lie; see `tolerance.ts`. */
    tolerance: doublePrecision('tolerance').notNull().default(1e-3),
    /** The open question that it was opened for; null: for none. */
    question: text('question').$type<QuestionId>(),
    /** Whether the room code admits newcomers, and the role that it gives them. */
    doorOpen: boolean('door_open').notNull().default(true),
    doorRole: text('door_role').$type<DoorRole>().notNull().default('annotator'),
    /** Who presents; null: nobody. */
    presenter: text('presenter').references(() => devices.id),
    /** The number at which everybody's charts stand still; null: they move. */
    frozenAt: integer('frozen_at'),
    /** Names of people leave the coordinator for instructors only. */
    anonymous: boolean('anonymous').notNull().default(false),
    createdAt: created(),
  },
  (t) => [
    uniqueIndex('investigations_code').on(t.code),
    index('investigations_question')
      .on(t.question, t.createdAt)
      .where(sql`${t.question} is not null`),
  ],
);

/** What a frozen room stands still at: the evidence as it was at that number, whatever left or came since. */
export const frozenEvidence = pgTable('frozen_evidence', {
  investigation: text('investigation')
    .primaryKey()
    .references(() => investigations.id),
  /** `investigations.frozenAt`. */
  seq: integer('seq').notNull(),
  content: json('content').$type<FrozenEvidence>().notNull(),
});

/** Who belongs to a room. Its owner is `investigations.owner`, whatever the role here. */
export const members = pgTable(
  'members',
  {
    investigation: text('investigation')
      .notNull()
      .references(() => investigations.id),
    device: text('device')
      .notNull()
      .references(() => devices.id),
    /** Null: trained for the room, and never came in. */
    role: text('role').$type<MemberRole>(),
    /** In the order in which they came: what they are called while names are hidden. */
    number: integer('number').notNull(),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.investigation, t.device] }),
    uniqueIndex('members_number').on(t.investigation, t.number),
  ],
);

/** Codes that admit to a room beside its door. */
export const invitations = pgTable(
  'invitations',
  {
    code: text('code').primaryKey(),
    investigation: text('investigation')
      .notNull()
      .references(() => investigations.id),
    role: text('role').$type<InvitedRole>().notNull(),
    /** Null: until it is revoked. */
    expiresAt: millis('expires_at'),
    revoked: boolean('revoked').notNull().default(false),
    /** How many people it admitted, or gave a higher role. */
    uses: integer('uses').notNull().default(0),
    createdAt: created(),
  },
  (t) => [index('invitations_room').on(t.investigation)],
);

/** Versions of studies that whoever runs the coordinator has stopped. */
export const stoppedStudies = pgTable(
  'stopped_studies',
  {
    study: text('study').notNull(),
    version: text('version').notNull(),
    /** A sentence for the people in its rooms. */
    reason: text('reason').notNull(),
    createdAt: created(),
  },
  (t) => [primaryKey({ columns: [t.study, t.version] })],
);

export const cells = pgTable(
  'cells',
  {
    investigation: text('investigation')
      .notNull()
      .references(() => investigations.id),
    index: integer('index').notNull(),
    config: jsonb('config').$type<Config>().notNull(),
    done: integer('done').notNull(),
    diverged: integer('diverged').notNull(),
    of: integer('of').notNull(),
    lines: json('lines').$type<Record<string, AggregateLine[]>>().notNull(),
    seq: integer('seq').notNull(),
    /** The number at which a run of it was accepted first; stays, though that run should leave again. */
    seen: integer('seen'),
    /** The number that the cell had when its lines were folded: they are stale while it is lower. */
    folded: integer('folded').notNull(),
  },
  (t) => [primaryKey({ columns: [t.investigation, t.index] })],
);

export const shards = pgTable(
  'shards',
  {
    id: text('id').primaryKey(),
    investigation: text('investigation')
      .notNull()
      .references(() => investigations.id),
    /** Of its first run: repeats before cells. */
    position: integer('position').notNull(),
    program: jsonb('program').$type<ProgramSpec>().notNull(),
    /** Work in run-steps. */
    work: integer('work').notNull(),
    /** Number of the accepted attempt. */
    accepted: integer('accepted'),
    /** How many attempts there were: shards tried least go first. */
    tries: integer('tries').notNull().default(0),
    /** Until when somebody holds it (soft deadline). */
    heldUntil: millis('held_until'),
  },
  (t) => [index('shards_open').on(t.investigation, t.accepted, t.tries, t.position)],
);

export const attempts = pgTable(
  'attempts',
  {
    shard: text('shard')
      .notNull()
      .references(() => shards.id),
    number: integer('number').notNull(),
    device: text('device')
      .notNull()
      .references(() => devices.id),
    state: text('state')
      .$type<
        | 'active'
        | 'away'
        | 'accepted'
        | 'superseded'
        | 'invalid'
        | 'withdrawn'
        | 'undone'
        | 'recalled'
        | 'lapsed'
      >()
      .notNull(),
    softAt: millis('soft_at').notNull(),
    hardAt: millis('hard_at').notNull(),
    done: integer('done').notNull(),
    report: jsonb('report').$type<DeviceInfo>(),
    /** Backend and adapter: devices that may be expected to be equally fast. */
    deviceClass: text('device_class'),
    /** How long the training took, as the volunteer says; null until it is accepted. */
    seconds: doublePrecision('seconds'),
    /** The handover that it went on from, and its step; null: from the seeds. */
    base: text('base'),
    baseStep: integer('base_step').notNull().default(0),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.shard, t.number] }),
    // None of these holds what changes with a result: it is then written beside the old row, without them.
    index('attempts_speed').on(t.device, t.deviceClass, t.createdAt),
    index('attempts_bad').on(t.device).where(sql`${t.state} in ('invalid', 'withdrawn')`),
    index('attempts_class').on(t.deviceClass, t.createdAt),
    index('attempts_time').on(t.createdAt),
  ],
);

export const runs = pgTable(
  'runs',
  {
    id: text('id').primaryKey(),
    investigation: text('investigation')
      .notNull()
      .references(() => investigations.id),
    cell: integer('cell').notNull(),
    seed: bigint('seed', { mode: 'number' }).notNull(),
    /** Place of the seed in the grid: the first seeds of all cells are trained before any second. */
    repeat: integer('repeat').notNull(),
    /** Null while nobody has leased it. */
    shard: text('shard').references(() => shards.id),
    /** Runs that it stands on are still awaited: it is not leased (`stages.ts`). */
    waits: boolean('waits').notNull().default(false),
    program: jsonb('program').$type<ProgramSpec>().notNull(),
    hyper: jsonb('hyper').$type<Hyper>().notNull(),
    /** From here on null until a result is accepted. */
    outcome: jsonb('outcome').$type<RunOutcome>(),
    summary: jsonb('summary').$type<Summary>(),
    /** What a chart shows, thinned, by panel; null while it has not been folded. */
    traces: json('traces').$type<Record<string, Trace[]>>(),
    steps: bytes('steps'),
    /** Columns in the order of `columnNames`, one after another. */
    columns: bytes('columns'),
    columnNames: jsonb('column_names').$type<string[]>(),
    /** Of its checkpoints, 32 bytes each, in the order of their steps. */
    hashes: bytes('hashes'),
    device: text('device').references(() => devices.id),
    report: jsonb('report').$type<DeviceInfo>(),
    /** Every segment that was drawn of its result has stood up to replay. */
    verified: boolean('verified').notNull().default(false),
    /** The number under which the result came: who had seen a lower one had not seen it. */
    acceptedSeq: integer('accepted_seq').notNull().default(0),
    seq: integer('seq').notNull(),
  },
  (t) => [
    index('runs_changed').on(t.investigation, t.seq),
    index('runs_cell').on(t.investigation, t.cell),
    index('runs_shard').on(t.shard),
    index('runs_open')
      .on(t.investigation, t.repeat, t.cell)
      .where(sql`${t.shard} is null and not ${t.waits}`),
  ],
);

/** The runs of earlier stages that a run stands on, in the order of its program's. */
export const runInputs = pgTable(
  'run_inputs',
  {
    run: text('run')
      .notNull()
      .references(() => runs.id),
    position: integer('position').notNull(),
    input: text('input')
      .notNull()
      .references(() => runs.id),
  },
  (t) => [primaryKey({ columns: [t.run, t.position] }), index('run_inputs_input').on(t.input)],
);

/** Last states of accepted runs that others stand on: asked for with the acceptance, kept while that counts. */
export const lastStates = pgTable(
  'last_states',
  {
    /** What it is asked for by. */
    id: text('id').primaryKey(),
    run: text('run')
      .notNull()
      .references(() => runs.id),
    shard: text('shard')
      .notNull()
      .references(() => shards.id),
    attempt: integer('attempt').notNull(),
    device: text('device')
      .notNull()
      .references(() => devices.id),
    /** As it was committed, hex. */
    sha256: text('sha256').notNull(),
    step: integer('step').notNull(),
    /** Until when it may come. */
    askedUntil: millis('asked_until').notNull(),
    /** See `state-bytes.ts`; null while it has not come. */
    bytes: bytes('bytes'),
  },
  (t) => [
    uniqueIndex('last_states_run').on(t.run),
    index('last_states_attempt').on(t.shard, t.attempt),
    index('last_states_hash').on(t.sha256),
    index('last_states_asked').on(t.askedUntil).where(sql`${t.bytes} is null`),
  ],
);

/** What of an accepted result is replayed, from its drawing to what came of it. */
export const audits = pgTable(
  'result_audits',
  {
    shard: text('shard')
      .notNull()
      .references(() => shards.id),
    attempt: integer('attempt').notNull(),
    /** The step up to which was handed over what it was drawn of; 0: it was drawn with the result. */
    part: integer('part').notNull().default(0),
    /** The handover that waits for it; null: it is the result that does. */
    handover: text('handover'),
    investigation: text('investigation')
      .notNull()
      .references(() => investigations.id),
    /** Whose result or handover it is. */
    device: text('device')
      .notNull()
      .references(() => devices.id),
    /** Random bytes, hex, that the segments were drawn with. */
    draw: text('draw').notNull(),
    segments: json('segments').$type<DrawnSegment[]>().notNull(),
    /**
     * `asked`: states at the ends of segments are awaited; `open`: all are here, and not all segments have
     * been replayed; `valid`: all have stood up to it. Else what ended it.
     */
    state: text('state').$type<AuditState>().notNull(),
    /** Until when the states may come. */
    askedUntil: millis('asked_until').notNull(),
    /** What replays said, in their order. */
    found: json('found').$type<Finding[]>().notNull().default([]),
    /** How many of them were valid, and invalid: the record of the device. */
    valid: integer('valid').notNull().default(0),
    invalid: integer('invalid').notNull().default(0),
    leasedUntil: millis('leased_until'),
    createdAt: created(),
  },
  (t) => [
    primaryKey({ columns: [t.shard, t.attempt, t.part] }),
    index('result_audits_waiting').on(t.state, t.createdAt),
    index('result_audits_device').on(t.device, t.state),
    index('result_audits_handover').on(t.handover).where(sql`${t.handover} is not null`),
  ],
);

/**
 * What the holder of a shard handed over while it trained: everything up to a committed step, so that
 * somebody else can go on from there. Those of one attempt, one after another, are its leg.
 */
export const handovers = pgTable(
  'handovers',
  {
    id: text('id').primaryKey(),
    shard: text('shard')
      .notNull()
      .references(() => shards.id),
    attempt: integer('attempt').notNull(),
    device: text('device')
      .notNull()
      .references(() => devices.id),
    report: jsonb('report').$type<DeviceInfo>().notNull(),
    /** The handover before it, of this attempt or of the one it went on from; null: from the seeds. */
    parent: text('parent'),
    fromStep: integer('from_step').notNull(),
    toStep: integer('to_step').notNull(),
    /**
     * `asked`: its segments are being verified; nobody goes on from it before it is `valid`. `declined`: it
     * was not shown, or no replay settled it. `undone`: its device forged, or one whose it goes on from.
     */
    state: text('state').$type<'asked' | 'valid' | 'declined' | 'undone'>().notNull(),
    /** By run, the hash of the state that was handed over (hex); a run that diverged before has none. */
    ends: jsonb('ends').$type<Readonly<Record<string, string>>>().notNull(),
    /** SHA-256 of all that was committed and recorded up to its step; see `digestOf`. */
    digest: text('digest').notNull(),
    /** What stands for each run (see `carried.ts`); null, as the bytes, once nobody needs them. */
    runs: jsonb('runs').$type<readonly CarriedHeader[]>(),
    values: bytes('values'),
    hashes: bytes('hashes'),
    states: bytes('states'),
    createdAt: created(),
  },
  (t) => [
    index('handovers_shard').on(t.shard, t.toStep),
    index('handovers_device').on(t.device),
    index('handovers_parent').on(t.parent),
  ],
);

/**
 * States at the ends of drawn segments (see `state-bytes.ts`), from when they are shown until they are
 * settled; null where none is needed. Without a reference to `audits`, which would be looked up with each
 * of the dozen that come together.
 */
export const auditStates = pgTable(
  'audit_states',
  {
    shard: text('shard').notNull(),
    attempt: integer('attempt').notNull(),
    part: integer('part').notNull().default(0),
    /** Place of the segment among those that were drawn. */
    segment: integer('segment').notNull(),
    start: bytes('start'),
    end: bytes('end'),
  },
  (t) => [primaryKey({ columns: [t.shard, t.attempt, t.part, t.segment] })],
);

/** What claims and replies have in common: when the room is shown them, and whom they name. */
const written = () => ({
  author: text('author')
    .notNull()
    .references(() => devices.id),
  text: text('text').notNull(),
  mentions: jsonb('mentions').$type<Mention[]>().notNull().default([]),
  approved: boolean('approved').notNull().default(true),
  /** Why a moderator hid it; null if it is not hidden. */
  hidden: text('hidden'),
  withdrawn: boolean('withdrawn').notNull().default(false),
  createdAt: created(),
});
/** What the smaller sizes said of the largest before the first run of it was accepted. Never rewritten. */
export const predictions = pgTable(
  'predictions',
  {
    id: text('id').primaryKey(),
    investigation: text('investigation')
      .notNull()
      .references(() => investigations.id),
    /** Which family of cells (see `familyKey`), and the size. */
    family: text('family').notNull(),
    x: doublePrecision('x').notNull(),
    label: text('label').notNull(),
    law: text('law').notNull(),
    predicted: doublePrecision('predicted').notNull(),
    low: doublePrecision('low').notNull(),
    high: doublePrecision('high').notNull(),
    probability: doublePrecision('probability').notNull(),
    /** Seeds whose number the interval is of. */
    seeds: integer('seeds').notNull(),
    /** Sizes that the law was fitted to, and the runs that they had. */
    sizes: jsonb('sizes').$type<number[]>().notNull(),
    runs: integer('runs').notNull(),
    /** The investigation's number when it was made. */
    evidence: integer('evidence').notNull(),
    createdAt: created(),
  },
  (t) => [uniqueIndex('predictions_size').on(t.investigation, t.family, t.x)],
);

export const claims = pgTable(
  'claims',
  {
    id: text('id').primaryKey(),
    investigation: text('investigation')
      .notNull()
      .references(() => investigations.id),
    ...written(),
    anchor: jsonb('anchor').$type<Anchor>().notNull(),
    evidence: integer('evidence').notNull(),
    /** What its present version stands on. */
    stood: json('stood').$type<Standing>().notNull(),
    version: integer('version').notNull().default(1),
    versionAt: moment('version_at').notNull().defaultNow(),
    resolvedBy: text('resolved_by').references(() => devices.id),
    resolvedAt: moment('resolved_at'),
    /** What was there at number `checked`; it was last found to be otherwise at number `moved`. */
    present: json('present').$type<Standing>().notNull(),
    checked: integer('checked').notNull().default(0),
    moved: integer('moved').notNull().default(0),
    seq: integer('seq').notNull(),
  },
  (t) => [index('claims_changed').on(t.investigation, t.seq)],
);

/** Every version of every claim, the present one too. */
export const claimVersions = pgTable(
  'claim_versions',
  {
    claim: text('claim')
      .notNull()
      .references(() => claims.id),
    version: integer('version').notNull(),
    what: text('what').$type<ClaimVersion['what']>().notNull(),
    text: text('text').notNull(),
    /** Whom these words name: where names are hidden, they are named as they are shown. */
    mentions: jsonb('mentions').$type<Mention[]>().notNull().default([]),
    anchor: jsonb('anchor').$type<Anchor>().notNull(),
    evidence: integer('evidence').notNull(),
    stood: json('stood').$type<Standing>().notNull(),
    /** Its words have been approved, and not hidden since: readers find it in the history. */
    shown: boolean('shown').notNull().default(true),
    createdAt: created(),
  },
  (t) => [primaryKey({ columns: [t.claim, t.version] })],
);

export const replies = pgTable(
  'replies',
  {
    id: text('id').primaryKey(),
    claim: text('claim')
      .notNull()
      .references(() => claims.id),
    ...written(),
    editedAt: moment('edited_at'),
  },
  (t) => [index('replies_claim').on(t.claim)],
);

/** What moderators did. */
export const moderation = pgTable(
  'moderation',
  {
    id: text('id').primaryKey(),
    investigation: text('investigation')
      .notNull()
      .references(() => investigations.id),
    moderator: text('moderator')
      .notNull()
      .references(() => devices.id),
    action: text('action').$type<ModerationEntry['action']>().notNull(),
    claim: text('claim').references(() => claims.id),
    reply: text('reply').references(() => replies.id),
    reason: text('reason'),
    createdAt: created(),
  },
  (t) => [index('moderation_time').on(t.investigation, t.createdAt)],
);

/** Rooms frozen to be cited. Never changed: whoever runs the coordinator may delete one, nobody else. */
export const snapshots = pgTable(
  'snapshots',
  {
    /** Follows from the hash, and is the same on every coordinator. */
    id: text('id').primaryKey(),
    /** Hex, of the bytes of `content` in UTF-8. */
    sha256: text('sha256').notNull(),
    /** Null: it was imported, and computed elsewhere. */
    investigation: text('investigation').references(() => investigations.id),
    study: text('study').notNull(),
    title: text('title').notNull(),
    /** As its taker was called then, as it stands in the content. */
    takenBy: text('taken_by').notNull(),
    seq: integer('seq').notNull(),
    /** Who took it, or imported it. */
    device: text('device')
      .notNull()
      .references(() => devices.id),
    /** Canonical JSON (RFC 8785), kept as text: its bytes are what was hashed. */
    content: text('content').notNull(),
    createdAt: created(),
  },
  (t) => [index('snapshots_room').on(t.investigation, t.createdAt)],
);

/** A text with charts in it; what it says is in its versions. */
export const reports = pgTable(
  'reports',
  {
    id: text('id').primaryKey(),
    investigation: text('investigation')
      .notNull()
      .references(() => investigations.id),
    author: text('author')
      .notNull()
      .references(() => devices.id),
    /** Number of the latest version, from 1. */
    version: integer('version').notNull(),
    createdAt: created(),
  },
  (t) => [index('reports_room').on(t.investigation, t.createdAt)],
);

/** Every version of a report is kept. */
export const reportVersions = pgTable(
  'report_versions',
  {
    report: text('report')
      .notNull()
      .references(() => reports.id),
    version: integer('version').notNull(),
    title: text('title').notNull(),
    /** Markdown. */
    body: text('body').notNull(),
    /** Whose numbers its charts show; null: the room's, live. */
    snapshot: text('snapshot').references(() => snapshots.id),
    createdAt: created(),
  },
  (t) => [primaryKey({ columns: [t.report, t.version] })],
);

export const claimRelations = relations(claims, ({ many, one }) => ({
  replies: many(replies),
  by: one(devices, { fields: [claims.author], references: [devices.id] }),
  resolver: one(devices, { fields: [claims.resolvedBy], references: [devices.id] }),
}));
export const moderationRelations = relations(moderation, ({ one }) => ({
  by: one(devices, { fields: [moderation.moderator], references: [devices.id] }),
  ofClaim: one(claims, { fields: [moderation.claim], references: [claims.id] }),
  ofReply: one(replies, { fields: [moderation.reply], references: [replies.id] }),
}));
export const replyRelations = relations(replies, ({ one }) => ({
  of: one(claims, { fields: [replies.claim], references: [claims.id] }),
  by: one(devices, { fields: [replies.author], references: [devices.id] }),
}));
export const runRelations = relations(runs, ({ one }) => ({
  by: one(devices, { fields: [runs.device], references: [devices.id] }),
}));
