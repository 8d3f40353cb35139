import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { openDatabase } from './open.ts';

test('bytes come back from PGlite as they went in, wherever they lay in their buffer', async () => {
  const { db, dispose } = await openDatabase({ kind: 'memory' });
  try {
    const all = Uint8Array.from({ length: 258 }, (_, i) => (i * 7) % 256);
    const within = all.subarray(1, 257);
    const read = sql`select ${within}::bytea as b, length(${within}::bytea) as n,
      get_byte(${within}::bytea, 255) as last`;
    const [row] = ((await db.execute(read)) as unknown as { rows: { b: Uint8Array }[] }).rows;
    expect(row).toEqual({ b: Buffer.from(within), n: 256, last: within[255] });
    const empty = sql`select ${new Uint8Array()}::bytea as b, ${null}::bytea as none`;
    const [nothing] = ((await db.execute(empty)) as unknown as { rows: unknown[] }).rows;
    expect(nothing).toEqual({ b: Buffer.alloc(0), none: null });
  } finally {
    await dispose();
  }
});
