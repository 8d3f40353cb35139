/** What the network of `tree-network.ts` is made of, and what a datum costs it: by arithmetic on its spec. */
import type { Shape } from './differentiable.ts';
import type { HierarchySpec } from './program.ts';

/** An array of weights and the standard deviation of its entries at the start. */
interface Drawn extends Shape {
  readonly std: number;
}

/** Filter and biases of each layer, and the readout, in the order of a run's state. */
export function treeWeights({ task, width }: HierarchySpec): readonly Drawn[] {
  const layers = Array.from({ length: task.levels }, (_, l): Drawn[] => {
    const rows = task.tuple * (l === 0 ? task.symbols : width);
    // Of the first layer's inputs one in v is 1, the others 0.
    const active = l === 0 ? task.tuple : rows;
    return [
      { rows, columns: width, std: 1 / Math.sqrt(active) },
      { rows: 1, columns: width, std: 0 },
    ];
  });
  return [...layers.flat(), { rows: width, columns: task.classes, std: 1 / width }];
}

/** Places that layer l gives, of one datum. */
export const placesOf = ({ task }: HierarchySpec, l: number) => task.tuple ** (task.levels - 1 - l);

/** Multiplications of one datum's forward pass. */
export const treeProducts = (spec: HierarchySpec): number =>
  treeWeights(spec)
    .filter(({ rows }) => rows > 1)
    .reduce((n, { rows, columns }, l) => n + rows * columns * Math.max(1, placesOf(spec, l)), 0);
