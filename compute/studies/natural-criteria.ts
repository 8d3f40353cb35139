/** What the study universal-data judges, and what it reports only. */

import { bootstrap, mean } from '../analysis/stats.ts';
import { straightnessOf } from '../analysis/straightness.ts';
import { overSeeds } from './bands.ts';
import { type Criterion, grouped, type Measured } from './criteria.ts';
import { fittedAt, type Source, sourceOf } from './natural-sources.ts';
import type { Fit, RunRecord, RunSummary, Summary } from './study.ts';

export function summaryOf(run: RunRecord): Summary {
  const points = run.outcome.kind === 'completed' ? fittedAt(run) : null;
  const found = points === null ? null : straightnessOf(points);
  return {
    exponent: found?.exponent ?? null,
    ratio: found?.ratio ?? null,
    curvature: found?.curvature ?? null,
  };
}

const NUMBERS = {
  exponent: 'exponent',
  ratio: 'log-likelihood of the power law over that of the log-normal',
  curvature: 'change of the exponent over a decade',
} as const;
type Name = keyof typeof NUMBERS;

const labelOf = (name: Name, { label }: Source) =>
  `${label[0]?.toUpperCase()}${label.slice(1)}: ${NUMBERS[name]}`;

/** A number of one source, over seeds. */
const measured = (runs: readonly RunSummary[], name: Name) =>
  overSeeds(runs, (r) => r.summary[name] ?? null);

function criterion(
  runs: readonly RunSummary[],
  name: Name,
  source: Source,
  band: Criterion['band'],
): Criterion {
  const {
    value,
    interval,
    runs: count,
  } = measured(runs, name) ?? {
    ...{ value: null, interval: null, runs: 0 },
  };
  return {
    ...{ key: `${name}, ${source.label}`, label: labelOf(name, source) },
    ...{ value, interval, band, runs: count },
    missing: `The spectrum of ${source.label} is not known far enough: more samples are needed.`,
  };
}

/** The mean over photographs, with the interval over them and not over seeds; null below two. */
function meanOfPhotographs(groups: readonly (readonly RunSummary[])[]): Fit | null {
  const photographs = groups.filter(
    ([run]) => run !== undefined && sourceOf(run.config).measured.kind === 'radial',
  );
  const own = photographs.flatMap((runs) => measured(runs, 'exponent') ?? []);
  const values = own.map(({ value }) => value);
  if (values.length < 2) return null;
  return {
    label: `Mean exponent of ${values.length} photographs, not judged`,
    ...{ value: mean(values), interval: bootstrap(values, mean) },
    runs: own.reduce((sum, { runs }) => sum + runs, 0),
  };
}

/** What is judged of these runs, and every other number that is read off them. */
export function naturalCriteria(runs: readonly RunSummary[]): Measured {
  const groups = grouped(runs, ({ source, amount }) => [source, amount]);
  const criteria: Criterion[] = [];
  const more: Record<string, Fit> = {};
  for (const own of groups) {
    const [first] = own;
    if (first === undefined) continue;
    const source = sourceOf(first.config);
    const { band } = source;
    if (band !== null)
      criteria.push(
        criterion(own, 'exponent', source, band),
        criterion(own, 'ratio', source, [0, null]),
      );
    for (const name of band === null
      ? (['exponent', 'ratio', 'curvature'] as const)
      : (['curvature'] as const)) {
      const label = `${labelOf(name, source)}, not judged`;
      const fit = measured(own, name);
      if (fit !== null) more[`${name}, ${source.label}`] = { label, ...fit };
    }
  }
  const over = meanOfPhotographs(groups);
  if (over !== null) more.photographs = over;
  return { criteria, more };
}
