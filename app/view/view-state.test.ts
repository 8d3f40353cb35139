import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deepLinear } from '../../compute/studies/deep-linear.ts';
import {
  DEFAULT_VIEW,
  FIGURE_MODES,
  panelView,
  parseView,
  type ViewState,
  viewSearch,
  withPanel,
} from './view-state.ts';

const study = deepLinear;
const params = study.params.map((p) => p.name);
const [panel = ''] = study.panels.map((p) => p.id);
const name = fc.constantFrom(...params);
const span = fc
  .tuple(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  )
  .filter(([a, b]) => a < b)
  // A link knows no negative zero.
  .map(([a, b]) => [a + 0, b + 0] as const);
const anyView: fc.Arbitrary<ViewState> = fc
  .record({
    cell: fc.option(fc.nat(500)),
    facet: fc.option(name),
    color: fc.oneof(
      fc.constantFrom('study' as const, 'cell' as const, 'line' as const),
      name.map((param) => ({ param })),
    ),
    dash: fc.option(name),
    pooled: fc.subarray(params),
    runs: fc.boolean(),
    means: fc.boolean(),
    theory: fc.boolean(),
    panel: fc.record({
      x: fc.option(span),
      y: fc.option(span),
      mode: fc.constantFrom(...FIGURE_MODES),
    }),
  })
  .map(({ panel: one, ...view }) => withPanel({ ...view, panels: {} }, panel, one));

test('a link gives back the view it was made of, to the last digit', () => {
  fc.assert(
    fc.property(anyView, (view) => {
      expect(parseView(`?${viewSearch(view, study)}`, study)).toEqual(view);
    }),
    { seed: 11, numRuns: 300 },
  );
});

test('the default leaves the link alone, and what is not of the view stays in it', () => {
  expect(viewSearch(DEFAULT_VIEW, study)).toBe('');
  expect(viewSearch(DEFAULT_VIEW, study, '?facet=depth&invite=abc')).toBe('invite=abc');
  expect(viewSearch({ ...DEFAULT_VIEW, cell: 0 }, study, '?invite=abc')).toBe('invite=abc&cell=0');
});

test('what is unknown or broken is the default, and throws nothing', () => {
  for (const search of [
    '',
    '?',
    '?cell=-1&facet=nothing&color=by.nothing&dash=&average=nothing&hide=all',
    `?cell=1.5&color=depth&x.${panel}=5:1&y.${panel}=a:b&mode.${panel}=sideways`,
    `?x.${panel}=1:1&y.${panel}=1:Infinity&x.other=1:2`,
    '?%%%=%ff&cell=__proto__',
  ]) {
    expect(parseView(search, study)).toEqual(DEFAULT_VIEW);
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const field of ['cell', 'facet', 'color', 'average', 'hide', `x.${panel}`])
        parseView(`?${field}=${encodeURIComponent(text)}`, study);
      parseView(text, study);
    }),
    { seed: 12, numRuns: 200 },
  );
});

test('one bad field does not take the others with it', () => {
  const view = parseView(`?cell=2&facet=nothing&x.${panel}=0.5:2&y.${panel}=no`, study);
  expect(view.cell).toBe(2);
  expect(panelView(view, panel)).toEqual({ x: [0.5, 2], y: null, mode: 'data' });
});
