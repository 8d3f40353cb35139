/**
 * What the study universal-biases measures of a run, two networks on disjoint images, and what its verdict
 * judges at the largest and the smallest number N of images of each family (all else equal).
 */
import { matchingP } from '../analysis/permutation.ts';
import { mean } from '../analysis/stats.ts';
import { cosines, type Pictures, sameAndDifferent } from '../observables/pictures.ts';
import { type HALVES, PIXELS, pixelColumn } from '../programs/program.ts';
import { fitsOf, type Judged, overSeeds, verdictOf } from './bands.ts';
import { allBut, grouped, number } from './criteria.ts';
import type { Analysis, RunRecord, RunSummary, Summary } from './study.ts';
import { valueAt } from './traces.ts';

/** Pictures of each network: a permutation of eight has a p of 1/40,320 at best. */
export const PICTURES = 8;
/** A pixel in a summary is a whole number of these: far less than what two networks differ by. */
const UNITS = 100;

/** The pictures of one network at the end of a run. */
export const picturesOf = (run: RunRecord, half: (typeof HALVES)[number]): Pictures => ({
  pixels: PIXELS,
  values: Array.from({ length: PICTURES * PIXELS }, (_, i) =>
    valueAt(run, pixelColumn(half, Math.floor(i / PIXELS), i % PIXELS)),
  ),
});

/** Those of the first network, as a summary has them. */
const summarised = ({ summary }: RunSummary): Pictures => ({
  pixels: PIXELS,
  values: Array.from(
    { length: PICTURES * PIXELS },
    (_, i) => summary[pixelColumn('a', Math.floor(i / PIXELS), i % PIXELS)] ?? Number.NaN,
  ),
});

const MEASURED = ['same', 'different', 'nearestOwn', 'nearestOther', 'gaussian', 'gaussianPair'];

export function summaryOf(run: RunRecord): Summary {
  const ended = run.outcome.kind === 'completed';
  const finite = (value: number) => (ended && Number.isFinite(value) ? value : null);
  const own = picturesOf(run, 'a');
  return {
    ...Object.fromEntries(MEASURED.map((name) => [name, finite(valueAt(run, name))])),
    memorised: finite(valueAt(run, 'nearestOwn') - valueAt(run, 'nearestOther')),
    p: ended ? finite(matchingP(cosines(own, picturesOf(run, 'b')))) : null,
    loss: finite(valueAt(run, 'loss')),
    testLoss: finite(valueAt(run, 'testLoss')),
    ...Object.fromEntries(
      Array.from(own.values, (value, i) => [
        pixelColumn('a', Math.floor(i / PIXELS), i % PIXELS),
        finite(Math.round(UNITS * value)),
      ]),
    ),
  };
}

/** Pairs of runs of one seed and different architectures, with how alike their first networks' pictures are. */
function acrossArchitectures(runs: readonly RunSummary[]) {
  return runs.flatMap((run, i) =>
    runs.slice(i + 1).flatMap((other) => {
      if (other.seed !== run.seed || other.config.architecture === run.config.architecture)
        return [];
      const alike = cosines(summarised(run), summarised(other));
      return [{ seed: run.seed, ...sameAndDifferent(alike), p: matchingP(alike) }];
    }),
  );
}

/** A number of each pair, as runs have numbers of their own: by seed. */
function overPairs(
  pairs: readonly ReturnType<typeof acrossArchitectures>[number][],
  pick: 'same' | 'p',
  runs: readonly RunSummary[],
): Omit<Judged, 'label' | 'band'> | null {
  const bySeed = runs.flatMap((run) => {
    const own = pairs.filter(({ seed }) => seed === run.seed).map((pair) => pair[pick]);
    return own.length === 0 ? [] : [{ run, value: mean(own) }];
  });
  const ofRun = new Map(bySeed.map(({ run, value }) => [run, value]));
  return overSeeds(runs, (run) => ofRun.get(run) ?? null);
}

/** Bands, with where each comes from: see the head of `universal-biases.ts`. */
export const BANDS = {
  same: [0.8, null],
  p: [null, 0.001],
  across: [0.8, null],
  rise: [0.1, null],
  forgotten: [0.05, null],
} as const satisfies Record<string, Judged['band']>;

