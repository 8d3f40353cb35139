import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashOf, hashOfPacked, packState, unpackState } from './state-bytes.ts';

const arrays = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 12 }).filter((name) => name !== '__proto__'),
  fc.float32Array({ maxLength: 9 }),
  { maxKeys: 5 },
);

test('a state survives its journey bit by bit, NaN and -0 included', () => {
  fc.assert(
    fc.property(arrays, (state) => {
      const back = unpackState(packState(state));
      expect(Object.keys(back ?? {}).sort()).toEqual(Object.keys(state).sort());
      expect(hashOf(back ?? {})).toBe(hashOf(state));
      // Anywhere in a larger buffer, as it comes in a message.
      const packed = packState(state);
      const within = new Uint8Array(packed.length + 3);
      within.set(packed, 3);
      expect(hashOfPacked(within.subarray(3), createHash('sha256'))).toBe(hashOf(state));
    }),
  );
});

test('bytes of strangers are refused, and never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const read = unpackState(bytes);
      expect(hashOfPacked(bytes) === null).toBe(read === null);
      if (read !== null) expect(packState(read).byteLength).toBeLessThanOrEqual(64);
    }),
  );
  const whole = packState({ W1: Float32Array.of(1, 2, 3) });
  for (let length = 0; length < whole.length; length++)
    expect(unpackState(whole.subarray(0, length))).toBeNull();
});

test('a state that names an array twice is none', () => {
  const json = '[["a",1],["a",1]]';
  const head = 4 * Math.ceil(json.length / 4);
  const bytes = new Uint8Array(4 + head + 8).fill(0x20, 4, 4 + head);
  bytes.set(new TextEncoder().encode(json), 4);
  bytes[0] = head;
  expect(unpackState(bytes)).toBeNull();
  expect(hashOfPacked(bytes)).toBeNull();
});
