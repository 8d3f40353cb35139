import { expect, test } from 'vitest';
import { PresentedView } from '../../server/protocol.ts';
import { panelInView, searchWith, viewParams } from './presented-view.ts';

test('[R11] the state of a view travels, what in the address is a person’s own does not', () => {
  const own = '?invite=ABCDEFGHJKMN&x=log&facet=a+b&view=QQQQQQQQQQQQ&software-gpu';
  expect(viewParams(own)).toBe('x=log&facet=a+b');
  expect(searchWith('x=log&invite=STOLEN', '?invite=MINE&y=old')).toBe('x=log&invite=MINE');
});

test('[R11] whatever a page keeps in its address can be passed on', () => {
  const odd = new URLSearchParams({ 'ρ²': 'ä & b=<c>?#', list: '[1,2]', "it's": '(a)*~!|^`"\\' });
  const params = viewParams(odd.toString());
  const view = { panel: null, cell: null, claim: null, params };
  expect(PresentedView.parse(view)).toEqual(view);
  expect(new URLSearchParams(params).get('ρ²')).toBe('ä & b=<c>?#');
  expect(viewParams(`x=${'a'.repeat(3_000)}`)).toBe('');
});

test('the panel in view is the one of which most is seen', () => {
  const panels = [
    { panel: 'a', top: -500, bottom: 100 },
    { panel: 'b', top: 120, bottom: 600 },
    { panel: 'c', top: 620, bottom: 1_100 },
  ];
  expect(panelInView(panels, 700)).toBe('b');
  expect(panelInView(panels, 110)).toBe('a');
  expect(panelInView([], 700)).toBe(null);
  expect(panelInView([{ panel: 'c', top: 900, bottom: 1_000 }], 700)).toBe(null);
});