function judgeFamily(
  family: readonly RunSummary[],
  name: string,
): { judged: Judged[]; missing: string[] } {
  const sizes = [...new Set(family.map((r) => number(r.config, 'images')))].sort((a, b) => a - b);
  const [fewest, most] = [sizes[0] ?? 0, sizes.at(-1) ?? 0];
  const at = (size: number) => family.filter((r) => r.config.images === size);
  const of = (key: string) => (run: RunSummary) => run.summary[key] ?? null;
  const largest = at(most);
  const pairs = acrossArchitectures(largest);
  /** By seed and architecture: what changes from the fewest to the most images. */
  const change = (key: string) => (run: RunSummary) => {
    const before = at(fewest).find(
      (r) => r.seed === run.seed && r.config.architecture === run.config.architecture,
    );
    const [from, to] = [before?.summary[key] ?? null, run.summary[key] ?? null];
    return from === null || to === null ? null : to - from;
  };
  const less = (key: string) => (run: RunSummary) => {
    const value = change(key)(run);
    return value === null ? null : -value;
  };
  const numbers = [
    {
      ...{ label: `likeness of two networks on disjoint images at N = ${most}`, band: BANDS.same },
      seen: overSeeds(largest, of('same')),
    },
    {
      ...{ label: `p of its being chance at N = ${most}`, band: BANDS.p },
      seen: overSeeds(largest, of('p')),
    },
    {
      ...{ label: `likeness across architectures at N = ${most}`, band: BANDS.across },
      seen: overPairs(pairs, 'same', largest),
    },
    {
      ...{ label: `p of that being chance at N = ${most}`, band: BANDS.p },
      seen: overPairs(pairs, 'p', largest),
    },
    ...(sizes.length < 2
      ? []
      : [
          {
            ...{ label: `rise of likeness from N = ${fewest}`, band: BANDS.rise },
            seen: overSeeds(largest, change('same')),
          },
          {
            ...{ label: `fall of what is memorised from N = ${fewest}`, band: BANDS.forgotten },
            seen: overSeeds(largest, less('memorised')),
          },
        ]),
  ];
  const judged = numbers.flatMap(({ label, band, seen }): Judged[] =>
    seen === null ? [] : [{ label: `${label}${name}`, ...seen, band }],
  );
  const missing = [
    ...(sizes.length < 2 ? [`At least two numbers of images are needed${name}.`] : []),
    ...(pairs.length === 0
      ? [`At least two architectures with a seed in common are needed${name}.`]
      : []),
  ];
  return { judged, missing };
}

/** What is reported and not judged, by N. */
function reported(family: readonly RunSummary[], name: string): Omit<Judged, 'band'>[] {
  return grouped(family, (c) => [c.images]).flatMap((runs) => {
    const size = runs[0]?.config.images;
    const told: readonly (readonly [string, string])[] = [
      ['same', 'likeness of two networks on disjoint images'],
      ['different', 'likeness of pictures from different noise'],
      ['gaussian', 'likeness to the Gaussian model of the same images'],
      ['gaussianPair', 'likeness of two Gaussian models'],
      ['memorised', 'nearer to an image of its own than of the other’s'],
    ];
    const across = overPairs(acrossArchitectures(runs), 'same', runs);
    return [
      ...told.flatMap(([key, label]) => {
        const seen = overSeeds(runs, (r) => r.summary[key] ?? null);
        return seen === null ? [] : [{ label: `${label} (N = ${size}${name})`, ...seen }];
      }),
      ...(across === null
        ? []
        : [{ label: `likeness across architectures (N = ${size}${name})`, ...across }]),
    ];
  });
}

/** The verdict on these runs, and every number that it reads. */
export function analysisOf(
  statement: string,
  runs: readonly RunSummary[],
  expected: number,
): Analysis {
  const ended = runs.filter((r) => r.outcome.kind === 'completed');
  const families = grouped(ended, allBut('images', 'architecture'));
  const named = families.map((family) => {
    const { learningRate, steps } = family[0]?.config ?? {};
    return [family, families.length > 1 ? `, η = ${learningRate}, ${steps} steps` : ''] as const;
  });
  const all = named.map(([family, name]) => judgeFamily(family, name));
  const judged = all.flatMap((f) => f.judged);
  return {
    fits: fitsOf([...judged, ...named.flatMap(([family, name]) => reported(family, name))]),
    verdict: verdictOf({
      ...{ statement, runs, expected, judged },
      missing: all.flatMap((f) => f.missing),
    }),
  };
}
