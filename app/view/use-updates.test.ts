import { expect, test } from 'vitest';
import type { RunView } from '../../server/protocol.ts';
import { differences } from './use-updates.ts';

const run = (id: string): RunView => ({
  ...{ id, cell: 0, seed: 0, outcome: { kind: 'completed' }, by: '', backend: '', verified: true },
  ...{ device: '', summary: {}, traces: {} },
});

test('what waits is counted once a run, whether it came, changed or left', () => {
  const [a, b, c] = [run('a'), run('b'), run('c')];
  expect(differences([a, b], [a, b])).toBe(0);
  expect(differences([a], [a, b, c])).toBe(2);
  expect(differences([a, b], [a, { ...b, verified: false }])).toBe(1);
  expect(differences([a, b], [b])).toBe(1);
  expect(differences([a, b], [{ ...a }, c])).toBe(3);
});
