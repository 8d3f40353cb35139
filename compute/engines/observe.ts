/** One record of a pack: what is read off the outputs, and what the program asks for beyond them. */
import { topEigenvalue, type WarmStarts } from '../observables/sharpness.ts';
import { type DenseProgram, rowsOf, sizeOf } from '../programs/dense.ts';
import type { PackedRun } from '../programs/program.ts';
import { type Arrays, type Machine, stateNames } from './machine.ts';
import { ADAM_EPSILON } from './optimizer.ts';
import type { Observation, Trainable } from './trainable.ts';

/** A dense chain on a machine, as a training drives it. */
export function denseTrainable(
  program: DenseProgram,
  machine: Machine,
  runs: readonly PackedRun[],
): Trainable {
  return {
    get how() {
      return machine.how;
    },
    columns: program.columns,
    names: stateNames(program, true).flat(),
    advance: (steps) => machine.advance(steps),
    observe: (step, warm) => observe(program, machine, runs, step, warm),
    download: () => machine.download(),
    dispose: () => machine.dispose(),
  };
}

async function observe(
  program: DenseProgram,
  machine: Machine,
  runs: readonly PackedRun[],
  step: number,
  warm: WarmStarts,
): Promise<Observation> {
  const R = runs.length;
  const wanted = program.observe;
  const columns: Record<string, Float64Array> = Object.fromEntries(
    program.columns.map((name) => [name, new Float64Array(R).fill(Number.NaN)]),
  );
  const fill = (r: number, values: Readonly<Record<string, number>>) => {
    for (const [name, value] of Object.entries(values)) set(columns[name], r, value);
  };
  const outputs = await machine.outputs();
  const each = outputs.length / R;
  for (let r = 0; r < R; r++)
    fill(r, program.read(r, outputs.subarray(r * each, (r + 1) * each), step));
  if (wanted.gradientNorm) columns.gradientNorm = norms(await machine.gradient(), R);
  const states = wanted.weights || wanted.preconditionedSharpness ? await machine.download() : [];
  if (wanted.weights) {
    const [names = []] = stateNames(program, false);
    for (const [r, state] of states.entries()) {
      fill(
        r,
        program.readWeights(
          r,
          names.map((name) => state[name] ?? new Float32Array()),
          step,
        ),
      );
    }
  }
  if (!wanted.sharpness && !wanted.preconditionedSharpness) return columns;
  const linearized = await machine.linearize();
  const common = { runs: R, size: sizeOf(program), seeds: runs.map((run) => run.seed), warm };
  try {
    if (wanted.sharpness) {
      columns.sharpness = await topEigenvalue({
        ...{ ...common, key: 'sharpnessVector' },
        product: (vectors) => linearized.product(vectors),
      });
    }
    if (wanted.preconditionedSharpness) {
      const scale = adamScale(program, runs, states, step);
      const scaled = new Float32Array(scale.length);
      columns.preconditionedSharpness = await topEigenvalue({
        ...{ ...common, key: 'preconditionedSharpnessVector' },
        async product(vectors) {
          const products = await linearized.product(times(vectors, scale, scaled));
          return times(products, scale, products);
        },
      });
    }
  } finally {
    linearized.dispose();
  }
  return columns;
}

/**
 * P^{−½} of every number of every run, P = (1 − β₁^{t+1}) (√(v/(1 − β₂^t)) + ε) over the layer's
 * rate: what divides the next update. Zero before the first one, when there is no P yet.
 */
function adamScale(
  program: DenseProgram,
  runs: readonly PackedRun[],
  states: readonly Arrays[],
  step: number,
): Float32Array {
  const size = sizeOf(program);
  const scale = new Float32Array(runs.length * size);
  if (step === 0) return scale;
  for (const [r, { hyper }] of runs.entries()) {
    const first = 1 - hyper.momentum ** (step + 1);
    const correction = 1 - program.beta2 ** step;
    let at = r * size;
    for (const [l, layer] of program.layers.entries()) {
      const second = states[r]?.[`v${l + 1}`] ?? new Float32Array();
      const weights = layer.in * layer.out;
      for (let i = 0; i < rowsOf(layer) * layer.out; i++) {
        const root = Math.sqrt((second[i] ?? 0) / correction);
        const rate = i < weights ? layer.rate : layer.biasRate;
        scale[at++] = Math.sqrt(rate / (first * (root + ADAM_EPSILON)));
      }
    }
  }
  return scale;
}

/** a b, into an array that may be one of them. */
function times(a: Float32Array, b: Float32Array, into: Float32Array): Float32Array {
  for (let i = 0; i < a.length; i++) into[i] = (a[i] ?? 0) * (b[i] ?? 0);
  return into;
}

/** Euclidean norm of each run's share of a packed array, in float64. */
function norms(values: Float32Array, runs: number): Float64Array {
  const each = values.length / runs;
  return Float64Array.from({ length: runs }, (_, r) => {
    let sum = 0;
    for (let i = r * each; i < (r + 1) * each; i++) sum += (values[i] ?? 0) ** 2;
    return Math.sqrt(sum);
  });
}

function set(column: Float64Array | undefined, index: number, value: number): void {
  if (column !== undefined) column[index] = value;
}
