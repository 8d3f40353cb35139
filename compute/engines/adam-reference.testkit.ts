/**
 * Adam in float64 for the references of the tests (Kingma & Ba 2015, arXiv:1412.6980, algorithm 1, with decoupled
 * decay), on gradients by central differences.
 */
import type { Hyper } from '../programs/program.ts';

/** Central differences of a loss in every number of some arrays, which it reads: error about 1e-10. */
function centralDifferences(loss: () => number, arrays: readonly Float64Array[]): Float64Array[] {
  const step = 1e-5;
  return arrays.map((values) =>
    Float64Array.from(values, (kept, i) => {
      values[i] = kept + step;
      const above = loss();
      values[i] = kept - step;
      const below = loss();
      values[i] = kept;
      return (above - below) / (2 * step);
    }),
  );
}

export interface ReferenceAdam {
  /** One update of the arrays, in place. @param rate what the schedule leaves of the learning rate */
  update(rate: number, loss: () => number): void;
}

/** Adam of these arrays, from its first update on. */
export function referenceAdam(
  arrays: readonly Float64Array[],
  { momentum, weightDecay }: Pick<Hyper, 'momentum' | 'weightDecay'>,
): ReferenceAdam {
  const first = arrays.map((values) => new Float64Array(values.length));
  const second = arrays.map((values) => new Float64Array(values.length));
  let t = 0;
  return {
    update(rate, loss) {
      t += 1;
      const gradients = centralDifferences(loss, arrays);
      for (const [l, values] of arrays.entries()) {
        const [m, v] = [first[l] as Float64Array, second[l] as Float64Array];
        for (const [i, g] of (gradients[l] as Float64Array).entries()) {
          m[i] = momentum * (m[i] as number) + (1 - momentum) * g;
          v[i] = 0.999 * (v[i] as number) + 0.001 * g * g;
          const mean = (m[i] as number) / (1 - momentum ** t);
          const size = Math.sqrt((v[i] as number) / (1 - 0.999 ** t)) + 1e-8;
          const w = values[i] as number;
          values[i] = w - rate * (mean / size + weightDecay * w);
        }
      }
    },
  };
}

/** The half cosine from 1 to 0, at the update after so many. */
export const halfCosine = (done: number, steps: number): number =>
  (1 + Math.cos((Math.PI * done) / steps)) / 2;
