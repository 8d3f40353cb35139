import { beforeEach, expect, test, vi } from 'vitest';
import { knownClass, rememberClass } from './known-class.ts';

const DAY = 24 * 3_600_000;
const one = { key: 'webgpu | a card | this code', numericClass: 'webgpu 0123~' };

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, text: string) => void kept.set(name, text),
  });
});

test('a numeric class is known for a week, and another takes its place', () => {
  expect(knownClass()).toBeNull();
  rememberClass(one, 0);
  expect(knownClass(6 * DAY)).toMatchObject(one);
  expect(knownClass(7 * DAY)).toBeNull();
  const other = { ...one, numericClass: 'webgpu 4567~' };
  rememberClass(other, DAY);
  expect(knownClass(2 * DAY)).toMatchObject(other);
});

test('using a class does not make it younger: after a week the canary is trained again', () => {
  rememberClass(one, 0);
  rememberClass(one, 6 * DAY);
  expect(knownClass(8 * DAY)).toBeNull();
});

test('what cannot be read is not known', () => {
  for (const text of ['{', '[]', '{"key":1}', 'null']) {
    localStorage.setItem('manyhands.numericClass', text);
    expect(knownClass()).toBeNull();
  }
  vi.stubGlobal('localStorage', undefined);
  expect(knownClass()).toBeNull();
  expect(() => rememberClass(one)).not.toThrow();
});
