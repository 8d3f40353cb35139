/**
 * What changed after a sequence number: one query a table, all in one snapshot, and what is stale in it
 * folded. `from` 0 is everything.
 */
import { eq } from 'drizzle-orm';
import type { Database } from '../db/open.ts';
import { devices } from '../db/schema.ts';
import { type CheckedClaims, checkClaims } from './claims/evidence.ts';
import { claimsSince } from './claims/read.ts';
import { evidenceSince } from './evidence.ts';
import { type Folds, foldStale } from './fold.ts';
import { findInvestigation, type Investigation } from './investigations.ts';
import { type NeutralName, neutralNamesIn, type Seen, withoutNames } from './neutral-names.ts';
import type { Delta, RoomSettings } from './protocol.ts';
import type { Tx } from './sequence.ts';
import { stopOf } from './stops.ts';

/**
 * Reads what a room is at one moment; `since` is what changed after a number, up to that moment.
 * (Statement by statement, a result between two of them would show in the verdict and not in the chart.)
 * Null if there is no such room.
 * @param tell hears what was read before anything is kept of it: somebody waits
 */
export async function inSnapshot<T>(
  db: Database,
  code: string,
  read: (snapshot: Snapshot) => Promise<T>,
  tell: (value: T) => void = () => {},
): Promise<T | null> {
  const once: {
    folds?: Promise<Folds>;
    checked?: Promise<CheckedClaims>;
    names?: Promise<NeutralName | null>;
  } = {};
  const result = await db.transaction(
    async (tx) => {
      const found = await findInvestigation(tx, code);
      if (found === null) return null;
      const folded = () => {
        once.folds ??= foldStale(tx, found);
        return once.folds;
      };
      const checked = async () => {
        once.checked ??= checkClaims(tx, found, await folded());
        return await once.checked;
      };
      const names = () => {
        once.names ??= neutralNamesIn(tx, found);
        return once.names;
      };
      const since = async (from: number) => {
        const named = await deltaOf(tx, found, await folded(), await checked(), from);
        const nameOf = await names();
        return { named, shown: nameOf === null ? named : withoutNames(named, found.owner, nameOf) };
      };
      return { value: await read({ tx, found, folded, checked, names, since }) };
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  );
  if (result === null) return null;
  tell(result.value);
  await (await once.folds)?.keep(db);
  await (await once.checked)?.keep(db);
  return result.value;
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
  /** What changed after this number, for those who see names and for those who do not. */
  since(from: number): Promise<Seen<Delta>>;
}

async function deltaOf(
  db: Tx,
  found: Investigation,
  folds: Folds,
  checked: CheckedClaims,
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
    ...(await evidenceSince(db, found, folds, from)),
    ...(await claimsSince(db, found, checked, from)),
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
