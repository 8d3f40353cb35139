import { expect, test } from 'vitest';
import type { ClaimView } from '../../server/protocol.ts';
import { names, passes, sorted } from './claim-list.ts';

const claim = (id: string, at: string, part: Partial<ClaimView> = {}): ClaimView => ({
  ...{ id, author: id, authorName: id, anchor: { kind: 'fit', fit: null }, text: '', mentions: [] },
  ...{ at, version: 1, versionAt: at, evidence: 1, runs: [], stoodOn: '', changed: [] },
  ...{ resolved: null, replies: [], waiting: 0, hidden: 0, ...part },
});
const reply = { id: 'r', author: 'b', authorName: 'b', text: '', editedAt: null };

const old = claim('a', '2026-01-01', {
  replies: [{ ...reply, at: '2026-01-09', mentions: [{ id: 'me', name: 'Me' }] }],
});
const young = claim('b', '2026-01-05', { changed: ['It moved.'] });
const done = claim('c', '2026-01-03', { resolved: { by: 'b', byName: 'b', at: '2026-01-04' } });
const all = [old, young, done];

test('each filter shows what it says', () => {
  const ids = (filter: Parameters<typeof passes>[1]) =>
    all.filter((c) => passes(c, filter, 'b')).map((c) => c.id);
  expect(ids('all')).toEqual(['a', 'b', 'c']);
  expect(ids('open')).toEqual(['a', 'b']);
  expect(ids('resolved')).toEqual(['c']);
  expect(ids('changed')).toEqual(['b']);
  expect(ids('mine')).toEqual(['b']);
});

test('claims go by when they were made, or by the last word on them', () => {
  expect(sorted(all, 'newest').map((c) => c.id)).toEqual(['b', 'c', 'a']);
  expect(sorted(all, 'oldest').map((c) => c.id)).toEqual(['a', 'c', 'b']);
  expect(sorted(all, 'answered').map((c) => c.id)).toEqual(['a', 'b', 'c']);
});

test('who is named in a reply is named in the claim', () => {
  expect(all.filter((c) => names(c, 'me'))).toEqual([old]);
});
