/**
 * Who comes and when: a class of forty in a minute, a few machines of a lab that stay, and later those
 * who read a post, fewer and fewer of them. Speeds are log-normal, 95% of them within 1.5 decades.
 */
import type { Chance } from './chance.ts';
import { CHEATERS, type ClientKind, type Profile } from './clients.ts';

/** Shares of the clients by kind; the others are honest. */
export type Mix = Readonly<Partial<Record<Exclude<ClientKind, 'honest'>, number>>>;

export const DEFAULT_MIX: Mix = {
  ...Object.fromEntries(CHEATERS.map((kind) => [kind, 0.04])),
  ...{ dodging: 0.02, broken: 0.005 },
};

const CLASSROOM = 40;
const POST_AT_MS = 2 * 60_000;
/** Mean of the exponential that says when a reader of the post comes. */
const POST_OVER_MS = 10 * 60_000;
const STAY_MS = 5 * 60_000;
const LAB = { share: 0.01, least: 4 };
/** Median speed in run-steps a second, and the standard deviation of its decimal logarithm. */
const SPEED = { median: 280, decades: 1.5 / 4 };
/**
 * Backends and adapters by the relative size of their roundings. The deviations that come of it (up to
 * about 35 times as much) are those that `npm run calibrate` found between classes, 4e-5.
 */
const CLASSES = [
  { name: 'wasm', noise: 0 },
  { name: 'webgpu intel', noise: 1e-7 },
  { name: 'webgpu nvidia', noise: 3e-7 },
  { name: 'webgpu amd', noise: 3e-7 },
  { name: 'webgpu apple', noise: 1e-6 },
  { name: 'webgpu qualcomm', noise: 1e-6 },
] as const;

export interface Arrival {
  readonly arrivesAtMs: number;
  readonly profile: Profile;
}

export function population(
  { clients, mix }: { readonly clients: number; readonly mix: Mix },
  chance: Chance,
): readonly Arrival[] {
  const lab = Math.max(LAB.least, Math.round(LAB.share * clients));
  return Array.from({ length: clients }, (_, i) => {
    const stays = i < lab;
    const { name, noise } = CLASSES[Math.floor(chance.uniform() * CLASSES.length)] ?? CLASSES[0];
    return {
      arrivesAtMs:
        i < lab + CLASSROOM
          ? chance.between(0, 60_000)
          : POST_AT_MS + chance.exponential(POST_OVER_MS),
      profile: {
        ...{ id: `c${i}`, kind: stays ? 'honest' : kindOf(mix, chance.uniform()) },
        ...{ deviceClass: name, noise, clock: chance.between(0.95, 1.05) },
        runStepsPerSecond: SPEED.median * 10 ** (SPEED.decades * chance.normal()),
        leavesAfterMs: stays ? Number.POSITIVE_INFINITY : chance.exponential(STAY_MS),
      },
    };
  });
}

function kindOf(mix: Mix, u: number): ClientKind {
  let upTo = 0;
  for (const [kind, share] of Object.entries(mix)) {
    upTo += share;
    if (u < upTo) return kind as ClientKind;
  }
  return 'honest';
}
