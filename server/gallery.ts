/**
 * What this server has found so far, for whoever comes by: each study's verdict and its miniature figure,
 * by the investigation that has most runs; and the investigations that were opened for open questions.
 * Of the former no code is told: a room is entered by who was given it.
 */
import { and, asc, desc, eq, inArray, isNotNull, sql } from 'drizzle-orm';
import { decimate } from '../compute/analysis/decimate.ts';
import { studies, studyById } from '../compute/studies/registry.ts';
import type { Study } from '../compute/studies/study.ts';
import { thumbnailOf } from '../compute/studies/thumbnail.ts';
import type { Database } from '../db/open.ts';
import { cells, investigations } from '../db/schema.ts';
import { inSnapshot, type Snapshot } from './deltas.ts';
import { evidenceOf } from './evidence.ts';
import type { GalleryEntry, QuestionEntry } from './protocol.ts';
import { remembered } from './remembered.ts';
import { verdictIn } from './verdict.ts';

/** A miniature shows no more. */
const [LINES, POINTS] = [8, 32];
/** The newest of them, over all questions. */
const LISTED = 100;
/** Whoever comes by is told what was found a moment ago. */
const TOLD_AGAIN_MS = 10_000;

/** Readers of both lists, each made at most every ten seconds. */
export function createGallery(db: Database) {
  const gallery = remembered(TOLD_AGAIN_MS, () => galleryOf(db));
  const asked = remembered(TOLD_AGAIN_MS, () => openedForQuestions(db));
  return { studies: () => gallery(''), questions: () => asked('') };
}

async function galleryOf(db: Database): Promise<readonly GalleryEntry[]> {
  const rows = await db
    .select({
      ...{ study: investigations.study, version: investigations.studyVersion },
      ...{ code: investigations.code, done: sql<number>`sum(${cells.done})::int` },
    })
    .from(investigations)
    .innerJoin(cells, eq(cells.investigation, investigations.id))
    .where(eq(investigations.isNull, false))
    .groupBy(investigations.id)
    .orderBy(desc(sql`sum(${cells.done})`), asc(investigations.createdAt));
  const entries: GalleryEntry[] = [];
  for (const study of studies) {
    const own = rows.filter((r) => r.study === study.id && r.version === study.version);
    const first = own.find((r) => r.done > 0);
    const best =
      first === undefined ? null : await inSnapshot(db, first.code, (s) => bestOf(study, s));
    entries.push({ study: study.id, investigations: own.length, best });
  }
  return entries;
}

async function bestOf(
  study: Study,
  { tx, found, folded, verdict }: Snapshot,
): Promise<NonNullable<GalleryEntry['best']>> {
  const { panel } = thumbnailOf(study);
  const { analysis } = await verdict();
  const folds = await folded();
  const rows = await tx
    .select({ index: cells.index, lines: cells.lines })
    .from(cells)
    .where(eq(cells.investigation, found.id))
    .orderBy(asc(cells.index));
  const lines = rows.flatMap(
    ({ index, lines }) => (folds.cells.get(index) ?? lines)[panel.id] ?? [],
  );
  const { state, value, interval, runs } = analysis.verdict;
  return {
    verdict: { state, value, interval, runs },
    means: lines.slice(0, LINES).map(({ line, x, mean }) => {
      const thin = decimate({ line, x, y: mean }, POINTS);
      return { line, x: thin.x, mean: thin.y };
    }),
  };
}

async function openedForQuestions(db: Database): Promise<readonly QuestionEntry[]> {
  const listed = await db
    .select()
    .from(investigations)
    .where(
      and(
        isNotNull(investigations.question),
        inArray(
          investigations.study,
          studies.map((s) => s.id),
        ),
      ),
    )
    .orderBy(desc(investigations.createdAt))
    .limit(LISTED);
  const entries: QuestionEntry[] = [];
  for (const found of listed) {
    const { question, code, title, state } = found;
    if (question === null || studyById(found.study) === null) continue;
    const { verdict, runs } = await db.transaction(async (tx) => {
      const evidence = await evidenceOf(tx, found);
      return { ...(await verdictIn(tx, found, evidence)), runs: evidence.runs };
    });
    entries.push({
      ...{ question, code, title, state, study: found.study, null: found.isNull },
      ...{ verdict: (await verdict).analysis.verdict.state, runs },
      openedAt: found.createdAt.toISOString(),
    });
  }
  return entries;
}
