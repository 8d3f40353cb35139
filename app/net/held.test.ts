import { expect, test } from 'vitest';
import { evidenceOf, heldAfter, renamed, shownOf, waitingBehind } from './held.ts';
import type { RoomState } from './room-state.ts';

const state = (seq: number, frozen: number | null, by = 'Ada'): RoomState => ({
  ...{ seq, evidence: seq, cells: [], claims: [], withheld: [], loading: null },
  runs: [{ id: 'a', by } as RoomState['runs'][number]],
  verdict: { evidence: seq } as RoomState['verdict'],
  investigation: { room: { frozen } } as RoomState['investigation'],
  progress: { runs: seq, ofRuns: 9, verified: 0, withdrawn: 0 },
});

test('a frozen page shows the evidence of when the room froze, with the settings and claims of now', () => {
  const [before, froze, later] = [state(3, null), state(4, 4), state(7, 4)];
  expect(heldAfter(null, before)).toBe(null);
  const held = known(heldAfter(null, froze));
  expect(heldAfter(held, later)).toBe(held);
  const shown = shownOf(held, later);
  expect([shown.seq, shown.runs]).toEqual([4, froze.runs]);
  expect([shown.investigation, shown.claims]).toEqual([later.investigation, later.claims]);
  expect(shown.withheld).toBe(later.withheld);
  expect(waitingBehind(held, later)).toBe(3);
});

test('[R16] a page that was never at the number asks: come later, passed over it, or frozen anew', () => {
  expect(heldAfter(null, state(7, 4))).toBe('unknown');
  const held = known(heldAfter(null, state(4, 4)));
  expect(heldAfter(held, state(9, 8))).toBe('unknown');
  expect(known(heldAfter(held, state(8, 8))).seq).toBe(8);
});

test('a room that goes on shows everything again, and nothing waits', () => {
  const held = heldAfter(known(heldAfter(null, state(4, 4))), state(8, null));
  expect(held).toBe(null);
  expect(shownOf(null, state(8, null)).seq).toBe(8);
  expect(waitingBehind(null, state(8, null))).toBe(0);
});

test('[R10] hiding names reaches what a frozen page holds', () => {
  const held = renamed(evidenceOf(state(4, 4)), state(9, 4, 'Student 2'));
  expect(held?.runs.map(({ by }) => by)).toEqual(['Student 2']);
  expect(renamed(null, state(9, 4))).toBe(null);
});

function known(held: ReturnType<typeof heldAfter>) {
  if (held === null || held === 'unknown') throw new Error(`Nothing is held: ${held}.`);
  return held;
}
