/** More of an investigation while it goes on: new seeds for every cell, new values of its parameters. */
import { and, asc, eq, lt } from 'drizzle-orm';
import {
  cellCount,
  extendedCells,
  extendGrid,
  plannedRuns,
  studyById,
} from '../compute/studies/registry.ts';
import type { Grid } from '../compute/studies/study.ts';
import type { Database } from '../db/open.ts';
import { cells, investigations } from '../db/schema.ts';
import {
  type Investigation,
  insertCells,
  insertRuns,
  refuseTooHeavy,
  refuseTooLarge,
} from './investigations.ts';
import { recordPredictions } from './predictions.ts';
import type { InvestigationState, Refusal } from './protocol.ts';
import { refuse } from './refusal.ts';
import { numbered } from './sequence.ts';
import { LIMITS } from './vocabulary.ts';

/**
 * Appends what the grid does not have yet, all in one transaction (S6): cells and runs that exist
 * stay as they are. Refused when nothing is new, when it is too much, and when the study has
 * changed since, because runs of two versions must not meet in one verdict.
 */
export async function extendInvestigation(
  db: Database,
  { id }: Investigation,
  more: Grid,
): Promise<{ readonly state: InvestigationState } | Refusal> {
  return await db.transaction(async (tx) => {
    // Locked until the transaction ends: two extensions follow one another.
    const [found] = await tx
      .select()
      .from(investigations)
      .where(eq(investigations.id, id))
      .for('update');
    if (found === undefined) throw new Error(`The investigation ${id} is gone.`);
    const { state, isNull } = found;
    if (state === 'concluded') return refuse('not-running', 'The investigation is concluded.');
    const study = studyById(found.study);
    if (study === null || study.version !== found.studyVersion) {
      return refuse(
        'not-allowed',
        `This was opened with version ${found.studyVersion} of the study, which has changed since: open a new investigation instead.`,
      );
    }
    const checked = extendGrid(study, found.grid, more);
    if (!checked.ok) return refuse('bad-grid', checked.message);
    const { grid } = checked;
    const refusal =
      refuseTooLarge(cellCount(study, grid), grid.seeds.length) ?? refuseTooLong(grid);
    if (refusal !== null) return refusal;
    const known = await tx
      .select({ config: cells.config })
      .from(cells)
      .where(eq(cells.investigation, id))
      .orderBy(asc(cells.index));
    const before = known.map((c) => c.config);
    const configs = extendedCells(study, before, grid);
    const planned = plannedRuns(study, configs, grid.seeds, { null: isNull });
    const tooHeavy = refuseTooHeavy(planned);
    if (tooHeavy !== null) return tooHeavy;

    const { seq } = await numbered(tx, id);
    await tx.update(investigations).set({ grid }).where(eq(investigations.id, id));
    const of = grid.seeds.length;
    await tx
      .update(cells)
      .set({ of, seq })
      .where(and(eq(cells.investigation, id), lt(cells.of, of)));
    await insertCells(tx, id, configs.slice(before.length), { first: before.length, of, seq });
    const seedsBefore = found.grid.seeds.length;
    await insertRuns(
      tx,
      id,
      planned.filter((run) => run.cell >= before.length || run.repeat >= seedsBefore),
    );
    // A larger size: those there were may have said enough already.
    await recordPredictions(tx, { ...found, seq });
    return { state };
  });
}

/** The refusal of longer lists than an investigation may be opened with, or null. */
function refuseTooLong({ params, seeds }: Grid): Refusal | null {
  if (seeds.length > LIMITS.seeds) {
    return refuse('bad-grid', `That is ${seeds.length} seeds; at most ${LIMITS.seeds} fit.`);
  }
  const long = Object.values(params).find((values) => values.length > LIMITS.valuesPerParam);
  return long === undefined
    ? null
    : refuse('bad-grid', `A parameter has at most ${LIMITS.valuesPerParam} values.`);
}
