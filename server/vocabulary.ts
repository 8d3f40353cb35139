/**
 * The words of the protocol that pages need as they load: limits, codes, roles and what each may, reasons
 * of refusals. Apart from the messages (`protocol.ts`), and in the small zod, so that a page downloads
 * neither their schemas nor the whole library.
 */
import * as z from 'zod/mini';
import type { ProgramSpec } from '../compute/programs/program.ts';

export const PROTOCOL_VERSION = 5;

/** Upper bounds of what a stranger may send; the coordinator's limits, shown where they bind. */
export const LIMITS = {
  nickname: 32,
  title: 80,
  claim: 2_000,
  reply: 2_000,
  reason: 500,
  mentions: 16,
  /** Members of a room that are offered to be named. */
  peopleTold: 2_000,
  claimsPerRoom: 500,
  versionsPerClaim: 100,
  repliesPerClaim: 200,
  runsPerInvestigation: 10_000,
  /** Cells are told whole to whoever comes, runs in pages. */
  cellsPerInvestigation: 2_000,
  params: 32,
  valuesPerParam: 32,
  seeds: 100,
  rowsPerRun: 20_000,
  columnsPerRun: 2_048,
  runsPerShard: 256,
  roomsPerSocket: 16,
  messageBytes: 16_000_000,
  asksPerAnswer: 256,
  /** Of the states of one handover. */
  handoverBytes: 8_000_000,
  invitationsPerRoom: 50,
  /** Of the last state of one run that others stand on, and of all of an investigation: they are kept. */
  lastStateBytes: 4_000_000,
  stateBytes: 256_000_000,
  /** Of an invitation: thirty days. */
  invitationHours: 720,
  viewParams: 2_000,
  /** Of a snapshot's file, so that it can travel as one message. */
  snapshotBytes: 14_000_000,
  snapshotsPerRoom: 200,
  note: 2_000,
  /** A view's state: the query of the page's address. */
  view: 2_000,
  report: 40_000,
  reportsPerRoom: 100,
  versionsPerReport: 500,
  username: 30,
  passwordLeast: 10,
  password: 128,
} as const;

/** Why an investigation may not have so many cells and seeds, in a sentence; null if it may. */
export function tooLarge(cells: number, seeds: number): string | null {
  const { cellsPerInvestigation, runsPerInvestigation } = LIMITS;
  const words = (n: number, most: number, what: string, less: string) =>
    `That makes ${n.toLocaleString('en')} ${what}; one investigation may have ${most.toLocaleString('en')}. Take fewer ${less}.`;
  if (cells > cellsPerInvestigation) return words(cells, cellsPerInvestigation, 'cells', 'values');
  const runs = cells * seeds;
  return runs > runsPerInvestigation
    ? words(runs, runsPerInvestigation, 'runs', 'values or seeds')
    : null;
}

/** Typed in any case, with or without dashes; the rule says what a right one is. */
const code = (longest: number, rule: RegExp, sentence: string) =>
  z.pipe(
    z.pipe(
      z.string().check(z.maxLength(longest, sentence)),
      z.transform((s: string) => s.toUpperCase().replace(/[^A-Z0-9]/g, '')),
    ),
    z.string().check(z.regex(rule, sentence)),
  );

/** Room codes avoid look-alikes (no 0 O 1 I L). */
export const RoomCode = code(16, /^[A-HJKMNP-Z2-9]{6}$/, 'A room code has six letters or digits.');

/** Longer than a room code, as it gives a role: nobody finds one by trying. */
export const InvitationCode = code(
  32,
  /^[A-HJKMNP-Z2-9]{12}$/,
  'An invitation has twelve letters or digits.',
);

/** Of people in a room, each may do what those before it may. */
export const ROLES = ['viewer', 'guest', 'volunteer', 'annotator', 'instructor', 'owner'] as const;
export type Role = (typeof ROLES)[number];

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

/** Work of a pack in run-steps: optimizer updates times runs. */
export function runSteps(program: ProgramSpec, runs: number): number {
  return program.steps * runs;
}
