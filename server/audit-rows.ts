/**
 * Audits as rows: what is asked of each, the states that are shown of it until it is settled, and its end.
 * There is one row for what was drawn together: with a handover, or with the result.
 */
import { and, inArray, type SQL, sql } from 'drizzle-orm';
import type { DrawnSegment } from '../db/drawn.ts';
import { audits } from '../db/schema.ts';
import { createBlob } from './blob.ts';
import type { Ask } from './protocol.ts';
import type { Tx } from './sequence.ts';
import type { AttemptOf } from './withdraw.ts';

/** Which audit. */
export interface AuditOf extends AttemptOf {
  /** The step up to which was handed over what it was drawn of; 0: it was drawn with the result. */
  readonly part: number;
}

/** Which segment of it. */
export interface SegmentOf extends AuditOf {
  /** Its place among those that were drawn. */
  readonly segment: number;
}

export const auditKey = ({ shard, attempt, part }: AuditOf): string =>
  `${shard}/${attempt}/${part}`;

/** What is asked of an audit's device; its name for a segment says where that lies. */
export const asksOf = ({
  shard,
  attempt,
  part,
  segments,
}: AuditOf & { readonly segments: readonly DrawnSegment[] }): Ask[] =>
  segments.map(({ run, from, to }, i) => ({
    audit: `${shard}.${attempt}.${part}.${i}`,
    ...{ run, from, to },
  }));

/** Where the segment of such a name lies; null of what is none. */
export function segmentOf(audit: string): SegmentOf | null {
  const name = /^(.+)\.(\d{1,9})\.(\d{1,9})\.(\d{1,9})$/.exec(audit);
  if (name === null) return null;
  const [, shard = '', attempt, part, segment] = name;
  return { shard, attempt: Number(attempt), part: Number(part), segment: Number(segment) };
}

export interface Shown extends SegmentOf {
  readonly start: Uint8Array | null;
  readonly end: Uint8Array | null;
}

export async function keepStates(tx: Tx, shown: readonly Shown[]): Promise<void> {
  if (shown.length === 0) return;
  const blob = createBlob();
  const rows = shown.map(({ shard, attempt, part, segment, start, end }) => {
    const [s, e] = [start && blob.put(start), end && blob.put(end)];
    return { shard, attempt, part, segment, sa: s?.at, sl: s?.length, ea: e?.at, el: e?.length };
  });
  await tx.execute(sql`
    with blob as materialized (select ${blob.bytes()}::bytea as b)
    insert into audit_states (shard, attempt, part, segment, start, "end")
    select v.shard, v.attempt, v.part, v.segment, substring(b from v.sa for v.sl),
      substring(b from v.ea for v.el)
    from blob, json_to_recordset(${JSON.stringify(rows)}::json)
      as v(shard text, attempt int, part int, segment int, sa int, sl int, ea int, el int)`);
}

/** The states of audits that are over are kept no longer. */
export async function forgetStates(tx: Tx, over: readonly AuditOf[]): Promise<void> {
  if (over.length === 0) return;
  await tx.execute(sql`
    delete from audit_states as s using ${rowsOf(over)}
    where s.shard = v.shard and s.attempt = v.attempt and s.part = v.part`);
}

/** All the states of these are here: they wait to be replayed. */
export async function openAudits(tx: Tx, whole: readonly AuditOf[]): Promise<void> {
  if (whole.length === 0) return;
  await tx.execute(sql`
    update result_audits as a set state = 'open' from ${rowsOf(whole)}
    where a.shard = v.shard and a.attempt = v.attempt and a.part = v.part`);
}

const rowsOf = (which: readonly AuditOf[]): SQL =>
  sql`json_to_recordset(${JSON.stringify(
    which.map(({ shard, attempt, part }) => ({ shard, attempt, part })),
  )}::json) as v(shard text, attempt int, part int)`;

/** Those of these audits that are not settled end without a verdict. */
export async function endAudits(tx: Tx, which: SQL | undefined): Promise<void> {
  const over = await tx
    .update(audits)
    .set({ state: 'declined' })
    .where(and(which, inArray(audits.state, ['asked', 'open'])))
    .returning({ shard: audits.shard, attempt: audits.attempt, part: audits.part });
  await forgetStates(tx, over);
}
