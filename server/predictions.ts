/**
 * Predictions of the largest size, by a law that was fitted to the smaller ones. One is recorded in the
 * transaction that accepts the result which makes the smaller sizes complete enough, while the investigation's
 * row is locked and no run of the predicted size was ever accepted; and it is never rewritten (D4). So that there is
 * something to predict, that size is trained last until then (S8).
 */
import { randomUUID } from 'node:crypto';
import { asc, eq } from 'drizzle-orm';
import {
  type CountedCell,
  type HeldOut,
  heldOutOf,
  isOpen,
  isReady,
  PROBABILITY,
  predict,
  predictedNames,
  seedsOf,
} from '../compute/studies/held-out.ts';
import { studyById } from '../compute/studies/registry.ts';
import { familyKey } from '../compute/studies/size-law.ts';
import type { SizeLaw } from '../compute/studies/study.ts';
import { cells, predictions } from '../db/schema.ts';
import type { Came } from './analyse.ts';
import { groupBy } from './group.ts';
import type { Investigation } from './investigations.ts';
import type { Predicted } from './left-behind.ts';
import type { PredictionView } from './protocol.ts';
import type { Tx } from './sequence.ts';
import { summariesOf } from './summaries.ts';

type Reader = Pick<Tx, 'select'>;

async function countedCells(tx: Reader, investigation: string): Promise<CountedCell[]> {
  const { index, config, done, of, seen } = cells;
  const rows = await tx
    .select({ index, config, done, of, seen })
    .from(cells)
    .where(eq(cells.investigation, investigation))
    .orderBy(asc(cells.index));
  return rows.map((row) => ({ ...row, seen: row.seen !== null }));
}

/** Largest sizes that no run was accepted of and no prediction was made of; those of `all` are for names. */
async function unpredicted(tx: Reader, size: SizeLaw, { id }: Pick<Investigation, 'id'>) {
  const all = heldOutOf(size, await countedCells(tx, id));
  const open = all.filter(isOpen);
  if (open.length === 0) return { all, open };
  const made = await tx
    .select({ family: predictions.family, x: predictions.x })
    .from(predictions)
    .where(eq(predictions.investigation, id));
  const isMade = ({ key, value }: HeldOut) =>
    made.some(({ family, x }) => family === key && x === size.x(value));
  return { all, open: open.filter((heldOut) => !isMade(heldOut)) };
}

/** Cells that are to be trained last, until they have been predicted. */
export async function heldBackCells(
  tx: Reader,
  found: Pick<Investigation, 'id' | 'study'>,
): Promise<readonly number[]> {
  const size = studyById(found.study)?.size;
  if (size === undefined) return [];
  const { open } = await unpredicted(tx, size, found);
  return open.flatMap((heldOut) => heldOut.cells.map((c) => c.index));
}

/** Records what can be predicted now. The investigation has been numbered in this transaction, and so is locked. */
export async function recordPredictions(tx: Tx, found: Investigation): Promise<void> {
  const size = studyById(found.study)?.size;
  if (size === undefined) return;
  const { all, open } = await unpredicted(tx, size, found);
  const ready = open.filter(isReady);
  if (ready.length === 0) return;
  const runs = await summariesOf(tx, found);
  const names = predictedNames(size, all);
  const rows = ready.flatMap((heldOut) => {
    const made = predict(size, { ...heldOut, seeds: seedsOf(heldOut) }, runs);
    if (made === null) return [];
    const { x, predicted, interval, seeds, sizes } = made;
    return [
      {
        ...{ id: randomUUID(), investigation: found.id, family: heldOut.key, x, predicted },
        ...{ label: names.get(heldOut.key) ?? size.of, law: size.law.name },
        ...{ low: interval[0], high: interval[1], probability: PROBABILITY, seeds },
        ...{ sizes: [...sizes], runs: made.runs, evidence: found.seq },
      },
    ];
  });
  if (rows.length > 0) await tx.insert(predictions).values(rows).onConflictDoNothing();
}

/** A prediction as it was recorded; what came of it, and what of its evidence left, is told with the verdict. */
export interface Recorded {
  readonly prediction: Omit<PredictionView, 'came' | 'left'>;
  /** What is asked of the runs that are in. */
  readonly asked: Predicted;
  /** As many seeds are in as the interval is for. */
  readonly complete: boolean;
}

/** All predictions of a room, in the order in which they were made. */
export async function recordedPredictions(
  tx: Reader,
  found: Pick<Investigation, 'id' | 'study'>,
): Promise<readonly Recorded[]> {
  const size = studyById(found.study)?.size;
  if (size === undefined) return [];
  const rows = await tx
    .select()
    .from(predictions)
    .where(eq(predictions.investigation, found.id))
    .orderBy(asc(predictions.evidence), asc(predictions.x), asc(predictions.family));
  if (rows.length === 0) return [];
  const counted = groupBy(
    await countedCells(tx, found.id),
    ({ config }) => `${size.x(Number(config[size.parameter]))} ${familyKey(size, config)}`,
  );
  return rows.map((row) => {
    const { id, label, law, x, predicted, low, high, probability, seeds, sizes, family } = row;
    const { runs, evidence } = row;
    const own = counted.get(`${x} ${family}`) ?? [];
    const value = Number(own[0]?.config[size.parameter]);
    return {
      prediction: {
        ...{ id, label, panel: size.panel, law, x, predicted, interval: [low, high] },
        ...{ probability, seeds, sizes, runs, evidence, at: row.createdAt.toISOString() },
      },
      asked: { id, family, x, value, seeds, runs, evidence },
      complete: own.every(({ done }) => done >= seeds),
    };
  });
}

/** A prediction with what came of it, and with what of its evidence has left. */
export function withWhatCame(
  { prediction, complete }: Recorded,
  { measured = null, left = null }: Partial<Came> = {},
): PredictionView {
  const [low, high] = prediction.interval;
  const inside = measured !== null && measured.value >= low && measured.value <= high;
  return {
    ...prediction,
    came: measured && { ...measured, inside, complete },
    ...(left === null ? {} : { left }),
  };
}
