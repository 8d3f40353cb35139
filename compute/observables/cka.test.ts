import { Matrix, QrDecomposition } from 'ml-matrix';
import { expect, test } from 'vitest';
import { normals, STREAMS } from '../random.ts';
import { linearCka } from './cka.ts';

const features = (part: number, samples: number, width: number) =>
  normals(7, STREAMS.data, part, samples * width);

test('a representation and its rotation, scaled and shifted, are aligned wholly', () => {
  const x = Matrix.from1DArray(20, 5, features(0, 20, 5));
  const rotation = new QrDecomposition(Matrix.from1DArray(5, 5, features(1, 5, 5)));
  const turned = x.mmul(rotation.orthogonalMatrix).mul(3).add(2);
  expect(linearCka(x.to1DArray(), turned.to1DArray(), 20)).toBeCloseTo(1, 12);
});

test('it is the normalised inner product of the centred Gram matrices', () => {
  const [x, y] = [features(2, 12, 4), features(3, 12, 3)];
  const centre = Matrix.sub(Matrix.eye(12), Matrix.ones(12, 12).div(12));
  const gram = (values: Float64Array, width: number) => {
    const own = Matrix.from1DArray(12, width, [...values]);
    return centre.mmul(own.mmul(own.transpose())).mmul(centre);
  };
  const [k, l] = [gram(x, 4), gram(y, 3)];
  const inner = (a: Matrix, b: Matrix) => Matrix.mul(a, b).sum();
  const expected = inner(k, l) / Math.sqrt(inner(k, k) * inner(l, l));
  expect(linearCka(x, y, 12)).toBeCloseTo(expected, 12);
});

test('a constant representation is aligned with nothing', () => {
  expect(linearCka(new Float64Array(10).fill(3), features(4, 10, 1), 10)).toBeNull();
});
