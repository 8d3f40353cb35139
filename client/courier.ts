/**
 * The volunteer's `Courier` over a client's connection: turns replies and refusals of the protocol into
 * the few answers that the loop knows.
 */
import { packCarried, unpackCarried } from '../compute/engines/carried.ts';
import { joined, packResults } from '../compute/engines/result-bytes.ts';
import type { Courier, LeasedShard } from '../compute/volunteer/parts.ts';
import type { Lease } from '../server/protocol.ts';
import { PASSING, type RefusalReason } from '../server/vocabulary.ts';
import type { Client } from './client.ts';

/** Wait this long for work when the coordinator does not say how long. */
const RETRY_MS = 5_000;

/** A courier for one investigation's room, or (`code` null) for whichever has work. */
export function createCourier(client: Client, code: string | null): Courier {
  return {
    lease: async (device) => {
      const input = { ...device, fallbacks: [...device.fallbacks] };
      const reply = await client.request('lease.request', { code, device: input });
      if (reply.ok) return { kind: 'lease', lease: leaseOf(reply.value) };
      if (reply.reason === 'offline') return { kind: 'offline' };
      return { kind: 'none', why: reply.message, retryInMs: reply.retryInMs ?? RETRY_MS };
    },
    progress: async ({ shard, attempt }, done) => {
      const reply = await client.request('lease.progress', { shard, attempt, done });
      if (reply.ok) return 'go-on';
      return isFinal(reply.reason) ? 'lost' : 'offline';
    },
    handOver: async ({ shard, attempt }, device, carried) => {
      const told = { ...device, fallbacks: [...device.fallbacks] };
      const input = { shard, attempt, device: told, ...packCarried(carried) };
      const reply = await client.request('lease.handover', input);
      if (reply.ok) return { kind: 'taken', asks: reply.value.asks };
      return { kind: isFinal(reply.reason) ? 'refused' : 'offline' };
    },
    release: async ({ shard, attempt }, reason, detail) => {
      const why = detail === undefined ? {} : { detail: detail.slice(0, 500) };
      await client.request('lease.release', { shard, attempt, reason, ...why });
    },
    submit: async (result) => {
      const reply = await client.request('result.submit', {
        shard: result.shard,
        attempt: result.attempt,
        device: { ...result.device, fallbacks: [...result.device.fallbacks] },
        seconds: result.seconds,
        ...packResults(result.runs),
      });
      if (!reply.ok) {
        if (!isFinal(reply.reason)) return { kind: 'offline' };
        return { kind: 'not-counted', why: reply.message };
      }
      return reply.value.outcome === 'superseded'
        ? { kind: 'not-counted', why: 'Somebody else was faster with the same runs.' }
        : { kind: 'counted', asks: reply.value.asks };
    },
    show: async (shown) => {
      const reply = await client.request('audit.answer', {
        answers: shown.map(({ ask: { audit }, start, end }) => ({
          ...{ audit, start: start?.byteLength ?? null, end: end?.byteLength ?? null },
        })),
        states: joined(shown.flatMap(({ start, end }) => [start, end].filter((s) => s !== null))),
      });
      return reply.ok || isFinal(reply.reason) ? 'done' : 'offline';
    },
    online: (signal) =>
      new Promise((resolve) => {
        if (signal.aborted || client.isConnected()) return resolve();
        const off = client.onConnected(done);
        function done(): void {
          off();
          resolve();
        }
        signal.addEventListener('abort', done, { once: true });
      }),
  };
}

/** A lease as the volunteer's loop knows it. */
function leaseOf({ from, ...lease }: Lease): LeasedShard {
  if (from === null) return { ...lease, from: null };
  // A browser's Socket.io gives bytes as plain buffers.
  const bytes = (b: Uint8Array) => new Uint8Array(b);
  const carried = unpackCarried(lease.pack.program, {
    ...{ step: from.step, runs: from.runs, values: bytes(from.values) },
    ...{ hashes: bytes(from.hashes), states: bytes(from.states) },
  });
  if (carried === null) throw new Error('The coordinator sent states that are not whole.');
  return { ...lease, from: carried };
}

/** Whether asking again with the same message could never help. */
function isFinal(reason: RefusalReason | 'offline'): boolean {
  return reason !== 'offline' && !PASSING.has(reason);
}
