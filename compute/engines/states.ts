/** Committed states by their hashes, from a coordinator, checked as they come. */
import type { States } from './engine.ts';
import { hashOf, unpackState } from './state-bytes.ts';

/** A crowd behind one router waits for its turn: so often, so many seconds at most each time. */
const TURNS = 10;
const MOST_SECONDS = 30;
/** Statuses that pass: too many requests, and a coordinator that stops. */
const PASSING: ReadonlySet<number> = new Set([429, 503]);

/** States of the coordinator at that address; without one, of the page's. */
export const servedStates =
  (url = ''): States =>
  async (sha256) => {
    const at = `${url.replace(/\/$/, '')}/api/states/${sha256}/state.bin`;
    let response = await fetch(at);
    for (let turn = 0; turn < TURNS && PASSING.has(response.status); turn++) {
      const seconds = Number(response.headers.get('Retry-After') ?? 1);
      const wait = Math.min(MOST_SECONDS, Math.max(1, seconds || 1));
      await new Promise((resolve) => setTimeout(resolve, 1000 * wait));
      response = await fetch(at);
    }
    const state = response.ok ? unpackState(new Uint8Array(await response.arrayBuffer())) : null;
    if (state !== null && hashOf(state) === sha256) return state;
    throw new Error(
      `The state ${sha256.slice(0, 8)} that this run stands on cannot be had: what it is of may have left.`,
    );
  };
