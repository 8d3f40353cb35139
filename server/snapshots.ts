/**
 * Snapshots: a room frozen at one sequence number, complete by itself, under an id that follows from
 * its hash. There is no way to change one. A file of one that was taken elsewhere is taken in under
 * the same id, and stays marked as computed elsewhere.
 */
import { randomBytes } from 'node:crypto';
import { count, eq } from 'drizzle-orm';
import { decimate } from '../compute/analysis/decimate.ts';
import { studyById } from '../compute/studies/registry.ts';
import type { Study } from '../compute/studies/study.ts';
import type { Database } from '../db/open.ts';
import { devices, investigations, snapshots } from '../db/schema.ts';
import { inSnapshot } from './deltas.ts';
import { studyOf } from './fold.ts';
import { shownName } from './neutral-names.ts';
import type {
  ClaimView,
  Delta,
  FrozenPanel,
  Refusal,
  RequestValue,
  RoomVerdict,
  RunView,
  SnapshotAbout,
  SnapshotContent,
} from './protocol.ts';
import { refuse } from './refusal.ts';
import {
  fileOf,
  readSnapshotFile,
  type Sealed,
  SnapshotContentFile,
  sealed,
} from './snapshot-file.ts';
import { LIMITS } from './vocabulary.ts';

/** Where the file would be too large, single runs are drawn with fewer points: the first that fits. */
const THINNER = [null, 120, 60, 30, 10, 2] as const;
/** What the file has around its content. */
const ENVELOPE_BYTES = 200;

/** Freezes a room as it is; returns the snapshot's id. */
export async function takeSnapshot(
  db: Database,
  device: string,
  input: RequestValue<'snapshot.take'>,
): Promise<{ readonly snapshot: string } | Refusal> {
  const seen = await inSnapshot(db, input.code, async ({ tx, found, names, since, verdict }) => {
    const [taken] = await tx
      .select({ n: count() })
      .from(snapshots)
      .where(eq(snapshots.investigation, found.id));
    if ((taken?.n ?? 0) >= LIMITS.snapshotsPerRoom) {
      return refuse('not-allowed', `A room has at most ${LIMITS.snapshotsPerRoom} snapshots.`);
    }
    const [taker] = await tx.select().from(devices).where(eq(devices.id, device));
    const takenBy = shownName(await names(), device, taker?.nickname ?? '');
    // What is frozen is for everybody: hidden names stay hidden.
    return { found, delta: (await since(0)).shown, verdict: await verdict(), takenBy };
  });
  if (seen === null) return refuse('not-found', `There is no room ${input.code}.`);
  if ('ok' in seen) return seen;
  const { found, delta, verdict, takenBy } = seen;
  const { title, note, view } = input;
  const stamp = {
    ...{ title, note, view, takenBy, takenAt: new Date().toISOString() },
    nonce: randomBytes(16).toString('hex'),
  };
  const frozen = thinEnough(frozenContent(studyOf(found), delta, verdict, stamp));
  if (frozen === null) {
    return refuse(
      'not-allowed',
      'This room is too large to be frozen. Export its results instead.',
    );
  }
  const row = {
    device,
    investigation: found.id,
    study: found.study,
    title,
    takenBy,
    seq: delta.to,
  };
  await keep(db, { ...frozen, ...row });
  return { snapshot: frozen.id };
}

type Stamp = Pick<SnapshotContent, 'title' | 'note' | 'view' | 'takenBy' | 'takenAt' | 'nonce'>;

/** All that a page needs to show a room at this moment, the theory's lines included. */
export function frozenContent(
  study: Study,
  delta: Delta,
  { analysis, predictions }: RoomVerdict,
  stamp: Stamp,
): SnapshotContent {
  const { investigation: inv } = delta;
  const configs = delta.cells.map((cell) => cell.config);
  const panels = study.panels.map((panel): FrozenPanel => {
    const { id, title, caption, x, y, draw, image, colorBy } = panel;
    const theory = panel.theory(configs, { null: inv.null });
    const frozen = { id, title, caption, x, y, draw, colorBy, theory };
    return image === undefined ? frozen : { ...frozen, image };
  });
  const { id, title, statement, params } = study;
  return {
    ...{ ...stamp, sequence: delta.to, pointsPerLine: null },
    study: { id, version: inv.studyVersion, title, statement, params, panels },
    investigation: {
      ...{ code: inv.code, title: inv.title, grid: inv.grid, null: inv.null, state: inv.state },
      ...{ openedBy: inv.openedBy, openedAt: inv.openedAt },
    },
    cells: delta.cells.map(({ index, config, done, of, diverged, lines }) => ({
      ...{ index, config, done, of, diverged, lines },
    })),
    runs: delta.runs.map(frozenRun),
    claims: delta.claims.map(frozenClaim),
    ...{ analysis, predictions, progress: delta.progress },
  };
}

