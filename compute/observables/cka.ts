/**
 * Linear centred kernel alignment of two representations of the same samples (Kornblith et al. 2019,
 * arXiv:1905.00414, §3): ‖YᵀX‖²_F / (‖XᵀX‖_F ‖YᵀY‖_F) on centred columns. 1 for representations that
 * are equal up to rotation and one scale; null where one of them is constant.
 * @param x [samples × p] @param y [samples × q]
 */
export function linearCka(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  samples: number,
): number | null {
  const [a, b] = [centred(x, samples), centred(y, samples)];
  const within = Math.sqrt(crossNorm(a, a, samples) * crossNorm(b, b, samples));
  return within > 0 ? crossNorm(a, b, samples) / within : null;
}

/** Columns less their means. */
function centred(values: ArrayLike<number>, samples: number): Float64Array {
  const width = values.length / samples;
  const all = Float64Array.from(values);
  for (let j = 0; j < width; j++) {
    let sum = 0;
    for (let i = 0; i < samples; i++) sum += all[i * width + j] ?? 0;
    for (let i = 0; i < samples; i++)
      all[i * width + j] = (all[i * width + j] ?? 0) - sum / samples;
  }
  return all;
}

/** ‖AᵀB‖²_F. */
function crossNorm(a: Float64Array, b: Float64Array, samples: number): number {
  const [p, q] = [a.length / samples, b.length / samples];
  const cross = new Float64Array(p * q);
  for (let i = 0; i < samples; i++) {
    for (let k = 0; k < p; k++) {
      const factor = a[i * p + k] ?? 0;
      for (let j = 0; j < q; j++) {
        cross[k * q + j] = (cross[k * q + j] ?? 0) + factor * (b[i * q + j] ?? 0);
      }
    }
  }
  return cross.reduce((sum, v) => sum + v * v, 0);
}
