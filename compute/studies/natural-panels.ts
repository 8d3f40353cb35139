/** The figure of the study universal-data, of what nature made. */
import { straightnessOf } from '../analysis/straightness.ts';
import type { Measured } from '../programs/measured.ts';
import { binsOf, fittedAt, isNatural, sourceOf, spectrumAt } from './natural-sources.ts';
import type { Axis, Config, Panel, TheoryTrace } from './study.ts';
import { between, curveOf, traceOf } from './traces.ts';

/** A slope to read against, where the data are drawn: it says nothing of their height. */
interface Mark {
  readonly line: string;
  readonly exponent: number;
  /** A point that it goes through. */
  readonly through: readonly [x: number, y: number];
}

const isOf = (kinds: readonly Measured['kind'][]) => (config: Config) =>
  isNatural(config) && kinds.includes(sourceOf(config).measured.kind);

/** Spectra of sources of these kinds, over frequency or rank. */
function spectrumPanel(
  own: Pick<Panel, 'id' | 'title' | 'caption'> & { readonly x: Axis; readonly y: Axis },
  kinds: readonly Measured['kind'][],
  { line, exponent, through: [x0, y0] }: Mark,
): Panel {
  const shown = isOf(kinds);
  return {
    ...{ ...own, draw: 'curves', colorBy: 'line' },
    observe: (run) =>
      shown(run.config) && run.outcome.kind === 'completed'
        ? traceOf(sourceOf(run.config).label, spectrumAt(run), true)
        : [],
    theory(cells) {
      const all = cells.filter(shown).flatMap((c) => binsOf(sourceOf(c)).map((bin) => bin.x));
      if (all.length === 0) return [];
      const x = between(all);
      const y = x.map((v) => y0 * (v / x0) ** -exponent);
      return [{ cell: null, line, x, y, guide: true }];
    },
  };
}

/** Bins that a local exponent is taken over: five of them, half a decade. */
const HALF = 2;

const level = (cells: readonly Config[], line: string, value: number): TheoryTrace[] =>
  cells.length === 0 ? [] : [{ cell: null, line, x: [1, 1000], y: [value, value], guide: true }];

export const NATURAL_PANELS: readonly Panel[] = [
  spectrumPanel(
    {
      ...{ id: 'photographs', title: 'Power of photographs by frequency' },
      caption:
        'Mean over windows and orientations. A line as steep as the mark is a power of −2, the same at every scale.',
      x: { label: 'cycles a window', scale: 'log' },
      y: { label: 'share of the power', scale: 'log' },
    },
    ['radial'],
    { line: 'f^−2', exponent: 2, through: [8, 0.02] },
  ),
  spectrumPanel(
    {
      ...{ id: 'covariances', title: 'Eigenvalues of covariances by rank' },
      caption:
        'Patches fall along the mark, which follows from f^−2: there are as many modes below a frequency as its square. Digits bend.',
      x: { label: 'rank', scale: 'log' },
      y: { label: 'share of the variance', scale: 'log' },
    },
    ['patches', 'digits'],
    { line: '1/rank', exponent: 1, through: [8, 0.003] },
  ),
  spectrumPanel(
    {
      ...{ id: 'words', title: 'Words by how often they occur' },
      caption: 'Zipf’s law is the mark: the tenth word occurs a tenth as often as the first would.',
      x: { label: 'rank', scale: 'log' },
      y: { label: 'share of all words', scale: 'log' },
    },
    ['words'],
    { line: '0.1/rank', exponent: 1, through: [1, 0.1] },
  ),
  {
    ...{ id: 'local', title: 'Exponent from place to place' },
    caption:
      'Fitted over half a decade around each bin. A power law is level; what climbs is bent, as a log-normal.',
    x: { label: 'cycles or rank', scale: 'log' },
    y: { label: 'local exponent', scale: 'linear', include: [0, 3] },
    ...{ draw: 'curves', colorBy: 'line' },
    observe(run) {
      if (run.outcome.kind !== 'completed' || !isNatural(run.config)) return [];
      const points = fittedAt(run) ?? [];
      const places = points.slice(HALF, points.length - HALF).map(([x], i) => {
        const near = straightnessOf(points.slice(i, i + 2 * HALF + 1));
        return [x, near?.exponent ?? Number.NaN] as const;
      });
      return traceOf(sourceOf(run.config).label, places);
    },
    theory: (cells) => [
      ...level(cells.filter(isOf(['radial'])), 'f^−2', 2),
      ...level(cells.filter(isOf(['patches', 'words'])), '1/rank', 1),
    ],
  },
  {
    ...{ id: 'settling', title: 'Exponent by samples so far' },
    caption: 'More samples settle it. What still differs then is the data.',
    x: { label: 'steps', scale: 'linear' },
    y: { label: 'exponent', scale: 'linear', include: [0, 3] },
    ...{ draw: 'curves', colorBy: 'line' },
    observe: (run) =>
      isNatural(run.config)
        ? curveOf(sourceOf(run.config).label, run, (row) => {
            const points = fittedAt(run, row);
            return (points === null ? null : straightnessOf(points))?.exponent ?? Number.NaN;
          })
        : [],
    theory: () => [],
  },
];
