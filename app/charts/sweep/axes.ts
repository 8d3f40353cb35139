/** What a sweep is looked at by: the parameters that vary, and the summaries that its study names. Pure. */
import type { Config, ParamSpec, ParamValue, Study } from '../../../compute/studies/study.ts';
import type { CellView, RunView } from '../../../server/protocol.ts';
import { formatNumber, formatValue } from '../../ui/text.ts';

/** A parameter with the values that it takes here: numbers ascend, choices are in the order of the study. */
export interface SweepParam {
  readonly kind: 'param';
  readonly name: string;
  readonly label: string;
  readonly spec: ParamSpec;
  readonly values: readonly ParamValue[];
  readonly scale: 'linear' | 'log' | 'choice';
}

export interface SweepSummary {
  readonly kind: 'summary';
  readonly name: string;
  readonly label: string;
  readonly scale: 'linear' | 'log';
}

/** From this ratio of largest to least on, values are spread by their logarithm. */
const DECADE = 8;

/** The parameters that take more than one value among these cells, in the order of the study. */
export function sweepParams(study: Study, cells: readonly CellView[]): SweepParam[] {
  return study.params.flatMap((spec): SweepParam[] => {
    const seen = new Set(cells.flatMap((c) => c.config[spec.name] ?? []));
    if (seen.size < 2) return [];
    const label = spec.symbol === undefined ? spec.label : `${spec.label} ${spec.symbol}`;
    const param = { kind: 'param', name: spec.name, label, spec } as const;
    if (spec.kind === 'choice') {
      const order = spec.choices.map((c) => c.value);
      const values = order.filter((value) => seen.has(value));
      return [{ ...param, values, scale: 'choice' }];
    }
    const values = [...seen].map(Number).sort((a, b) => a - b);
    const [least = 0, most = 0] = [values[0], values.at(-1)];
    return [{ ...param, values, scale: least > 0 && most / least >= DECADE ? 'log' : 'linear' }];
  });
}

/** The summaries that can be compared: those that the study labels, else all, by their names. */
export function sweepSummaries(study: Study, runs: readonly RunView[]): SweepSummary[] {
  const named =
    study.summaries ??
    Object.fromEntries(
      [...new Set(runs.flatMap((r) => Object.keys(r.summary)))].map((name) => [
        name,
        { label: name, scale: 'linear' as const },
      ]),
    );
  return Object.entries(named).map(([name, { label, scale }]) => ({
    ...{ kind: 'summary', name, label, scale },
  }));
}

export const valueWords = (param: SweepParam, value: ParamValue): string =>
  formatValue(param.spec, value);

/** "η 0.1": a value with its parameter. */
export const paramWords = ({ spec }: SweepParam, value: ParamValue): string =>
  `${spec.symbol ?? spec.label} ${formatValue(spec, value)}`;

/** A run's value of a summary that can stand on its axis; null where it has none. */
export function summaryOf(run: RunView, { name, scale }: SweepSummary): number | null {
  const value = run.summary[name] ?? null;
  if (value === null || !Number.isFinite(value)) return null;
  return scale === 'log' && value <= 0 ? null : value;
}

export const valueIn = (config: Config, param: SweepParam): ParamValue | undefined =>
  config[param.name];

/** A number on an axis, as short as it can be told apart. */
export const shortNumber = (value: number): string => formatNumber(value, 3);
