/**
 * Shards are offered again as soon as nobody holds them: at once, or when the soft deadline of whoever does
 * has passed without a renewal.
 */
import { heldUntil } from '../../server/shards.ts';
import type { Dispatch } from './dispatch.ts';
import type { ShardRow } from './store.ts';
import type { Timeline } from './timeline.ts';

export interface Offers {
  /** Somebody may hold the shard, and may let go. */
  watch(row: ShardRow): void;
  /** Who held it does not any more. */
  again(row: ShardRow): void;
}

export function createOffers(timeline: Timeline, dispatch: Dispatch): Offers {
  const watched = new Set<ShardRow>();

  function watch(row: ShardRow): void {
    if (row.shard.accepted !== null || watched.has(row)) return;
    const until = heldUntil(row.shard);
    if (until === null || until < timeline.now()) {
      dispatch.returned(row);
      return;
    }
    watched.add(row);
    timeline.after(until + 1 - timeline.now(), () => {
      watched.delete(row);
      watch(row);
    });
  }

  return {
    watch,
    again(row) {
      watched.delete(row);
      watch(row);
    },
  };
}
