/** Outputs, gradient and Hessian of the generated functions against the float64 reference, entry by entry. */
import { expect, test } from 'vitest';
import { noFiles } from '../../programs/data-set.ts';
import type { MlpSpec } from '../../programs/program.ts';
import { denseProgram } from '../../programs/registry.ts';
import { standardScales } from '../../programs/scales.ts';
import { hyperOf, mlp, packOf } from '../conformance.testkit.ts';
import { mlpHessian, mlpLossAndGradient, mlpStart } from '../reference.testkit.ts';
import { wasmMachine } from './machine.ts';

const ACTIVATIONS = [
  ['tanh', { layers: [3, 6, 5, 3] }],
  ['ReLU', { layers: [3, 6, 5, 3], activation: 'relu' }],
  ['residual tanh', { layers: [3, 5, 5, 5, 3], skip: true }],
  ['residual ReLU', { layers: [3, 5, 5, 5, 3], skip: true, activation: 'relu' }],
] as const satisfies (readonly [string, Partial<MlpSpec>])[];
const LOSSES = ['half-mean', 'cross-entropy'] as const;
const SCALES = [1.3, 0.7];

const specOf = (changes: Partial<MlpSpec>, samples = 8): MlpSpec =>
  mlp({
    ...{ data: { kind: 'clusters', seed: 3, samples, spread: 0.7 }, observe: ['loss'] },
    ...changes,
  });

/** The machine of two runs at their start. */
async function machineOf(spec: MlpSpec) {
  const pack = packOf(spec, ...SCALES.map((scale) => hyperOf(0.05, 0, scale)));
  return await wasmMachine(await denseProgram(pack, noFiles), pack.runs, null, null);
}

/** Largest difference of two lists, as a part of the largest entry of the second. */
function distance(got: ArrayLike<number>, truth: readonly number[]): number {
  const largest = Math.max(...truth.map(Math.abs));
  return Math.max(...truth.map((t, i) => Math.abs((got[i] ?? Number.NaN) - t))) / largest;
}

async function holds(spec: MlpSpec): Promise<void> {
  const machine = await machineOf(spec);
  const references = SCALES.map((scale, r) => {
    const weights = mlpStart(spec, 100 + r, 1);
    const { gradient, margin } = mlpLossAndGradient(spec, weights, scale);
    // Nearer to a kink the reference's own differences would step over it.
    if (spec.activation === 'relu') expect(margin).toBeGreaterThan(1e-4);
    return {
      gradient: gradient.flatMap((g) => [...g]),
      hessian: mlpHessian(spec, weights, scale),
    };
  });
  const size = references[0]?.gradient.length ?? 0;
  const found = await machine.gradient();
  for (const [r, { gradient }] of references.entries())
    expect(distance(found.subarray(r * size, (r + 1) * size), gradient)).toBeLessThan(3e-6);
  const linearized = await machine.linearize();
  const columns: Float32Array[] = [];
  for (let i = 0; i < size; i++) {
    const basis = new Float32Array(2 * size);
    basis[i] = 1;
    basis[size + i] = 1;
    columns.push(await linearized.product(basis));
  }
  linearized.dispose();
  for (const [r, { hessian }] of references.entries()) {
    const dense = columns.flatMap((c) => [...c.subarray(r * size, (r + 1) * size)]);
    expect(distance(dense, hessian.flat())).toBeLessThan(3e-6);
  }
  machine.dispose();
}

for (const loss of LOSSES) {
  test.each(ACTIVATIONS)(
    `%s, ${loss}: gradient and every column of the Hessian are those of the float64 reference`,
    async (_, changes) => {
      await holds(specOf({ ...changes, scales: standardScales(changes.layers), loss }));
    },
  );
}

test('samples of more than one block add up to the gradient and Hessian of all', async () => {
  const layers = [2, 3, 2];
  await holds(specOf({ layers, scales: standardScales(layers), loss: 'cross-entropy' }, 300));
});

test('a linearization ends with the next update: products are those of the present weights', async () => {
  const spec = specOf({ layers: [3, 6, 5, 3], scales: standardScales([3, 6, 5, 3]) });
  const machine = await machineOf(spec);
  const size = (await machine.gradient()).length;
  const ones = new Float32Array(size).fill(1);
  const before = await (await machine.linearize()).product(ones);
  expect(await (await machine.linearize()).product(ones)).toEqual(before);
  await machine.advance(1);
  const after = await (await machine.linearize()).product(ones);
  expect(after).not.toEqual(before);
  machine.dispose();
});
