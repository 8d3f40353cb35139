/** Programs as the database says them, each parsed once: they are few, and read with every lease. */
import { sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { remembered } from '../compute/analysis/remembered.ts';
import type { ProgramSpec } from '../compute/programs/program.ts';

const programs = remembered<ProgramSpec>(1_000);

/** A column of programs as text: one program is one text, whatever the order of its keys was. */
export const programText = (column: PgColumn) => sql<string>`${column}::text`;

/** The program of such a text, the same object each time while there are not too many. */
export const programOf = (text: string): ProgramSpec =>
  programs(text, () => JSON.parse(text) as ProgramSpec);
