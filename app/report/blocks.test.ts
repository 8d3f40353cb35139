import { expect, test } from 'vitest';
import { blockOf, panelBlock } from './blocks.ts';

test.each([
  ['![[verdict]]', { kind: 'verdict' }],
  ['![[claims]]', { kind: 'claims', only: null }],
  ['![[claim:4f-2]]', { kind: 'claims', only: '4f-2' }],
  ['![[panel:modes]]', { kind: 'panel', panel: 'modes', view: '' }],
  [
    '![[panel:modes?cell=2&x.modes=0:3]]',
    { kind: 'panel', panel: 'modes', view: 'cell=2&x.modes=0:3' },
  ],
  ['![[panel:]]', { kind: 'unknown', text: 'panel:' }],
  ['![[film:1]]', { kind: 'unknown', text: 'film:1' }],
  ['Words, and ![[verdict]]', null],
  ['![a picture](https://example.org)', null],
] as const)('%s is read as a block, or as words', (text, block) => {
  expect(blockOf(text)).toEqual(block);
});

test('what is inserted for a panel is read as that panel', () => {
  expect(blockOf(panelBlock('loss', 'hide=runs'))).toEqual({
    ...{ kind: 'panel', panel: 'loss', view: 'hide=runs' },
  });
});
