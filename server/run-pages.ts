/**
 * The runs of a large room, page by page: a snapshot of it has none, so that whoever joins sees the means
 * at once and no message is too large. A page says what its runs are when it is read, at or after the
 * snapshot; what deltas say of a run is as new or newer, and counts. Compressed off the coordinator's thread.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Database } from '../db/open.ts';
import { inSnapshot } from './deltas.ts';
import { findInvestigation } from './investigations.ts';
import { runsWithoutNames, type Seen } from './neutral-names.ts';
import type { RunPlace, RunsPage, RunView } from './protocol.ts';
import { remembered } from './remembered.ts';
import { runsAfter } from './run-views.ts';

/** A room with more runs that are in tells them in pages of so many. */
export const PAGED_FROM = 1_000;
const RUNS_A_PAGE = 500;
/** A crowd that joins at once is given the pages of whoever came first. */
const SHARED_MS = 1_000;

const compressed = promisify(gzip);
/** A page is sent once and read once: what more effort would save, waiting for it costs. */
const EFFORT = { level: 3 };

/** A reader of pages: the runs after a place; null without such a room. */
export function createRunPages(db: Database) {
  const pages = remembered(SHARED_MS, (code: string, after: RunPlace | null) =>
    readPage(db, code, after),
  );
  return async (code: string, after: RunPlace | null): Promise<Seen<RunsPage> | null> => {
    const found = await findInvestigation(db, code);
    if (found === null) return null;
    // As new as whoever asks: they may have been told of this number.
    return await pages(`${code} ${found.seq} ${after?.cell} ${after?.seed}`, code, after);
  };
}

async function readPage(
  db: Database,
  code: string,
  after: RunPlace | null,
): Promise<Seen<RunsPage> | null> {
  const read = await inSnapshot(
    db,
    code,
    async ({ tx, found, folded, names }) => {
      const runs = await runsAfter(tx, found, await folded(), after, RUNS_A_PAGE);
      const nameOf = await names();
      return { named: runs, shown: nameOf === null ? runs : runsWithoutNames(runs, nameOf) };
    },
    { verdict: 'last' },
  );
  if (read === null) return null;
  const named = await pageOf(read.named);
  return { named, shown: read.shown === read.named ? named : await pageOf(read.shown) };
}

async function pageOf(runs: readonly RunView[]): Promise<RunsPage> {
  const last = runs.length < RUNS_A_PAGE ? undefined : runs.at(-1);
  return {
    next: last === undefined ? null : { cell: last.cell, seed: last.seed },
    runs: await compressed(JSON.stringify(runs), EFFORT),
  };
}
