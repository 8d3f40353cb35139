/** Small multiples: a panel's picture split by the values of one parameter. Pure. */
import type { ParamSpec } from '../../compute/studies/study.ts';
import type { CellView } from '../../server/protocol.ts';
import { formatValue } from '../ui/text.ts';
import type { Picture } from './picture.ts';
import { valuesOf } from './series-of.ts';

export interface Facet {
  readonly key: string;
  /** What a person reads over the chart: "depth 2"; '' for the whole. */
  readonly name: string;
  readonly picture: Picture;
}

/**
 * One picture a value of the parameter, in the order of its values; theory that holds for all cells is
 * in each. A parameter of one value, or null, leaves the picture whole.
 */
export function facetsOf(
  picture: Picture,
  param: ParamSpec | null,
  cells: readonly CellView[],
): readonly Facet[] {
  const values = param === null ? [] : valuesOf(param, cells);
  if (param === null || values.length < 2) return [{ key: '', name: '', picture }];
  const taken = new Map(cells.map((c) => [c.index, c.config[param.name]]));
  return values.flatMap((value) => {
    const here = ({ cell }: { readonly cell?: number }) =>
      cell === undefined || taken.get(cell) === value;
    const [theory, means, raw] = [
      picture.theory.filter(here),
      picture.means.filter(here),
      picture.raw.filter(here),
    ];
    const own = theory.some((l) => l.cell !== undefined) || means.length + raw.length > 0;
    const name = `${param.symbol ?? param.label} ${formatValue(param, value)}`;
    return own ? [{ key: String(value), name, picture: { ...picture, theory, means, raw } }] : [];
  });
}
