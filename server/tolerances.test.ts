import { expect, test } from 'vitest';
import { studies } from '../compute/studies/registry.ts';
import { MEASURED } from './measured-tolerances.ts';
import { toleranceOf } from './tolerances.ts';
import { CLEARLY } from './trust.ts';

const entry = (deviation: number) => ({ one: { version: '1.2.0', deviation, segments: 10 } });
const ofVersion = (version: string, deviation: number) =>
  toleranceOf({ id: 'one', version }, entry(deviation));

test('a tolerance is four times what was measured, and a thousandth at least', () => {
  expect(ofVersion('1.2.0', 0.003)).toBeCloseTo(0.012, 12);
  expect(ofVersion('1.2.0', 0)).toBe(0.001);
});

test('it is ten times wider where only some segments were measured', () => {
  const cut = { one: { version: '1.2.0', deviation: 3e-4, segments: 10, cut: true } } as const;
  expect(toleranceOf({ id: 'one', version: '1.2.0' }, cut)).toBeCloseTo(0.012, 12);
});

test('of what was not measured, and of another version, it is wide, and never narrower than was measured', () => {
  expect(toleranceOf({ id: 'another', version: '1.2.0' }, entry(0.003))).toBe(0.08);
  for (const version of ['1.1.0', '1.3.0', '2.0.0']) {
    expect(ofVersion(version, 0.003)).toBe(0.08);
    expect(ofVersion(version, 0.03)).toBeCloseTo(0.12, 12);
  }
});

test('by every tolerance a state that was not trained at all is invalid', () => {
  for (const study of studies) expect(CLEARLY * toleranceOf(study), study.id).toBeLessThan(1);
  const known = new Set(studies.map(({ id }) => id));
  expect(Object.keys(MEASURED).filter((id) => !known.has(id))).toEqual([]);
});
