import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mentioned, nameable, offers, pieces, typedMention } from './claim-mentions.ts';

const people = [
  { id: '1', nickname: 'Ann' },
  { id: '2', nickname: 'Ann Lee' },
  { id: '3', nickname: '$&.*+<b>' },
];

test('[C5] the longer of two names that begin alike is meant, and odd names are names', () => {
  expect(mentioned('hi @Ann Lee and @$&.*+<b>', people)).toEqual(['2', '3']);
  expect(mentioned('hi @Ann, and Ann Lee', people)).toEqual(['1']);
  expect(mentioned('@ @nobody a@b', people)).toEqual([]);
});

test('[C5] the pieces of a text are the text, whatever people are called', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string()), (text, names) => {
      const all = names.map((name, i) => ({ id: String(i), name }));
      const whole = `${text}@${names[0] ?? ''}${text}`;
      expect(
        pieces(whole, all)
          .map((piece) => piece.text)
          .join(''),
      ).toBe(whole);
    }),
    { seed: 7 },
  );
});

test('an @ is a beginning where a word may begin, until the line ends', () => {
  expect(typedMention('see @An', 7)).toEqual({ at: 4, begun: 'An' });
  expect(typedMention('@', 1)).toEqual({ at: 0, begun: '' });
  expect(typedMention('a@b', 3)).toBeNull();
  expect(typedMention('@a\nb', 4)).toBeNull();
  expect(typedMention('plain', 5)).toBeNull();
  expect(offers('ann', people).map((p) => p.id)).toEqual(['1', '2']);
  expect(offers('Ann Lee', people)).toEqual([]);
});

test('[C7] those who are away can be named; a name means whoever is here, or else who came last', () => {
  const members = [
    { id: '5', nickname: 'Bea' },
    { id: '4', nickname: 'Bea' },
    { id: '6', nickname: 'Ann' },
    { id: '2', nickname: 'Ann Lee' },
  ];
  const all = nameable(people, members);
  expect(all.filter(({ away }) => away === true).map(({ id }) => id)).toEqual(['5']);
  expect(mentioned('@Bea and @Ann and @Ann Lee', all)).toEqual(['5', '1', '2']);
  expect(offers('be', all).map(({ id }) => id)).toEqual(['5']);
  expect(nameable(people, [])).toEqual(people);
});
