/** Conditions on many values. */
import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';

/**
 * Whether a text column has one of these values. They go as one parameter: with one for each, building
 * the statement takes longer than its answer where a thousand people are in a room. As an array, which is
 * looked up in an index; as a query, the planner takes it for a join, and may read the whole table.
 */
export function among(column: PgColumn, values: readonly string[]): SQL {
  return sql`${column} = any(array(select json_array_elements_text(${JSON.stringify(values)}::json)))`;
}
