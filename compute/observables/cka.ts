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
  return ckaOf(representation(x, samples), representation(y, samples));
}

/** A representation of some samples, ready to be compared with others of the same ones. */
export interface Representation {
  readonly samples: number;
  /** [samples × width], columns less their means. */
  readonly centred: Float64Array;
  /** X Xᵀ [samples × samples], where that is not more than the features themselves; else null. */
  readonly gram: Float64Array | null;
  /** ‖XᵀX‖_F. */
  readonly norm: number;
}

/** @param x [samples × width] */
export function representation(x: ArrayLike<number>, samples: number): Representation {
  const own = centred(x, samples);
  const gram = samples * samples <= own.length ? gramOf(own, samples) : null;
  const square = gram === null ? crossNorm(own, own, samples) : inner(gram, gram);
  return { samples, centred: own, gram, norm: Math.sqrt(square) };
}

/** Of two representations of the same samples; null where one of them is constant. */
export function ckaOf(x: Representation, y: Representation): number | null {
  const within = x.norm * y.norm;
  if (!(within > 0)) return null;
  // ‖YᵀX‖²_F = ⟨X Xᵀ, Y Yᵀ⟩: the cheaper of the two for few samples of many features.
  const across =
    x.gram !== null && y.gram !== null
      ? inner(x.gram, y.gram)
      : crossNorm(x.centred, y.centred, x.samples);
  return across / within;
}

/** Columns less their means. */
function centred(values: ArrayLike<number>, samples: number): Float64Array {
  const width = values.length / samples;
  const all = new Float64Array(values);
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

/** A Aᵀ. */
function gramOf(a: Float64Array, samples: number): Float64Array {
  const width = a.length / samples;
  const gram = new Float64Array(samples * samples);
  for (let i = 0; i < samples; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += (a[i * width + k] ?? 0) * (a[j * width + k] ?? 0);
      gram[i * samples + j] = sum;
      gram[j * samples + i] = sum;
    }
  }
  return gram;
}

const inner = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, v, i) => sum + v * (b[i] ?? 0), 0);
