/**
 * What changed after a sequence number: one query a table, all in one snapshot, and what is stale in it
 * folded. `from` 0 is everything.
 */
import { eq } from 'drizzle-orm';
import type { Database } from '../db/open.ts';
import { devices } from '../db/schema.ts';
import { type CheckedClaims, checkClaims } from './claims/evidence.ts';
import { claimsAboutFits, claimsSince } from './claims/read.ts';
import { type Evidence, evidenceOf, evidenceSince } from './evidence.ts';
import { type Folds, foldStale } from './fold.ts';
import { findInvestigation, type Investigation } from './investigations.ts';
import {
  claimWithoutNames,
  type NeutralName,
  neutralNamesIn,
  type Seen,
  withoutNames,
} from './neutral-names.ts';
import type { Delta, RoomSettings, RoomVerdict, VerdictPush } from './protocol.ts';
import type { Tx } from './sequence.ts';
import { stopOf } from './stops.ts';
import { lastVerdict, standsStill, verdictIn, verdictOf } from './verdict.ts';

/** How a room is read. */
export interface Reading<T> {
  /**
   * `due`: the verdict is that of the evidence in the snapshot, and waited for. `last`: the one that was
   * worked out last will do, unless the room stands still, or none was.
   */
  readonly verdict?: 'due' | 'last';
  /** Hears what was read before anything is kept of it: somebody waits. */
  readonly tell?: (value: T) => void;
}

/**
 * Reads what a room is at one moment; `since` is what changed after a number, up to that moment.
 * (Statement by statement, a result between two of them would show in the verdict and not in the chart.)
 * Null if there is no such room.
 */
export async function inSnapshot<T>(
  db: Database,
  code: string,
  read: (snapshot: Snapshot) => Promise<T>,
  { verdict: wanted = 'due', tell = () => {} }: Reading<T> = {},
): Promise<T | null> {
  const kept: { keep(db: Database): Promise<void> }[] = [];
  const value = await db.transaction(
    async (tx) => {
      const found = await findInvestigation(tx, code);
      if (found === null) return null;
      const folded = once(async () => {
        const folds = await foldStale(tx, found);
        kept.push(folds);
        return folds;
      });
      const evidence = once(() => evidenceOf(tx, found));
      const due = once(async () => await verdictOf(tx, found, await evidence()));
      const waits = wanted === 'due' || standsStill(found);
      // One for the claims about it and for itself: meanwhile another may be worked out.
      const last = once(async () => (waits ? await due() : lastVerdict(found)));
      const verdict = async () => (await last()) ?? (await due());
      const checked = once(async () => {
        const claims = await checkClaims(tx, found, await folded(), last);
        kept.push(claims);
        return claims;
      });
      const names = once(() => neutralNamesIn(tx, found));
      const since = async (from: number, { withVerdict = true, most = Infinity }: Wanted = {}) => {
        const parts = {
          folds: await folded(),
          checked: await checked(),
          evidence: await evidence(),
        };
        const told = {
          verdict: withVerdict ? await verdict() : null,
          aside: from === 0 && parts.evidence.runs > most,
        };
        const named = await deltaOf(tx, found, parts, told, from);
        const nameOf = await names();
        return { named, shown: nameOf === null ? named : withoutNames(named, found.owner, nameOf) };
      };
      const push = async () => {
        const claims = await claimsAboutFits(tx, found, await checked());
        const named = { code, to: found.seq, verdict: await verdict(), claims };
        const nameOf = await names();
        const shown =
          nameOf === null
            ? named
            : { ...named, claims: claims.map((claim) => claimWithoutNames(claim, nameOf)) };
        return { named, shown };
      };
      return {
        of: await read({ tx, found, folded, checked, names, evidence, verdict, since, push }),
      };
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  );
  if (value === null) return null;
  tell(value.of);
  for (const { keep } of kept) await keep(db);
  return value.of;
}

/** Has the verdict of a room worked out, if it is not that of what is in. Waits for it, and keeps no snapshot meanwhile. */
export async function renewVerdict(db: Database, code: string): Promise<void> {
  const read = await db.transaction(
    async (tx) => {
      const found = await findInvestigation(tx, code);
      return found === null ? null : await verdictIn(tx, found, await evidenceOf(tx, found));
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  );
  await read?.verdict;
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => {
    asked ??= ask();
    return asked;
  };
}

/** What of a room is to be in a delta. */
interface Wanted {
  /** The verdict, or (false) that it follows. */
  readonly withVerdict?: boolean;
  /** A snapshot of more runs than this has none of them. */
  readonly most?: number;
}

/** A room as it is at one moment. */
export interface Snapshot {
  readonly tx: Tx;
  readonly found: Investigation;
  /** What is stale in the database, folded. */
  folded(): Promise<Folds>;
  /** What its claims stand on, compared with what there is. */
  checked(): Promise<CheckedClaims>;
  /** The neutral names of everybody in the room; null if it hides none. */
  names(): Promise<NeutralName | null>;
  /** What a verdict of this moment stands on. */
  evidence(): Promise<Evidence>;
  /** What its runs say, as the reading wants it. */
  verdict(): Promise<RoomVerdict>;
  /** What changed after this number, for those who see names and for those who do not. */
  since(from: number, wanted?: Wanted): Promise<Seen<Delta>>;
  /** The verdict, for those who were told everything else. */
  push(): Promise<Seen<VerdictPush>>;
}

interface Parts {
  readonly folds: Folds;
  readonly checked: CheckedClaims;
  readonly evidence: Evidence;
}

async function deltaOf(
  db: Tx,
  found: Investigation,
  { folds, checked, evidence }: Parts,
  { verdict, aside }: { readonly verdict: RoomVerdict | null; readonly aside: boolean },
  from: number,
): Promise<Delta> {
  const { code } = found;
  const [owner] = await db.select().from(devices).where(eq(devices.id, found.owner));
  const room = await settingsOf(db, found);
  const stopped = await stopOf(db, found.study, found.studyVersion);
  return {
    ...{ code, from, to: found.seq },
    investigation: {
      ...{ code, study: found.study, studyVersion: found.studyVersion, title: found.title },
      ...{ grid: found.grid, null: found.isNull, state: found.state, stopped },
      claimsWait: found.claimsWait,
      openedBy: owner?.nickname ?? '',
      openedAt: found.createdAt.toISOString(),
      room,
    },
    ...(await evidenceSince(db, found, { folds, evidence }, { from, aside })),
    runsAside: aside,
    // With the verdict comes how the claims about it stand on it, whatever was told before.
    ...(await claimsSince(db, found, checked, { after: from, fits: verdict !== null })),
    verdict,
  };
}

async function settingsOf(db: Tx, found: Investigation): Promise<RoomSettings> {
  const { doorOpen, doorRole, presenter, frozenAt, anonymous } = found;
  const [leader] =
    presenter === null
      ? []
      : await db
          .select({ id: devices.id, nickname: devices.nickname })
          .from(devices)
          .where(eq(devices.id, presenter));
  return {
    ...{ door: { open: doorOpen, role: doorRole }, frozen: frozenAt, anonymous },
    presenter: leader ?? null,
  };
}
