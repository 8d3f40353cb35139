/** Who wrote something, as the room is told; and whom a text names. */
import { and, eq, inArray } from 'drizzle-orm';
import { devices, members } from '../../db/schema.ts';
import type { Investigation } from '../investigations.ts';
import { neutralNamesIn } from '../neutral-names.ts';
import type { Mention } from '../protocol.ts';
import type { Tx } from '../sequence.ts';

/** The name under which what somebody wrote is shown: the only place that decides it. */
export const authorName = (by: { readonly nickname: string }): string => by.nickname;

/**
 * Those of these devices that came into the room, or trained for it, and that a text names by an @ and their nickname, whatever stands in it: the name is
 * searched for, not parsed. It is kept with the text, so that a later renaming leaves the mark in place.
 */
export async function mentionsIn(
  tx: Tx,
  found: Investigation,
  text: string,
  ids: readonly string[],
): Promise<Mention[]> {
  if (ids.length === 0) return [];
  const neutral = await neutralNamesIn(tx, found);
  const named = await tx
    .select({ id: devices.id, nickname: devices.nickname })
    .from(devices)
    .innerJoin(members, eq(members.device, devices.id))
    .where(and(eq(members.investigation, found.id), inArray(devices.id, [...new Set(ids)])))
    .orderBy(devices.id);
  // Where names are hidden, people are called as they are shown; who sees names may use either.
  return named.flatMap(({ id, nickname }) => {
    const name = [nickname, ...(neutral === null ? [] : [neutral(id)])].find((n) =>
      text.includes(`@${n}`),
    );
    return name === undefined ? [] : [{ id, name }];
  });
}
