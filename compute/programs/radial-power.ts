/**
 * How the power of a square picture falls with spatial frequency: the squared Fourier transform, averaged over rings
 * of one cycle's width, so over all orientations (Field 1987; van der Schaaf & van Hateren 1996). It is the mean of a
 * ring's modes and not their sum, which would fall by one power less. The mean is taken off and a Hann window put on
 * first: a picture does not end where it begins, and that edge alone would be a spectrum of f^−2.
 *
 * Sines are made by halving angles with square roots: + − × ÷ and √ alone, the same bits everywhere.
 */

/** cos and sin of 2πk/side, for k below side, a power of two. */
function circle(side: number): { readonly cos: Float64Array; readonly sin: Float64Array } {
  const cos = new Float64Array(side);
  const sin = new Float64Array(side);
  const put = (k: number, c: number, s: number) => {
    [cos[k], sin[k]] = [c, s];
  };
  put(0, 1, 0);
  put(side / 2, -1, 0);
  // From each pair of neighbours the one between them: their sum, made as long as they are.
  for (let gap = side / 2; gap > 1; gap /= 2)
    for (let k = 0; k < side; k += gap) {
      const next = (k + gap) % side;
      const [c, s] = [(cos[k] ?? 0) + (cos[next] ?? 0), (sin[k] ?? 0) + (sin[next] ?? 0)];
      const length = Math.sqrt(c * c + s * s);
      // Of opposite ones the sum is nothing, and a quarter turn is between them.
      if (gap === side / 2) put(k + gap / 2, 0, k === 0 ? 1 : -1);
      else put(k + gap / 2, c / length, s / length);
    }
  return { cos, sin };
}

/** Where each index goes when its bits are read backwards. */
function reversedBits(side: number): Uint32Array {
  const order = new Uint32Array(side);
  for (let i = 1; i < side; i++)
    order[i] = ((order[i >>> 1] ?? 0) >>> 1) + (i % 2 === 0 ? 0 : side / 2);
  return order;
}

/**
 * A maker of ring powers of two pictures of side × side, side a power of two and at least 4: of both together, for one
 * is the real part of what is transformed and one the imaginary, and over a ring, where −k is with k, the powers of the
 * two add. What it returns, [side / 2], holds until it is called again: entry k is the mean power of modes k − ½ to
 * k + ½ cycles from the middle; entry 0 is 0.
 */
export function radialPower(
  side: number,
): (first: ArrayLike<number>, second: ArrayLike<number>) => Float64Array {
  if (side < 4 || !Number.isInteger(Math.log2(side)))
    throw new RangeError(`The side of a picture is a power of two, not ${side}.`);
  const { cos, sin } = circle(side);
  const order = reversedBits(side);
  const hann = cos.map((c) => (1 - c) / 2);
  const weights = Float64Array.from(
    { length: side * side },
    (_, at) => (hann[Math.floor(at / side)] ?? 0) * (hann[at % side] ?? 0),
  );
  const weight = weights.reduce((sum, w) => sum + w);
  const rings = Uint16Array.from({ length: side * side }, (_, at) => {
    const [y, x] = [Math.floor(at / side), at % side].map((v) => Math.min(v, side - v)) as [
      number,
      number,
    ];
    return Math.floor(Math.sqrt(x * x + y * y) + 0.5);
  });
  const modes = new Float64Array(side / 2);
  for (const ring of rings) if (ring < side / 2) modes[ring] = (modes[ring] ?? 0) + 1;
  const re = new Float64Array(side * side);
  const im = new Float64Array(side * side);
  const power = new Float64Array(side / 2);

  /** Transforms the line of `side` numbers that begins at `from` and goes on every `stride`. */
  function transform(from: number, stride: number): void {
    for (let i = 0; i < side; i++) {
      const j = order[i] ?? 0;
      if (j <= i) continue;
      const [a, b] = [from + i * stride, from + j * stride];
      const [r, m] = [re[a] ?? 0, im[a] ?? 0];
      re[a] = re[b] ?? 0;
      im[a] = im[b] ?? 0;
      re[b] = r;
      im[b] = m;
    }
    for (let half = 1; half < side; half *= 2) {
      const turn = side / (2 * half);
      for (let first = 0; first < side; first += 2 * half)
        for (let k = 0; k < half; k++) {
          const a = from + (first + k) * stride;
          const b = a + half * stride;
          const c = cos[k * turn] ?? 0;
          const s = -(sin[k * turn] ?? 0);
          const r = (re[b] ?? 0) * c - (im[b] ?? 0) * s;
          const m = (re[b] ?? 0) * s + (im[b] ?? 0) * c;
          re[b] = (re[a] ?? 0) - r;
          im[b] = (im[a] ?? 0) - m;
          re[a] = (re[a] ?? 0) + r;
          im[a] = (im[a] ?? 0) + m;
        }
    }
  }

  /** A picture without its mean, as the window leaves it. */
  function windowed(into: Float64Array, grey: ArrayLike<number>): void {
    let sum = 0;
    for (let at = 0; at < side * side; at++) sum += (weights[at] ?? 0) * (grey[at] ?? 0);
    for (let at = 0; at < side * side; at++)
      into[at] = (weights[at] ?? 0) * ((grey[at] ?? 0) - sum / weight);
  }

  return (first, second) => {
    windowed(re, first);
    windowed(im, second);
    for (let row = 0; row < side; row++) transform(row * side, 1);
    for (let column = 0; column < side; column++) transform(column, side);
    power.fill(0);
    for (let at = 0; at < side * side; at++) {
      const ring = rings[at] ?? 0;
      const [r, m] = [re[at] ?? 0, im[at] ?? 0];
      if (ring < side / 2) power[ring] = (power[ring] ?? 0) + r * r + m * m;
    }
    for (let ring = 1; ring < side / 2; ring++)
      power[ring] = (power[ring] ?? 0) / (modes[ring] ?? 1);
    power[0] = 0;
    return power;
  };
}
