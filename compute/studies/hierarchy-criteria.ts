/**
 * What is judged of random hierarchies: how many data P* it takes until a deep network errs a tenth as often as
 * guessing does, on strings that it has not seen. The law is P* ∝ n_c m^L (Cagnetta et al. 2023, arXiv:2307.02129), against
 * the number of all strings, n_c m^((s^L − 1)/(s − 1)), which is what it takes without depth. So: with the most data the
 * error is below that tenth, whatever the hierarchy; the exponent of P* in n_c m^L is one, within a fifth; P* over
 * n_c m^L is one number for all hierarchies, up to a factor of two; and its spread over hierarchies, of logarithms, is at
 * most a third of that of P* over all strings. With shuffled classes nothing is learnt, and the first fails.
 *
 * That factor is e to twice the standard deviation, from one below the mean to one above: largest over smallest
 * would grow with every hierarchy that is added, and with what seeds scatter. On seeds 101 to 104 P* over n_c m^L was 2.6,
 * 2.6, 2.9, 2.4, 2.8, 1.8 and 3.3 in the order of `hierarchy-tasks.ts`: a factor of 1.4, and 1.8 from the smallest to the
 * largest; the exponent was 0.98 [0.95, 1.02] of five of them. Rules are drawn by a run's seed, so that
 * intervals over seeds are over hierarchies of one size too.
 */
import { seedSlope } from '../analysis/slope.ts';
import { bootstrap, type Interval, mean } from '../analysis/stats.ts';
import { stringsOf } from '../programs/hierarchy.ts';
import { ofReplica } from '../programs/program.ts';
import type { Measured } from './criteria.ts';
import {
  chanceOf,
  HIERARCHIES,
  type Hierarchy,
  hierarchyOf,
  lawOf,
  samplesOf,
} from './hierarchy-tasks.ts';
import type { Fit, RunRecord, RunSummary, Summary } from './study.ts';
import { distinctBy, valueAt } from './traces.ts';

/** What counts as learnt: so much of the error of guessing. */
export const LEARNT = 0.1;
const EXPONENT = [0.8, 1.2] as const;
const MOST_SPREAD = 2;
const MOST_SHARE = 1 / 3;

/** A run's learning curve: strings that a network trained on, and its error on others over that of guessing. */
export function learningCurve(
  run: RunRecord,
): readonly (readonly [samples: number, error: number])[] {
  const hierarchy = hierarchyOf(run.config);
  if (hierarchy === null) return [];
  const { task } = hierarchy;
  return samplesOf(task).map((samples, k) => [
    samples,
    (1 - valueAt(run, ofReplica('testAccuracy', k))) / chanceOf(task),
  ]);
}

/**
 * The amount of data at which a curve first comes down to that level, on straight lines over ln P between amounts;
 * null where it never does, or is below with the least already.
 */
export function neededData(curve: ReturnType<typeof learningCurve>): number | null {
  const at = curve.findIndex(([, error]) => error <= LEARNT);
  const [before, after] = [curve[at - 1], curve[at]];
  if (before === undefined || after === undefined) return null;
  const share = (before[1] - LEARNT) / (before[1] - after[1]);
  return before[0] * (after[0] / before[0]) ** share;
}

/** Of a run on a hierarchy: P*, the same over n_c m^L, and the error with the most data. */
export function hierarchySummary(run: RunRecord): Summary {
  const hierarchy = hierarchyOf(run.config);
  const curve = run.outcome.kind === 'completed' ? learningCurve(run) : [];
  const needed = neededData(curve);
  return {
    needed,
    perLaw: needed === null || hierarchy === null ? null : needed / lawOf(hierarchy.task),
    error: curve.at(-1)?.[1] ?? null,
  };
}

/** P* of one hierarchy and seed. */
interface Needed {
  readonly hierarchy: Hierarchy;
  readonly seed: number;
  readonly data: number;
}

const deviation = (values: readonly number[]) => {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((v) => (v - centre) ** 2)));
};

/** Mean of ln P* of each hierarchy less the logarithm of a scale; NaN where one has no P*. */
const logsOver = (
  needed: readonly Needed[],
  hierarchies: readonly Hierarchy[],
  scale: typeof lawOf,
): number[] =>
  hierarchies.map(({ id, task }) => {
    const own = needed.filter((n) => n.hierarchy.id === id).map((n) => Math.log(n.data));
    return own.length === 0 ? Number.NaN : mean(own) - Math.log(scale(task));
  });

