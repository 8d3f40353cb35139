/** Where one run comes from: what was trained, who tried, what was committed, what was replayed. */
import { and, asc, count, eq } from 'drizzle-orm';
import type { Database } from '../db/open.ts';
import { attempts, audits, cells, devices, investigations, runs } from '../db/schema.ts';
import { neutralNamesIn, shownName } from './neutral-names.ts';
import type { PointCard } from './protocol.ts';
import { legsIn } from './run-legs.ts';
import { hashesOf } from './validate.ts';

/** The card of a run, finished or not; null without such a run. All of it is of one moment. */
export async function pointCard(db: Database, runId: string): Promise<PointCard | null> {
  return await db.transaction(
    async (tx) => {
      const [row] = await tx
        .select({ run: runs, investigation: investigations, config: cells.config })
        .from(runs)
        .innerJoin(investigations, eq(investigations.id, runs.investigation))
        .innerJoin(
          cells,
          and(eq(cells.investigation, runs.investigation), eq(cells.index, runs.cell)),
        )
        .where(eq(runs.id, runId));
      if (row === undefined) return null;
      const { run, investigation, config } = row;
      const nameOf = await neutralNamesIn(tx, investigation);
      const shard = run.shard ?? '';
      const tried = await tx
        .select({ attempt: attempts, by: devices.nickname })
        .from(attempts)
        .innerJoin(devices, eq(devices.id, attempts.device))
        .where(eq(attempts.shard, shard))
        .orderBy(asc(attempts.number));
      const drawn = await tx
        .select()
        .from(audits)
        .where(eq(audits.shard, shard))
        .orderBy(asc(audits.attempt), asc(audits.part));
      const { legs, broken } = (await legsIn(tx, [shard]))(run);
      const names = new Map(tried.map(({ attempt, by }) => [attempt.device, by]));
      const [shared] = await tx.select({ n: count() }).from(runs).where(eq(runs.shard, shard));
      return {
        ...{ run: run.id, code: investigation.code, null: investigation.isNull },
        ...{ study: investigation.study, studyVersion: investigation.studyVersion },
        ...{ cell: run.cell, seed: run.seed, config: { ...config } },
        ...{ program: { ...run.program }, hyper: { ...run.hyper } },
        ...{ outcome: run.outcome, verified: run.verified, summary: { ...run.summary } },
        ...{ tolerance: investigation.tolerance, together: shared?.n ?? 0 },
        device: run.report === null ? null : reportOf(run.report),
        attempts: tried.map(({ attempt, by }) => ({
          ...{ number: attempt.number, state: attempt.state, seconds: attempt.seconds },
          by: shownName(nameOf, attempt.device, by),
          backend: attempt.report?.backend ?? null,
          adapter: attempt.report?.adapter ?? null,
          at: attempt.createdAt.toISOString(),
        })),
        checkpoints: hashesOf(run),
        legs: legs.map(({ device, ...leg }) => ({
          ...leg,
          by: shownName(nameOf, device, names.get(device) ?? ''),
        })),
        broken,
        audits: drawn.flatMap((audit) => segmentsIn(audit, runId)),
      };
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  );
}

/** What was drawn of a run in an audit of its shard, and what came of each segment. */
function segmentsIn(
  { segments, found, state, attempt, createdAt }: typeof audits.$inferSelect,
  run: string,
): PointCard['audits'] {
  const isOpen = state === 'asked' || state === 'open';
  return segments
    .map(({ run, from, to }, i) => {
      const finding = found.find(({ segment }) => segment === i);
      return {
        ...{ run, from, to, attempt, at: createdAt.toISOString() },
        state: finding?.verdict ?? (isOpen ? state : ('declined' as const)),
        ...{ replayer: finding?.replayer ?? null, deviation: finding?.deviation ?? null },
      };
    })
    .filter((one) => one.run === run)
    .sort((a, b) => a.from - b.from)
    .map(({ run: _, ...one }) => one);
}

/** A copy that may be changed: that is what the schema gives. */
function reportOf(report: NonNullable<typeof runs.$inferSelect.report>): PointCard['device'] {
  return { ...report, fallbacks: [...report.fallbacks] };
}
