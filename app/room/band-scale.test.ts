import { describe, expect, it } from 'vitest';
import { bandScale } from './band-scale.ts';

describe('the line under the verdict', () => {
  it('puts a value inside its band inside the drawn band', () => {
    const s = bandScale({ value: 1, interval: [0.98, 1.02], threshold: [0.95, 1.1] });
    if (s === null || s.interval === null) throw new Error('expected a scale');
    expect(s.band[0]).toBeLessThan(s.interval[0]);
    expect(s.interval[0]).toBeLessThan(s.value);
    expect(s.interval[1]).toBeLessThan(s.band[1]);
  });

  it('puts a value outside its band outside the drawn band', () => {
    const s = bandScale({ value: 0.2, interval: null, threshold: [0.95, 1.1] });
    expect(s?.value).toBeLessThan(s?.band[0] ?? 0);
  });

  it('lets an open side reach the end of the line', () => {
    expect(bandScale({ value: 1, interval: null, threshold: [null, 2] })?.band[0]).toBe(0);
    expect(bandScale({ value: 1, interval: null, threshold: [0.5, null] })?.band[1]).toBe(1);
  });

  it('draws nothing without a value or without a threshold', () => {
    expect(bandScale({ value: null, interval: null, threshold: [0, 1] })).toBeNull();
    expect(bandScale({ value: 1, interval: null, threshold: [null, null] })).toBeNull();
  });
});
