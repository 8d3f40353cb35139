/**
 * How much a stranger may ask for: buckets of tokens, by device and by address, in this coordinator's
 * memory. An address may be a lecture hall behind one router, so it gets much more than a device.
 */
import { isIPv6 } from 'node:net';
import type { RequestName } from './protocol.ts';

export interface Limits {
  /** Messages a second of one device, over all its sockets; four times as many at once. */
  readonly messagesPerDevice: number;
  readonly messagesPerAddress: number;
  /** Moves of pointers a second, apart from messages: they come often and cost little. */
  readonly cursorsPerDevice: number;
  readonly cursorsPerAddress: number;
  /** New connections a second; ten times as many at once: a hall that opens one link. */
  readonly connectsPerAddress: number;
  readonly socketsPerAddress: number;
  /** Passwords tried a second, of whatever accounts; thirty times as many at once: a hall that signs in. */
  readonly passwordsPerAddress: number;
}

export const DEFAULT_LIMITS: Limits = {
  messagesPerDevice: 50,
  messagesPerAddress: 1_000,
  cursorsPerDevice: 30,
  cursorsPerAddress: 3_000,
  connectsPerAddress: 100,
  socketsPerAddress: 2_000,
  passwordsPerAddress: 10,
};

/** What a request weighs in messages, if not one: these read or write much. */
const WEIGHTS: Partial<Record<RequestName, number>> = {
  'investigation.open': 20,
  'room.join': 5,
  'room.sync': 5,
  'invitation.add': 5,
  'device.transfer': 5,
  'device.link': 20,
  'claims.queue': 5,
  'claim.add': 2,
  'lease.handover': 20,
  'room.shared': 5,
  'snapshot.take': 50,
  'snapshot.import': 100,
  'report.save': 10,
};
/** Weight of a file over HTTP. */
const FILE_WEIGHT = 20;
const CONNECT_RETRY_MS = 5_000;
/** Weight of a request about an account. */
const ACCOUNT_WEIGHT = 5;
/** Tries of the password of one account from one address: so many at once, then one in so long. */
const TRIES = { atOnce: 5, everyMs: 30_000 };

/** Buckets of one rate. `take` returns how many milliseconds to wait; 0 if it took the tokens. */
export function createBuckets(perSecond: number, burst: number) {
  const [tokenMs, burstMs] = [1000 / perSecond, (1000 * burst) / perSecond];
  /** When each bucket is full again: one that is full says nothing, and is forgotten. */
  const fullAt = new Map<string, number>();
  let sweptAt = 0;

  function sweep(now: number): void {
    if (now - sweptAt < burstMs) return;
    sweptAt = now;
    for (const [key, at] of fullAt) if (at <= now) fullAt.delete(key);
  }

  return {
    take(key: string, weight: number, now: number): number {
      sweep(now);
      const next = Math.max(fullAt.get(key) ?? 0, now) + Math.min(weight * tokenMs, burstMs);
      const wait = next - now - burstMs;
      if (wait > 0) return Math.ceil(wait);
      fullAt.set(key, next);
      return 0;
    },
    get size() {
      return fullAt.size;
    },
  };
}

export interface Gate {
  /** A new connection: 0 if it may come in (call `leave` when it ends), else milliseconds to wait. */
  enter(address: string, now: number): number;
  leave(address: string): void;
  /** A message: 0 if it may be handled, else milliseconds to wait. */
  message(device: string, address: string, name: RequestName | null, now: number): number;
  /** A file over HTTP, as `message`. */
  file(address: string, now: number): number;
  /** A request about an account, as `message`. */
  account(address: string, now: number): number;
  /** A password that is tried of an account: few are, so that none is guessed; nobody else is held up. */
  password(account: string, address: string, now: number): number;
}

export function createGate(limits: Limits): Gate {
  const { messagesPerDevice, messagesPerAddress, connectsPerAddress, socketsPerAddress } = limits;
  const devices = createBuckets(messagesPerDevice, 4 * messagesPerDevice);
  const addresses = createBuckets(messagesPerAddress, 4 * messagesPerAddress);
  const { cursorsPerDevice, cursorsPerAddress } = limits;
  const pointers = createBuckets(cursorsPerDevice, 2 * cursorsPerDevice);
  const pointersFrom = createBuckets(cursorsPerAddress, 2 * cursorsPerAddress);
  const connects = createBuckets(connectsPerAddress, 10 * connectsPerAddress);
  const tries = createBuckets(1000 / TRIES.everyMs, TRIES.atOnce);
  const { passwordsPerAddress } = limits;
  const triesFrom = createBuckets(passwordsPerAddress, 30 * passwordsPerAddress);
  const sockets = new Map<string, number>();
  return {
    enter(address, now) {
      const here = sockets.get(address) ?? 0;
      if (here >= socketsPerAddress) return CONNECT_RETRY_MS;
      const wait = connects.take(address, 1, now);
      if (wait === 0) sockets.set(address, here + 1);
      return wait;
    },
    leave(address) {
      const left = (sockets.get(address) ?? 0) - 1;
      if (left > 0) sockets.set(address, left);
      else sockets.delete(address);
    },
    message(device, address, name, now) {
      if (name === 'cursor.move') {
        const pause = pointers.take(device, 1, now);
        return pause > 0 ? pause : pointersFrom.take(address, 1, now);
      }
      const weight = (name === null ? undefined : WEIGHTS[name]) ?? 1;
      const wait = devices.take(device, weight, now);
      return wait > 0 ? wait : addresses.take(address, weight, now);
    },
    file: (address, now) => addresses.take(address, FILE_WEIGHT, now),
    account: (address, now) => addresses.take(address, ACCOUNT_WEIGHT, now),
    password(account, address, now) {
      const wait = tries.take(`${account} ${address}`, 1, now);
      return wait > 0 ? wait : triesFrom.take(address, 1, now);
    },
  };
}

/**
 * Where a request comes from. Behind `proxies` of our own, the address that the outermost of them saw:
 * what stands further left in X-Forwarded-For is the stranger's own words. One person has a whole
 * /64 of IPv6, so that is one address.
 */
export function addressOf(
  remote: string | undefined,
  forwardedFor: string | readonly string[] | undefined,
  proxies: number,
): string {
  const told = [forwardedFor ?? []].flat().join(',').split(',');
  const hops = told.map((hop) => hop.trim()).filter((hop) => hop !== '');
  const address = (proxies > 0 ? hops.at(-proxies) : undefined) ?? remote ?? '';
  const v4 = address.replace(/^::ffff:(?=\d+\.)/i, '');
  return isIPv6(v4) ? `${network(v4)}::/64` : v4;
}

/** The first four groups of an IPv6 address, written out. */
function network(address: string): string {
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - groups.length - after.length;
  const all = [...groups, ...Array.from({ length: zeros }, () => '0'), ...after];
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
