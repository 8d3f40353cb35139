/**
 * `npx tsx data/digit-modes.ts`: works out the spectrum of the tangent kernel on the digits of the study
 * ntk, and the target's power along it, and writes `compute/studies/digit-modes.ts`. Half a minute.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { gramOf, reluTangentKernel } from '../compute/analysis/arc-cosine.ts';
import type { Mode } from '../compute/analysis/eigenlearning.ts';
import { dataSet } from '../compute/programs/data.ts';
import { DIGIT_INPUTS, DIGITS } from '../compute/studies/digit-task.ts';
import { localFiles } from './local.ts';

/** Eigenvalues within this factor are written as one: test errors then move by 0.1%. */
const BIN = 1.1;

const { samples, x, y } = await dataSet(DIGITS, DIGIT_INPUTS, 1, localFiles());
const rows = Array.from({ length: samples }, (_, i) =>
  x.subarray(i * DIGIT_INPUTS, (i + 1) * DIGIT_INPUTS),
);
const gram = gramOf((a, b, c) => reluTangentKernel(1, a, b, c), rows, rows);
const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(new Matrix(gram), {
  assumeSymmetric: true,
});
const along = new Matrix([[...y]]).mmul(eigenvectorMatrix).to1DArray();

const bins = new Map<number, Mode>();
for (const [i, value] of realEigenvalues.entries()) {
  const bin = Math.floor(Math.log(value) / Math.log(BIN));
  const { eigenvalue, multiplicity, power } = bins.get(bin) ?? {
    ...{ eigenvalue: 0, multiplicity: 0, power: 0 },
  };
  bins.set(bin, {
    eigenvalue: (eigenvalue * multiplicity + value / samples) / (multiplicity + 1),
    multiplicity: multiplicity + 1,
    power: power + (along[i] ?? 0) ** 2 / samples,
  });
}
const modes = [...bins.values()]
  .sort((a, b) => b.eigenvalue - a.eigenvalue)
  .map((m) => `  [${m.eigenvalue.toPrecision(7)}, ${m.multiplicity}, ${m.power.toPrecision(7)}],`);

const file = path.join(
  path.dirname(fileURLToPath(import.meta.url)),
  '../compute/studies/digit-modes.ts',
);
await writeFile(
  file,
  `/**
 * Written by \`npx tsx data/digit-modes.ts\`, and checked against the digits by \`digit-task.test.ts\`: the
 * eigenvalues of the tangent kernel of one infinitely wide ReLU layer on the population of the study ntk's
 * digits, how many are alike within 10%, and the target's power along them.
 */
export const MODES = [
${modes.join('\n')}
] as const;
`,
);
