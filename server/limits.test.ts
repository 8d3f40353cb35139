import { describe, expect, test } from 'vitest';
import { addressOf, createBuckets, createGate, DEFAULT_LIMITS } from './limits.ts';

describe('[A1] limits', () => {
  test('a bucket gives its burst at once, then its rate, and says how long to wait', () => {
    const buckets = createBuckets(10, 20);
    const taken = Array.from({ length: 25 }, () => buckets.take('a', 1, 0));
    expect(taken.filter((wait) => wait === 0)).toHaveLength(20);
    expect(taken.at(-1)).toBe(100);
    expect(buckets.take('b', 1, 0)).toBe(0);
    expect(buckets.take('a', 1, 99)).toBe(1);
    expect(buckets.take('a', 1, 100)).toBe(0);
    expect(buckets.take('a', 5, 100)).toBe(500);
  });

  test('what weighs more than the burst takes a full bucket', () => {
    const buckets = createBuckets(10, 20);
    expect(buckets.take('a', 50, 0)).toBe(0);
    expect(buckets.take('a', 1, 0)).toBe(100);
    expect(buckets.take('a', 50, 1_000)).toBe(1_000);
  });

  test('a password is tried five times at once and then every half minute, of one account from one address', () => {
    const gate = createGate(DEFAULT_LIMITS);
    const ada = Array.from({ length: 6 }, () => gate.password('ada', '10.0.0.1', 0));
    expect(ada).toEqual([0, 0, 0, 0, 0, 30_000]);
    expect(gate.password('ada', '10.0.0.2', 0)).toBe(0);
    expect(gate.password('bea', '10.0.0.1', 0)).toBe(0);
    expect(gate.password('ada', '10.0.0.1', 30_000)).toBe(0);
    // A hall signs in at once; whoever tries names by the thousand waits.
    const { passwordsPerAddress } = DEFAULT_LIMITS;
    const names = Array.from({ length: 400 }, (_, i) => gate.password(`a${i}`, '10.0.0.3', 0));
    expect(names.filter((wait) => wait === 0)).toHaveLength(30 * passwordsPerAddress);
  });

  test('buckets that are full again are forgotten', () => {
    const buckets = createBuckets(10, 20);
    for (let i = 0; i < 1_000; i++) buckets.take(`device ${i}`, 1, 0);
    expect(buckets.size).toBe(1_000);
    buckets.take('a', 1, 60_000);
    expect(buckets.size).toBe(1);
  });

  test('a device that floods is stopped before its address is', () => {
    const gate = createGate(DEFAULT_LIMITS);
    const flood = Array.from({ length: 1_000 }, () => gate.message('d', 'here', null, 0));
    expect(flood.filter((wait) => wait === 0)).toHaveLength(200);
    expect(gate.message('other', 'here', 'result.submit', 0)).toBe(0);
  });

  test('many devices of one address share its limit', () => {
    const gate = createGate({ ...DEFAULT_LIMITS, messagesPerAddress: 10 });
    const waits = Array.from({ length: 41 }, (_, i) => gate.message(`d${i}`, 'here', null, 0));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(40);
    expect(gate.message('d99', 'there', null, 0)).toBe(0);
  });

  test('a hall of a thousand may come at once; sockets of an address end somewhere', () => {
    const gate = createGate({ ...DEFAULT_LIMITS, socketsPerAddress: 900 });
    const waits = Array.from({ length: 1_000 }, () => gate.enter('hall', 0));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(900);
    expect(gate.enter('elsewhere', 0)).toBe(0);
    gate.leave('hall');
    expect(gate.enter('hall', 0)).toBe(0);
  });
});

describe('[A2] addresses', () => {
  test.each([
    ['1.2.3.4', undefined, 0, '1.2.3.4'],
    ['::ffff:1.2.3.4', undefined, 0, '1.2.3.4'],
    ['127.0.0.1', '6.6.6.6, 1.2.3.4', 0, '127.0.0.1'],
    ['127.0.0.1', '6.6.6.6, 1.2.3.4', 1, '1.2.3.4'],
    ['127.0.0.1', '6.6.6.6, 1.2.3.4, 10.0.0.1', 2, '1.2.3.4'],
    ['127.0.0.1', undefined, 1, '127.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', undefined, 0, '2001:db8:1:2::/64'],
    ['2001:db8::6', undefined, 0, '2001:db8:0:0::/64'],
    ['::1', undefined, 0, '0:0:0:0::/64'],
    ['fe80::1%eth0', undefined, 0, 'fe80:0:0:0::/64'],
  ])('%s, forwarded for %s, behind %i proxies, is %s', (remote, forwarded, proxies, address) => {
    expect(addressOf(remote, forwarded, proxies)).toBe(address);
  });
});