/** Field by field: what a room shows besides stays in the room. */
function frozenRun(run: RunView): RunView {
  const { id, cell, seed, outcome, by, device, backend, verified, summary, traces } = run;
  return { id, cell, seed, outcome, by, device, backend, verified, summary, traces };
}

function frozenClaim(claim: ClaimView): ClaimView {
  const { id, author, authorName, anchor, text, mentions, at, evidence, runs, resolved } = claim;
  const { version, versionAt, stoodOn, changed } = claim;
  return {
    ...{ id, author, authorName, anchor, text, mentions, at, evidence, runs, resolved },
    ...{ version, versionAt, stoodOn, changed, waiting: 0, hidden: 0 },
    replies: claim.replies.map((reply) => {
      const { id, author, authorName, text, mentions, at, editedAt } = reply;
      return { id, author, authorName, text, mentions, at, editedAt };
    }),
  };
}

/** Seals a content, single runs thinned as far as its file must be; null if even that is not enough. */
export function thinEnough(
  content: SnapshotContent,
  most: number = LIMITS.snapshotBytes,
): Sealed | null {
  const pictures = new Set(
    content.study.panels.flatMap(({ id, draw }) => (draw === 'images' ? [id] : [])),
  );
  for (const pointsPerLine of THINNER) {
    const thin: SnapshotContent =
      pointsPerLine === null
        ? content
        : {
            ...content,
            pointsPerLine,
            runs: content.runs.map((r) => thinned(r, pointsPerLine, pictures)),
          };
    // What is frozen here must be taken elsewhere: it is held to the same schema.
    const whole = sealed(SnapshotContentFile.parse(thin));
    if (Buffer.byteLength(whole.text) + ENVELOPE_BYTES <= most) return whole;
  }
  return null;
}

/** Pictures stay whole: without some of its pixels one is another. */
function thinned(run: RunView, points: number, pictures: ReadonlySet<string>): RunView {
  const traces = Object.entries(run.traces).map(
    ([panel, lines]) =>
      [panel, pictures.has(panel) ? lines : lines.map((line) => decimate(line, points))] as const,
  );
  return { ...run, traces: Object.fromEntries(traces) };
}

/** Takes in the file of a snapshot; the same one twice changes nothing. */
export async function importSnapshot(
  db: Database,
  device: string,
  file: Uint8Array,
): Promise<{ readonly snapshot: string; readonly known: boolean } | Refusal> {
  const read = readSnapshotFile(file);
  if (typeof read === 'string') return refuse('bad-message', read);
  const { title, takenBy, sequence: seq, study } = read.content;
  const row = { device, investigation: null, study: study.id, title, takenBy, seq };
  const isNew = await keep(db, { ...read.sealed, ...row });
  return { snapshot: read.sealed.id, known: !isNew };
}

interface Kept extends Sealed {
  readonly device: string;
  readonly investigation: string | null;
  readonly study: string;
  readonly title: string;
  readonly takenBy: string;
  readonly seq: number;
}

/** Stores a snapshot; false if it is here already, and then nothing changes. */
async function keep(db: Database, { text, ...row }: Kept): Promise<boolean> {
  const stored = await db
    .insert(snapshots)
    .values({ ...row, content: text })
    .onConflictDoNothing({ target: snapshots.id })
    .returning({ id: snapshots.id });
  return stored.length > 0;
}

/** The file of a snapshot, byte for byte the same on every coordinator; null without it. */
export async function snapshotFile(db: Database, id: string): Promise<string | null> {
  const [row] = await db.select().from(snapshots).where(eq(snapshots.id, id));
  return row === undefined ? null : fileOf({ sha256: row.sha256, text: row.content });
}

/** A snapshot as its page shows it, as JSON of a `SnapshotView`; null without it. */
export async function snapshotView(db: Database, id: string): Promise<string | null> {
  const [row] = await db
    .select({ kept: snapshots, code: investigations.code })
    .from(snapshots)
    .leftJoin(investigations, eq(investigations.id, snapshots.investigation))
    .where(eq(snapshots.id, id));
  if (row === undefined) return null;
  const { content, sha256, createdAt, investigation, study } = row.kept;
  const about: SnapshotAbout = {
    ...{ id, sha256, imported: investigation === null, storedAt: createdAt.toISOString() },
    ...{ room: row.code, studyHere: studyById(study)?.version ?? null },
  };
  return `{"about":${JSON.stringify(about)},"content":${content}}`;
}

/** The content of a snapshot; null without it. */
export async function snapshotContent(db: Database, id: string): Promise<SnapshotContent | null> {
  const [row] = await db.select().from(snapshots).where(eq(snapshots.id, id));
  return row === undefined ? null : (JSON.parse(row.content) as SnapshotContent);
}
