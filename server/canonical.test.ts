import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from './canonical.ts';

test('[X1] members are sorted by UTF-16 units, and numbers written as ECMAScript does (RFC 8785, 3.2.2 and 3.2.3)', () => {
  const sorted = {
    ...{ '\u20ac': 'Euro Sign', '\r': 'Carriage Return', '\ufb33': 'Hebrew Letter Dalet' },
    ...{ '1': 'One', '\ud83d\ude00': 'Emoji: Grinning Face', '\u0080': 'Control', ö: 'o' },
  };
  expect(Object.keys(JSON.parse(canonicalJson(sorted)))).toHaveLength(7);
  const order = [...canonicalJson(sorted).matchAll(/:"(.*?)"/g)].map(([, word]) => word);
  expect(order).toEqual([
    ...['Carriage Return', 'One', 'Control', 'o', 'Euro Sign', 'Emoji: Grinning Face'],
    'Hebrew Letter Dalet',
  ]);
  const numbers = [0.1 + 0.2, 1e30, 4.5, 2e-3, 1e-27, -0];
  expect(canonicalJson(numbers)).toBe('[0.30000000000000004,1e+30,4.5,0.002,1e-27,0]');
});

test('[X1] what is written twice is written the same, whatever the order of its members', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(canonicalJson(JSON.parse(text))).toBe(text);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(reversed(value))).toBe(text);
    }),
    { seed: 20_261 },
  );
});

test('a number that JSON has not is refused, not written as null', () => {
  expect(() => canonicalJson({ a: Number.NaN })).toThrow('no number');
});

/** The same value with the members of every object in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, v]) => [name, reversed(v)] as const);
  return Object.fromEntries(members.reverse());
}
