/**
 * What an infinitely wide network would say in the place of a run: regression with its tangent kernel, by
 * descent on the same samples at the same rate (Jacot et al. 2018, arXiv:1806.07572, §5; Lee et al. 2019,
 * arXiv:1902.06720, §2.2). A run records it beside its own outputs, so that whoever reads the series needs
 * neither the data nor the kernel. Its error differs between draws of the training samples by far more than
 * from the network's: the mean over other draws is recorded too, as a control variate.
 */
import { gramOf, reluTangentKernel } from '../analysis/arc-cosine.ts';
import { type Regression, regressionOn } from '../analysis/kernel-regression.ts';
import { remembered } from '../analysis/remembered.ts';
import { mean } from '../analysis/stats.ts';
import type { DataSet } from '../programs/data-set.ts';
import type { DenseLayer } from '../programs/dense.ts';
import { type MlpSpec, type PackedRun, recordedSteps } from '../programs/program.ts';
import { distinctRows } from '../random.ts';

/** Other draws of the training samples that the error is averaged over. */
export const CONTROL_DRAWS = 128;

/** Up to so many samples the kernel of the whole table is kept: 32 MB. */
const KEPT_SAMPLES = 2048;

type Gram = (rows: ArrayLike<number>, columns: ArrayLike<number>) => number[][];
const grams = remembered<Gram>(2);

interface KernelMachine {
  readonly regression: Regression;
  /** Over the whole table, at each recorded step. */
  readonly errors: ReadonlyMap<number, number>;
  /** Mean over the other draws of that of the last step. */
  readonly control: number;
}

/** The width of a network is nothing to its limit: runs that differ in it alone share one. */
const machines = remembered<KernelMachine>(64);

/**
 * Columns of a run at a step, with predictions on some rows of the table.
 * Throws unless the closed form and the exact descent are those of these runs.
 */
export function kernelMachines(
  spec: MlpSpec,
  layers: readonly DenseLayer[],
  runs: readonly PackedRun[],
  table: DataSet,
): (run: number, step: number, rows: Int32Array) => Readonly<Record<string, number>> {
  const { train } = spec;
  if (train === 'all' || train.draw !== 'run' || !isSolved(spec, layers, runs))
    throw new Error(
      'The kernel machine is known for ReLU networks in the tangent parametrization without biases that start at f = 0, with one output, by full-batch descent on a half mean square of samples that each run draws.',
    );
  const inputs = layers[0]?.in ?? 1;
  const rowOf = (i: number) => table.x.subarray(i * inputs, (i + 1) * inputs);
  const kernel = (a: number, b: number, c: number) => reluTangentKernel(layers.length - 1, a, b, c);
  const asked: Gram = (rows, columns) =>
    gramOf(kernel, Array.from(rows, rowOf), Array.from(columns, rowOf));
  const looked = (): Gram => {
    const every = Array.from({ length: table.samples }, (_, i) => i);
    return lookUp(asked(every, every).map((row) => Float64Array.from(row)));
  };
  const gram = (): Gram =>
    table.samples > KEPT_SAMPLES
      ? asked
      : grams(JSON.stringify([spec.data, inputs, layers.length]), looked);
  const steps = recordedSteps(spec);

  const made = (seed: number, rate: number): KernelMachine => {
    const drawn = (draw: number) =>
      regressionOn(gram(), table.y, distinctRows(seed, train.count, table.samples, draw), rate);
    const regression = drawn(0);
    const others = Array.from({ length: CONTROL_DRAWS }, (_, i) =>
      drawn(i + 1).errors([spec.steps]),
    );
    const own = regression.errors(steps);
    return {
      regression,
      errors: new Map(steps.map((step, s) => [step, own[s] ?? Number.NaN])),
      control: mean(others.flat()),
    };
  };

  return (run, step, rows) => {
    const { seed, hyper } = runs[run] as PackedRun;
    // Of f = α a_L, which moves by α² for each unit of the rate.
    const rate = hyper.learningRate * hyper.outputScale ** 2;
    const key = JSON.stringify([spec.data, inputs, layers.length, train.count, seed, rate, steps]);
    const { regression, errors, control } = machines(key, () => made(seed, rate));
    return {
      kernelError: errors.get(step) ?? Number.NaN,
      kernelControl: control,
      ...Object.fromEntries(
        regression.at(Array.from(rows), step).map((value, i) => [`k${i + 1}`, value] as const),
      ),
    };
  };
}

/** Some rows and columns of a matrix. Loops: hundreds of draws look up millions of numbers. */
const lookUp =
  (whole: readonly Float64Array[]): Gram =>
  (rows, columns) => {
    const picked: number[][] = [];
    for (let r = 0; r < rows.length; r++) {
      const from = whole[rows[r] ?? -1] ?? new Float64Array();
      const row = new Array<number>(columns.length);
      for (let c = 0; c < columns.length; c++) row[c] = from[columns[c] ?? -1] ?? Number.NaN;
      picked.push(row);
    }
    return picked;
  };

const near = (a: number, b: number) => Math.abs(a / b - 1) < 1e-12;

function isSolved(
  { antithetic, batch, data, loss, optimizer, probe, scales, schedule, train }: MlpSpec,
  layers: readonly DenseLayer[],
  runs: readonly PackedRun[],
): boolean {
  const last = layers.length - 1;
  const samples = train === 'all' ? data.samples : train.count;
  const tangent = layers.every(
    (layer, l) =>
      near(layer.rate, (l === last ? 1 : 2) / layer.in) &&
      near(scales[l]?.std ?? 0, Math.sqrt(layer.rate)) &&
      !layer.bias &&
      !layer.skip &&
      (l === last || layer.activation === 'relu'),
  );
  const descent =
    (batch === 'full' || batch === samples) &&
    schedule === 'constant' &&
    optimizer === 'descent' &&
    loss === 'half-mean' &&
    runs.every(({ hyper: h }) => h.momentum === 0 && h.weightDecay === 0 && h.initScale === 1);
  return tangent && descent && antithetic && probe === 'all' && layers[last]?.out === 1;
}
