/**
 * Nearest neighbours within a representation, and how many of them two representations of the same samples
 * share: mutual k-nearest neighbours, 1/k |S(φ_i) ∩ S(ψ_i)|, neighbours by the cosine (Huh, Cheung, Wang &
 * Isola 2024, arXiv:2405.07987, appendix A). It is the same for any rotation and scale of either, and of
 * neighbours drawn at random it would be k/(n − 1).
 */

/** Of each sample its k nearest others, nearest first: [samples × k]; −1 where a sample has no direction. */
export interface Neighbours {
  readonly samples: number;
  readonly k: number;
  readonly of: Int32Array;
}

/**
 * Of equal cosines the earlier sample goes first. A sample whose features are all zero points nowhere: it has
 * no neighbours, and is nobody's.
 * @param features [samples × width] @param k below the number of samples
 */
export function nearestNeighbours(
  features: ArrayLike<number>,
  samples: number,
  k: number,
): Neighbours {
  if (k >= samples) throw new RangeError(`Of ${samples} samples none has ${k} others.`);
  const width = features.length / samples;
  const [unit, zero] = unitRows(features, samples, width);
  const of = new Int32Array(samples * k).fill(-1);
  const cosines = new Float64Array(k);
  for (let i = 0; i < samples; i++) {
    if (zero[i] === 1) continue;
    cosines.fill(Number.NEGATIVE_INFINITY);
    const own = of.subarray(i * k, (i + 1) * k);
    for (let j = 0; j < samples; j++) {
      if (j === i || zero[j] === 1) continue;
      const cosine = dot(unit, i * width, j * width, width);
      if (!(cosine > (cosines[k - 1] ?? 0))) continue;
      let at = k - 1;
      for (; at > 0 && cosine > (cosines[at - 1] ?? 0); at--) {
        cosines[at] = cosines[at - 1] ?? 0;
        own[at] = own[at - 1] ?? 0;
      }
      cosines[at] = cosine;
      own[at] = j;
    }
  }
  return { samples, k, of };
}

/**
 * How many of its neighbours each sample has in both representations.
 * @param partner sample of the second that stands for each of the first; each its own without it
 */
export function sharedNeighbours(a: Neighbours, b: Neighbours, partner?: Int32Array): Float32Array {
  const { samples, k } = a;
  if (b.samples !== samples || b.k !== k)
    throw new Error('Neighbours are shared between as many of as many samples.');
  const shared = new Float32Array(samples);
  const near = new Int32Array(samples).fill(-1);
  for (let i = 0; i < samples; i++) {
    const other = partner?.[i] ?? i;
    for (let n = 0; n < k; n++) {
      const j = b.of[other * k + n] ?? -1;
      if (j >= 0) near[j] = i;
    }
    for (let n = 0; n < k; n++) {
      const j = a.of[i * k + n] ?? -1;
      if (j >= 0 && near[partner?.[j] ?? j] === i) shared[i] = (shared[i] ?? 0) + 1;
    }
  }
  return shared;
}

/** Rows of length one; and which have none, being all zero. */
function unitRows(
  features: ArrayLike<number>,
  samples: number,
  width: number,
): readonly [unit: Float64Array, zero: Uint8Array] {
  const unit = new Float64Array(features);
  const zero = new Uint8Array(samples);
  for (let i = 0; i < samples; i++) {
    const norm = Math.sqrt(dot(unit, i * width, i * width, width));
    if (norm === 0) zero[i] = 1;
    else for (let j = i * width; j < (i + 1) * width; j++) unit[j] = (unit[j] ?? 0) / norm;
  }
  return [unit, zero];
}

function dot(rows: Float64Array, a: number, b: number, width: number): number {
  let sum = 0;
  for (let j = 0; j < width; j++) sum += (rows[a + j] ?? 0) * (rows[b + j] ?? 0);
  return sum;
}
