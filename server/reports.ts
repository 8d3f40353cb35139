/** Reports: text in which charts of a room stand, by version; every version is kept. */
import { randomUUID } from 'node:crypto';
import { and, count, desc, eq } from 'drizzle-orm';
import type { Database } from '../db/open.ts';
import { devices, investigations, reports, reportVersions, snapshots } from '../db/schema.ts';
import { mayIn } from './claims/change.ts';
import { findInvestigation } from './investigations.ts';
import { neutralNamesIn, shownName } from './neutral-names.ts';
import type { Refusal, ReportView, RequestValue, Shared } from './protocol.ts';
import { refuse } from './refusal.ts';
import { LIMITS } from './vocabulary.ts';

/** Stores a new report, or the next version of one. */
export async function saveReport(
  db: Database,
  device: string,
  input: RequestValue<'report.save'>,
): Promise<{ readonly report: string; readonly version: number } | Refusal> {
  const found = await findInvestigation(db, input.code);
  if (found === null) return refuse('not-found', `There is no room ${input.code}.`);
  const { title, body, snapshot } = input;
  if (snapshot !== null) {
    const [frozen] = await db
      .select({ id: snapshots.id })
      .from(snapshots)
      .where(and(eq(snapshots.id, snapshot), eq(snapshots.investigation, found.id)));
    if (frozen === undefined) return refuse('not-found', 'This room has no such snapshot.');
  }
  const text = { title, body, snapshot };
  return await db.transaction(async (tx) => {
    if (input.report === null) {
      const [written] = await tx
        .select({ n: count() })
        .from(reports)
        .where(eq(reports.investigation, found.id));
      if ((written?.n ?? 0) >= LIMITS.reportsPerRoom) {
        return refuse('not-allowed', `A room has at most ${LIMITS.reportsPerRoom} reports.`);
      }
      const id = randomUUID();
      const row = { id, investigation: found.id, author: device, version: 1 };
      await tx.insert(reports).values(row);
      await tx.insert(reportVersions).values({ ...text, report: id, version: 1 });
      return { report: id, version: 1 };
    }
    const own = and(eq(reports.id, input.report), eq(reports.investigation, found.id));
    const [report] = await tx.select().from(reports).where(own).for('update');
    if (report === undefined) return refuse('not-found', 'There is no such report in this room.');
    if (report.author !== device && !(await mayIn(tx, found, device, 'moderate'))) {
      return refuse('not-allowed', 'Only its author, instructors and the owner change a report.');
    }
    if (report.version !== input.after) {
      return refuse(
        'not-allowed',
        'Somebody saved this report since you opened it. Copy your text, reload, and put it in again.',
      );
    }
    if (report.version >= LIMITS.versionsPerReport) {
      return refuse('not-allowed', 'This report has too many versions. Begin a new one.');
    }
    const version = report.version + 1;
    await tx.update(reports).set({ version }).where(own);
    await tx.insert(reportVersions).values({ ...text, report: report.id, version });
    return { report: report.id, version };
  });
}

/** A version of a report, the latest by default; null without it. */
export async function reportView(
  db: Database,
  id: string,
  version: number | null,
): Promise<ReportView | null> {
  const [row] = await db
    .select({ report: reports, room: investigations, by: devices.nickname })
    .from(reports)
    .innerJoin(investigations, eq(investigations.id, reports.investigation))
    .innerJoin(devices, eq(devices.id, reports.author))
    .where(eq(reports.id, id));
  if (row === undefined) return null;
  const nameOf = await neutralNamesIn(db, row.room);
  const versions = await db
    .select({ version: reportVersions.version, createdAt: reportVersions.createdAt })
    .from(reportVersions)
    .where(eq(reportVersions.report, id))
    .orderBy(desc(reportVersions.version));
  const [text] = await db
    .select()
    .from(reportVersions)
    .where(
      and(eq(reportVersions.report, id), eq(reportVersions.version, version ?? row.report.version)),
    );
  if (text === undefined) return null;
  return {
    ...{ id, code: row.room.code, author: row.report.author },
    authorName: shownName(nameOf, row.report.author, row.by),
    ...{ version: text.version, title: text.title, body: text.body, snapshot: text.snapshot },
    at: text.createdAt.toISOString(),
    versions: versions.map((v) => ({ version: v.version, at: v.createdAt.toISOString() })),
  };
}

/** What was frozen and written in a room, for whoever may watch it. */
export async function sharedIn(db: Database, code: string): Promise<Shared | Refusal> {
  const found = await findInvestigation(db, code);
  if (found === null) return refuse('not-found', `There is no room ${code}.`);
  const nameOf = await neutralNamesIn(db, found);
  const frozen = await db
    .select({
      ...{ id: snapshots.id, title: snapshots.title, createdAt: snapshots.createdAt },
      by: snapshots.takenBy,
    })
    .from(snapshots)
    .where(eq(snapshots.investigation, found.id))
    .orderBy(desc(snapshots.createdAt));
  const written = await db
    .select({
      ...{ id: reports.id, title: reportVersions.title, createdAt: reportVersions.createdAt },
      ...{ by: devices.nickname, author: reports.author },
    })
    .from(reports)
    .innerJoin(
      reportVersions,
      and(eq(reportVersions.report, reports.id), eq(reportVersions.version, reports.version)),
    )
    .innerJoin(devices, eq(devices.id, reports.author))
    .where(eq(reports.investigation, found.id))
    .orderBy(desc(reportVersions.createdAt));
  return {
    snapshots: frozen.map(shown),
    reports: written.map(({ author, by, ...item }) =>
      shown({ ...item, by: shownName(nameOf, author, by) }),
    ),
  };
}

const shown = ({
  createdAt,
  ...item
}: {
  readonly id: string;
  readonly title: string;
  readonly by: string;
  readonly createdAt: Date;
}) => ({ ...item, at: createdAt.toISOString() });