/** A number of what all seeds gave, with its bootstrap over seeds. */
function overSeeds<T extends { readonly seed: number }>(
  all: readonly T[],
  statistic: (of: readonly T[]) => number,
): { value: number | null; interval: Interval | null } {
  const value = statistic(all);
  return {
    value: Number.isFinite(value) ? value : null,
    interval: bootstrap([...new Set(all.map((n) => n.seed))], (drawn) =>
      statistic(drawn.flatMap((seed) => all.filter((n) => n.seed === seed))),
    ),
  };
}

const FEW =
  'The law of random hierarchies needs two of them, of each of which some amount of data is too small and some is enough.';

/** What is judged of the runs on hierarchies, and what is reported beside it; nothing where there are none. */
export function hierarchyCriteria(runs: readonly RunSummary[]): Measured {
  // Trainings of one length: longer ones may need less data.
  const amounts = distinctBy(
    runs.flatMap(({ config }) => (hierarchyOf(config) === null ? [] : [config])),
    ({ amount }) => [amount],
  ).map(({ amount }) => amount);
  const parts = amounts.map((amount) =>
    ofOneLength(
      runs.filter((r) => r.config.amount === amount),
      amounts.length === 1 ? '' : ` (amount ${amount})`,
    ),
  );
  return {
    criteria: parts.flatMap((p) => p.criteria),
    more: Object.assign({}, ...parts.map((p) => p.more)),
  };
}

/** @param length of the training, where there are several: behind keys and labels */
function ofOneLength(runs: readonly RunSummary[], length: string): Measured {
  const done = runs.flatMap((run) => {
    const hierarchy = hierarchyOf(run.config);
    return run.outcome.kind === 'completed' && hierarchy !== null ? [{ ...run, hierarchy }] : [];
  });
  const present = HIERARCHIES.filter(({ id }) => done.some((r) => r.hierarchy.id === id));
  if (present.length === 0) return { criteria: [], more: {} };
  const needed = done.flatMap(({ hierarchy, seed, summary }): Needed[] =>
    summary.needed == null ? [] : [{ hierarchy, seed, data: summary.needed }],
  );
  /** Of the hierarchy that is learnt worst. */
  const error = (of: readonly (typeof done)[number][]) =>
    Math.max(
      ...present.map(({ id }) =>
        mean(of.filter((r) => r.hierarchy.id === id).map((r) => r.summary.error ?? Number.NaN)),
      ),
    );
  const law = (of: readonly Needed[]) => logsOver(of, present, lawOf);
  const spread = (of: readonly Needed[]) => Math.exp(2 * deviation(law(of)));
  const share = (of: readonly Needed[]) =>
    deviation(law(of)) / deviation(logsOver(of, present, stringsOf));
  const compared = present.length < 2 ? [] : needed;
  const slope = seedSlope(
    needed.map(({ hierarchy, seed, data }) => ({ seed, x: lawOf(hierarchy.task), y: data })),
  );
  const common = { runs: done.length, missing: FEW };
  return {
    criteria: [
      {
        ...{ key: `hierarchy error${length}`, ...overSeeds(done, error) },
        label: `Error on new strings with the most data, over that of guessing, of the worst hierarchy${length}`,
        ...{ band: [null, LEARNT], ...common },
      },
      {
        ...{ key: `hierarchy exponent${length}`, value: slope?.value ?? null },
        ...{ interval: slope?.interval ?? null, band: EXPONENT, ...common },
        label: `Exponent in n_c m^L of the data P* that a hierarchy takes${length}`,
      },
      {
        ...{ key: `hierarchy spread${length}`, ...overSeeds(compared, spread), ...common },
        ...{
          label: `Factor by which P*/(n_c m^L) differs between hierarchies, two standard deviations wide${length}`,
          band: [null, MOST_SPREAD],
        },
      },
      {
        ...{ key: `hierarchy share${length}`, ...overSeeds(compared, share), ...common },
        label: `Spread of ln P*/(n_c m^L) over that of ln P*/(all strings)${length}`,
        band: [null, MOST_SHARE],
      },
    ],
    more: Object.fromEntries(
      present.flatMap(({ id, label, task }): [string, Fit][] => {
        const ratios = needed.filter((n) => n.hierarchy.id === id).map((n) => n.data / lawOf(task));
        const fit = {
          ...{ label: `P*/(n_c m^L), ${label}${length}`, value: mean(ratios) },
          ...{ interval: bootstrap(ratios, mean), runs: ratios.length },
        };
        return ratios.length === 0 ? [] : [[`needed ${id}${length}`, fit]];
      }),
    ),
  };
}
