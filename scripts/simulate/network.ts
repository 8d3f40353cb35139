/**
 * The way between clients and the coordinator: it takes its time, loses messages and acknowledgements,
 * delivers some twice, and leads nowhere while the coordinator is down.
 */
import type { Chance } from './chance.ts';
import type { Timeline } from './timeline.ts';

export interface Network {
  /** Delivers a message; `answered` hears null if no answer comes. */
  send<T>(chance: Chance, handle: () => T, answered?: (answer: T | null) => void): void;
  /** A socket breaks, and the coordinator notices after a while, unless it was restarted meanwhile. */
  disconnect(noticedAfterMs: number, handle: () => void): void;
  /** The coordinator is killed, and is there again after so long. */
  crash(downMs: number, restart: () => void): void;
}

const LATENCY_MS = [10, 150] as const;
/** Who hears nothing for so long gives up waiting. */
const TIMEOUT_MS = 10_000;
/** Of messages; a shard takes about fourteen. */
const LOST = 0.001;
const ANSWER_LOST = 0.002;
const TWICE = 0.005;
/** A repetition may come so much later. */
const ECHO_MS = 20_000;

export function createNetwork(timeline: Timeline): Network {
  let [down, lives] = [false, 0];
  return {
    send(chance, handle, answered = () => {}) {
      const latency = chance.between(...LATENCY_MS);
      const unanswered = () => timeline.after(TIMEOUT_MS, () => answered(null));
      if (chance.happens(LOST)) return unanswered();
      timeline.after(latency, () => {
        if (down) return unanswered();
        const answer = handle();
        if (chance.happens(TWICE)) {
          timeline.after(ECHO_MS * chance.uniform(), () => {
            if (!down) handle();
          });
        }
        if (chance.happens(ANSWER_LOST)) return unanswered();
        timeline.after(latency, () => answered(answer));
      });
    },
    disconnect(noticedAfterMs, handle) {
      const life = lives;
      timeline.after(noticedAfterMs, () => {
        if (!down && life === lives) handle();
      });
    },
    crash(downMs, restart) {
      down = true;
      lives += 1;
      timeline.after(downMs, () => {
        down = false;
        restart();
      });
    },
  };
}
