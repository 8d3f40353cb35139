/**
 * Results that the coordinator has not acknowledged, kept in IndexedDB: they survive a closed tab, a
 * lost connection and a restarted browser. Where IndexedDB is refused (private windows of some
 * browsers), memory is used, which survives a lost connection only.
 */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { KeptResult, Outbox } from '../../compute/volunteer/parts.ts';

interface OutboxSchema extends DBSchema {
  results: { key: [string, number]; value: KeptResult };
}

/** Opens this browser's outbox. */
export async function openOutbox(): Promise<Outbox> {
  try {
    const db = await openDB<OutboxSchema>('manyhands-outbox', 1, {
      upgrade: (d) => void d.createObjectStore('results', { keyPath: ['shard', 'attempt'] }),
    });
    return indexedDbOutbox(db);
  } catch {
    return memoryOutbox();
  }
}

function indexedDbOutbox(db: IDBPDatabase<OutboxSchema>): Outbox {
  return {
    put: async (result) => void (await db.put('results', result)),
    all: () => db.getAll('results'),
    remove: (shard, attempt) => db.delete('results', [shard, attempt]),
  };
}

/** An outbox in memory. */
export function memoryOutbox(): Outbox {
  const kept = new Map<string, KeptResult>();
  const key = (shard: string, attempt: number) => `${shard}/${attempt}`;
  return {
    put: async (result) => void kept.set(key(result.shard, result.attempt), result),
    all: async () => [...kept.values()],
    remove: async (shard, attempt) => void kept.delete(key(shard, attempt)),
  };
}
