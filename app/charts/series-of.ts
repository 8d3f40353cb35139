/**
 * Which series a line belongs to, and which dashes it has, by what the viewer colours and dashes by;
 * and what each series is called. Pure.
 */
import type { ParamSpec, ParamValue } from '../../compute/studies/study.ts';
import type { CellView } from '../../server/protocol.ts';
import { formatCell, formatValue } from '../ui/text.ts';
import type { ColorBy, ViewState } from '../view/view-state.ts';
import type { PictureInput } from './picture.ts';
import type { CellGroup } from './pooling.ts';

export interface SeriesOf {
  /** The series of a line of a cell. */
  readonly series: (cell: number, line: string) => number;
  /** What a series stands for. */
  readonly name: (series: number) => string;
  /** How many steps an ordered palette needs; null: hues that have no order. */
  readonly ramp: number | null;
  /** Dashes of a cell's means and runs: 0 is solid. */
  readonly dash: (cell: number) => number;
  /** What the dashes stand for, in their order; empty: nothing. */
  readonly strokes: readonly string[];
  /** What a person reads of a line of a cell, and of the mean of its group. */
  readonly nameOf: (cell: number, line: string) => string;
  readonly groupNameOf: (cell: number, line: string) => string;
}

/** Values that the cells take of a parameter, numbers ascending, choices as the study orders them. */
export function valuesOf(param: ParamSpec, cells: readonly CellView[]): ParamValue[] {
  const values = new Set(cells.flatMap((c) => c.config[param.name] ?? []));
  if (param.kind === 'number') return [...values].sort((a, b) => Number(a) - Number(b));
  const order = param.choices.map((c) => c.value);
  return [...values].sort((a, b) => order.indexOf(String(a)) - order.indexOf(String(b)));
}

/** Parameters of which the cells take several values. */
export function variedIn(params: readonly ParamSpec[], cells: readonly CellView[]): ParamSpec[] {
  return params.filter((p) => new Set(cells.map((c) => c.config[p.name])).size > 1);
}

/** Series, dashes and names for these lines; a pooled parameter tells nothing apart. */
export function seriesOf(
  { study, panel, cells }: PictureInput,
  { color, dash, pooled }: Pick<ViewState, 'color' | 'dash' | 'pooled'>,
  groups: readonly CellGroup[],
  lineNames: readonly string[],
): SeriesOf {
  const configs = new Map(cells.map((c) => [c.index, c.config]));
  const groupOf = new Map(groups.flatMap((g) => g.cells.map((c) => [c.index, g.index] as const)));
  const placer = (name: string | null) => {
    const param = study.params.find((p) => p.name === name && !pooled.includes(p.name));
    if (param === undefined) return null;
    const values = valuesOf(param, cells);
    const places = new Map(values.map((v, i) => [v, i]));
    const place = (cell: number) => places.get(configs.get(cell)?.[param.name] ?? '') ?? 0;
    return { param, values, place };
  };
  const by: ColorBy = color === 'study' ? panel.colorBy : color;
  const colored = typeof by === 'string' ? null : placer(by.param);
  const dashed = placer(dash);
  const varied = cells.length < 2 ? [] : variedIn(study.params, cells).map((p) => p.name);
  const shared = varied.filter((name) => !pooled.includes(name));
  const [cellNames, groupNames] = [
    namedBy(study.params, varied, cells),
    namedBy(study.params, shared, cells),
  ];
  const withLine = (names: ReadonlyMap<number, string>) => (cell: number, line: string) =>
    [names.get(cell), lineNames.length > 1 ? line : ''].filter(Boolean).join(', ') || line;
  const valueName = (param: ParamSpec, value: ParamValue | undefined) =>
    `${param.symbol ?? param.label} ${formatValue(param, value ?? '')}`;
  const common = {
    dash: (cell: number) => dashed?.place(cell) ?? 0,
    strokes: dashed?.values.map((v) => valueName(dashed.param, v)) ?? [],
    nameOf: withLine(cellNames),
    groupNameOf: withLine(groupNames),
  };
  if (colored !== null) {
    const { param, values, place } = colored;
    return {
      ...common,
      series: (cell) => place(cell),
      name: (i) => valueName(param, values[i]),
      ramp: param.kind === 'number' && values.length > 1 ? values.length : null,
    };
  }
  const byCell = (typeof by === 'string' ? by : panel.colorBy) === 'cell';
  return {
    ...common,
    ramp: null,
    series: (cell, line) => (byCell ? (groupOf.get(cell) ?? cell) : lineNames.indexOf(line)),
    name: (i) => (byCell ? groupNames.get(i) || 'the one cell' : (lineNames[i] ?? '')),
  };
}

/** Cells by what differs between them; '' where there is but one. */
export function namesOf({ study, cells }: PictureInput): ReadonlyMap<number, string> {
  const varied = cells.length < 2 ? [] : variedIn(study.params, cells).map((p) => p.name);
  return namedBy(study.params, varied, cells);
}

function namedBy(
  params: readonly ParamSpec[],
  names: readonly string[],
  cells: readonly CellView[],
): ReadonlyMap<number, string> {
  return new Map(
    cells.map((c) => [c.index, names.length === 0 ? '' : formatCell(params, names, c.config)]),
  );
}
