import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashOf, packState, unpackState } from './state-bytes.ts';

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
    }),
  );
});

test('bytes of strangers are refused, and never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const read = unpackState(bytes);
      if (read !== null) expect(packState(read).byteLength).toBeLessThanOrEqual(64);
    }),
  );
  const whole = packState({ W1: Float32Array.of(1, 2, 3) });
  for (let length = 0; length < whole.length; length++)
    expect(unpackState(whole.subarray(0, length))).toBeNull();
});
