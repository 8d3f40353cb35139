/** What the verdict of `universal-representations.ts` asks, of which pairs, and what is reported beside it. */
import { type PairShown, pairCorrelation, permutationTest } from '../analysis/mantel.ts';
import { bootstrap, mean, tInterval } from '../analysis/stats.ts';
import { analysisOf, type Criterion } from './criteria.ts';
import { isAcross, isPair } from './representations-networks.ts';
import type { Analysis, Config, Fit, RunSummary, Study } from './study.ts';

/** Of fewer pairs even perfect order is not rare enough. */
const LEAST_PAIRS = 12;
/** Enough to tell a hundredth from less with room: none of so many leaves at most 0.006 (Wilson). */
const PERMUTATIONS = 999;
/** The chance that the verdict allows. */
const RARE = 0.01;

const BASE =
  'The better two networks classify, the more alike they order what they see, beyond what they shared untrained, though one sees left halves of digits and the other right ones';
const OF_ONE_KIND = `${BASE}.`;
export const STATEMENT = `${BASE}; and so do networks of different architectures.`;

interface Pair extends PairShown {
  readonly run: RunSummary;
}

/** Pairs with this summary, the networks of each side by their names, and what each can do. */
function pairsBy(runs: readonly RunSummary[], summary: string) {
  const [left, right] = [new Map<string, number>(), new Map<string, number>()];
  const pairs = runs.flatMap((run): Pair[] => {
    const { config, seed } = run;
    const { accuracy1 = null, accuracy2 = null, [summary]: shown = null } = run.summary;
    if (shown === null || accuracy1 === null || accuracy2 === null) return [];
    const training = `${config.updates} ${config.learningRate} ${seed}`;
    const first = `${config.leftNetwork} ${config.left} ${training}`;
    const second = `${config.rightNetwork} ${config.right} ${training}`;
    left.set(first, accuracy1);
    right.set(second, accuracy2);
    return [{ first, second, shown, run }];
  });
  return { pairs, left, right };
}

/** Rank correlation of a summary with performance over these pairs, its interval over seeds. */
function correlated(runs: readonly RunSummary[], summary: string) {
  const all = pairsBy(runs, summary);
  const of = (pairs: readonly Pair[]) => pairCorrelation(pairs, all.left, all.right);
  const seeds = [...new Set(all.pairs.map((p) => p.run.seed))].map((seed) =>
    all.pairs.filter((p) => p.run.seed === seed),
  );
  const value = of(all.pairs);
  const found = Number.isFinite(value);
  return {
    ...all,
    value: found ? value : null,
    interval: found ? bootstrap(seeds, (sample) => of(sample.flat())) : null,
  };
}

/** The mean over pairs of one size and architecture of the correlation within them: there those explain nothing. */
function withinSizes(runs: readonly RunSummary[]): number[] {
  const sizeOf = ({ leftNetwork, left, rightNetwork, right }: Config) =>
    `${leftNetwork} ${left} ${rightNetwork} ${right}`;
  return [...new Set(runs.map(({ config }) => sizeOf(config)))]
    .map((size) => {
      const own = runs.filter(({ config }) => sizeOf(config) === size);
      const { pairs, left, right } = pairsBy(own, 'excess');
      return pairCorrelation(pairs, left, right);
    })
    .filter(Number.isFinite);
}

/** That excess rises with performance among these pairs, and that chance would not make it rise so. */
function criteriaOf(
  runs: readonly RunSummary[],
  keys: readonly [correlation: string, chance: string],
  among: string,
): readonly Criterion[] {
  const { value, interval, pairs, left, right } = correlated(runs, 'excess');
  const missing = `At least ${LEAST_PAIRS} pairs${among} are needed that differ in what they can do; ${pairs.length} are in.`;
  const enough = value !== null && pairs.length >= LEAST_PAIRS;
  const test = enough ? permutationTest(pairs, left, right, PERMUTATIONS) : null;
  const shared = { runs: pairs.length, missing };
  return [
    {
      ...{
        key: keys[0],
        label: `The rank correlation of excess alignment and performance${among}`,
      },
      ...{ ...shared, value, interval, band: [0, null] },
    },
    {
      ...{ key: keys[1], label: `The chance of so much${among} by dealing performances out anew` },
      ...{ ...shared, value: test?.p ?? null, interval: test?.interval ?? null },
      band: [null, RARE],
    },
  ];
}

function reported(runs: readonly RunSummary[]): Readonly<Record<string, Fit>> {
  const fits: Record<string, Fit> = {};
  const report = (key: string, label: string, summary: string, among = runs) => {
    const { value, interval, pairs } = correlated(among, summary);
    if (value !== null) fits[key] = { label, value, interval, runs: pairs.length };
  };
  report('beyondClass', 'The same of what knowing the class does not make', 'beyondClass');
  report('cka', 'The same of CKA, trained less untrained', 'ckaExcess');
  report('untrained', 'The same of untrained alignment: what sizes alone make', 'untrained');
  const alike = runs.filter(({ config }) => !isAcross(config));
  report('alike', 'The same of pairs of one architecture', 'excess', alike);
  const within = withinSizes(runs);
  if (within.length > 0)
    fits.within = {
      ...{ label: 'The same within pairs of one size and architecture each, mean' },
      ...{ value: mean(within), interval: tInterval(within), runs: runs.length },
    };
  return fits;
}

/** Whether these runs are of a grid that crosses architectures: any kind on the left with another on the right. */
function crosses(runs: readonly RunSummary[]): boolean {
  const of = (name: 'leftNetwork' | 'rightNetwork') =>
    new Set(runs.map(({ config }) => config[name]).filter((kind) => kind !== 'none'));
  const [left, right] = [of('leftNetwork'), of('rightNetwork')];
  return [...left].some((kind) => [...right].some((other) => other !== kind));
}

export function analyseRepresentations(
  runs: readonly RunSummary[],
  { expected, null: isNull }: Parameters<Study['analyse']>[1],
): Analysis {
  const pairs = runs.filter(({ config }) => isPair(config));
  const across = runs.length === 0 || crosses(runs);
  const criteria = [
    ...criteriaOf(pairs, ['correlation', 'chance'], ''),
    ...(across
      ? criteriaOf(
          pairs.filter(({ config }) => isAcross(config)),
          ['acrossCorrelation', 'acrossChance'],
          ' across architectures',
        )
      : []),
  ];
  const statement = across ? STATEMENT : OF_ONE_KIND;
  return analysisOf(
    isNull ? `${statement} Even if they see halves of different digits.` : statement,
    ...([criteria, runs, expected, reported(pairs)] as const),
  );
}
