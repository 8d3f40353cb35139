/**
 * Rooms that have work to give: which they are, in which order their runs go, and how much of them was
 * leased of late. What is remembered here for a second only orders who gets what first.
 */
import { and, asc, count, eq, exists, gt, inArray, isNull, type SQL, sql } from 'drizzle-orm';
import { studyById } from '../compute/studies/registry.ts';
import type { Study } from '../compute/studies/study.ts';
import type { Database } from '../db/open.ts';
import { attempts, investigations, runs, shards } from '../db/schema.ts';
import { type Front, firstIn, firstOpen } from './forming.ts';
import { INFORMED_FROM, widestCells } from './informative.ts';
import type { Investigation } from './investigations.ts';
import { heldBackCells } from './predictions.ts';
import type { Refusal } from './protocol.ts';
import { refuse } from './refusal.ts';
import { remembered } from './remembered.ts';
import { stopsAmong } from './stops.ts';

export const NO_WORK_RETRY_MS = 3_000;
const STOPPED_RETRY_MS = 30_000;
const FAIR_OVER_MS = 5 * 60_000;
const REMEMBERED_MS = 1_000;

/** A room that may have work. */
export interface Place {
  readonly found: Investigation;
  readonly study: Study;
  /** Null: no run of it is in no shard. */
  readonly front: Front | null;
}

type First = Awaited<ReturnType<typeof firstOpen>> extends ReadonlyMap<string, infer F> ? F : never;

export interface Places {
  /** Of each code: the room, or why nobody gets work there. */
  named(codes: readonly string[]): Promise<ReadonlyMap<string, Place | Refusal>>;
  /**
   * Running rooms with runs that have no result, and how many leases each had in the last minutes (S4):
   * each lease is about as much of a device's time.
   */
  anywhere(now: number): Promise<readonly { readonly place: Place; readonly leased: number }[]>;
  /** One lease of each of these was given. */
  gave(leased: readonly Pick<Investigation, 'id'>[]): void;
}

const sum = ({ id }: Investigation, ...counts: readonly ReadonlyMap<string, number>[]): number =>
  counts.reduce((total, n) => total + (n.get(id) ?? 0), 0);

const arrayOf = (cells: readonly number[]) =>
  sql`array[${sql.join(
    cells.map((cell) => sql`${cell}::int`),
    sql`, `,
  )}]`;

export function createPlaces(db: Database): Places {
  /** Cells by how little is known of them. */
  const ranking = remembered(REMEMBERED_MS, async ({ id, study }: Investigation) => {
    const { effect } = studyById(study) ?? {};
    if (effect === undefined) return [];
    return await widestCells(db, id, effect);
  });
  /** Cells that go last until they have been predicted (S7). */
  const heldBack = remembered(REMEMBERED_MS, async (found: Investigation) =>
    heldBackCells(db, found),
  );
  /** Leases given here since the last reading. */
  const since = new Map<string, number>();
  const lately = remembered(REMEMBERED_MS, async (now: number) => {
    since.clear();
    const rows = await db
      .select({ id: shards.investigation, n: count() })
      .from(attempts)
      .innerJoin(shards, eq(shards.id, attempts.shard))
      .where(gt(attempts.createdAt, new Date(now - FAIR_OVER_MS)))
      .groupBy(shards.investigation);
    return new Map(rows.map(({ id, n }) => [id, n]));
  });

  async function frontOf(found: Investigation, first: First | undefined): Promise<Front | null> {
    if (first === undefined) return null;
    const usual = { program: first.program, order: null };
    const [last, ranked] = await Promise.all([
      heldBack(found.id, found),
      first.repeat < INFORMED_FROM ? [] : ranking(found.id, found),
    ]);
    const order: SQL[] = [];
    if (last.length > 0) order.push(inArray(runs.cell, [...last]));
    if (ranked.length > 0) {
      const list = arrayOf(ranked.map(({ cell }) => cell));
      order.push(sql`array_position(${list}, ${runs.cell}) nulls last`);
    }
    if (order.length === 0) return usual;
    const program = await firstIn(db, found.id, order);
    return program === null ? null : { program, order };
  }

  async function placesOf(all: readonly Investigation[]): Promise<(Place | Refusal)[]> {
    const ids = all.map(({ id }) => id);
    const [stops, first] = await Promise.all([stopsAmong(db, ids), firstOpen(db, ids)]);
    return await Promise.all(
      all.map(async (found) => {
        const study = studyById(found.study);
        const stopped = stops.get(found.id);
        if (found.state !== 'running') {
          return refuse('not-running', `The investigation is ${found.state}.`, NO_WORK_RETRY_MS);
        }
        if (study === null) {
          return refuse('no-work', `The study ${found.study} is not part of this version.`);
        }
        if (stopped !== undefined) return refuse('stopped', stopped, STOPPED_RETRY_MS);
        return { found, study, front: await frontOf(found, first.get(found.id)) };
      }),
    );
  }

  return {
    async named(codes) {
      const all = await db
        .select()
        .from(investigations)
        .where(inArray(investigations.code, [...codes]));
      const places = await placesOf(all);
      const byCode = new Map(all.map(({ code }, i) => [code, places[i]]));
      return new Map(
        codes.map((code) => [
          code,
          byCode.get(code) ?? refuse('not-found', `There is no room ${code}.`),
        ]),
      );
    },
    async anywhere(now) {
      const waiting = db
        .select({ one: sql`1` })
        .from(runs)
        .where(and(eq(runs.investigation, investigations.id), isNull(runs.outcome)));
      const running = await db
        .select()
        .from(investigations)
        .where(and(eq(investigations.state, 'running'), exists(waiting)))
        .orderBy(asc(investigations.createdAt));
      const [places, leased] = [await placesOf(running), await lately('all', now)];
      return places.flatMap((place) =>
        'ok' in place ? [] : [{ place, leased: sum(place.found, leased, since) }],
      );
    },
    gave(leased) {
      for (const { id } of leased) since.set(id, (since.get(id) ?? 0) + 1);
    },
  };
}
