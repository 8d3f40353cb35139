/** Programs as the database says them, each parsed once: they are few, and read with every lease. */
import { sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { ProgramSpec } from '../compute/programs/program.ts';

const MOST = 1_000;
const programs = new Map<string, ProgramSpec>();

/** A column of programs as text: one program is one text, whatever the order of its keys was. */
export const programText = (column: PgColumn) => sql<string>`${column}::text`;

/** The program of such a text, the same object each time while there are not too many. */
export function programOf(text: string): ProgramSpec {
  const known = programs.get(text);
  if (known !== undefined) return known;
  if (programs.size >= MOST) programs.clear();
  const program = JSON.parse(text) as ProgramSpec;
  programs.set(text, program);
  return program;
}
