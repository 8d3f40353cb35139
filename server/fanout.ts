/**
 * Redis between coordinators: it carries hints ("this room changed"), and who is where. Never truth:
 * while it is away each coordinator serves its own sockets, and reads the database to see what the
 * others did.
 */
import { createAdapter } from '@socket.io/redis-streams-adapter';
import { Redis } from 'ioredis';

export interface Fanout {
  /** For Socket.io; undefined without Redis. */
  readonly adapter: ReturnType<typeof createAdapter> | undefined;
  state(): 'none' | 'ok' | 'away';
  dispose(): void;
}

/** @param onError hears of each lost connection */
export function openFanout(url: string | null, onError: (error: unknown) => void): Fanout {
  if (url === null) return { adapter: undefined, state: () => 'none', dispose() {} };
  // A command waits for as long as Redis is away: the adapter publishes without listening for
  // failure, and an unheard rejection ends the process.
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  redis.on('error', onError);
  return {
    adapter: createAdapter(redis),
    state: () => (redis.status === 'ready' ? 'ok' : 'away'),
    dispose: () => redis.disconnect(),
  };
}
