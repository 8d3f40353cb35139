/**
 * The sigmoid of solvable committee machines, g(x) = erf(x/√2), and its slope g′(x) = √(2/π) e^{−x²/2}, to about
 * 1e-15. By + − × ÷ in float64 alone, as `Math.exp` may differ between browsers in the last bit: what is trained
 * with them has the same bits everywhere.
 */

/** √(2/π). */
const SLOPE_AT_ZERO = 0.797_884_560_802_865_4;
/** Beyond it 1 − |g| is below half a unit in the last place. */
const SATURATED = 8.5;

/**
 * g and g′ at x, into the first two places of `into`. The series g = g′ Σ x^{2n+1}/(2n+1)!! has terms of one
 * sign (Abramowitz & Stegun 7.1.6), so nothing cancels.
 */
export function sigmoidAt(x: number, into: Float64Array): void {
  if (!(Math.abs(x) < SATURATED)) {
    into[0] = Number.isNaN(x) ? Number.NaN : Math.sign(x);
    into[1] = Number.isNaN(x) ? Number.NaN : 0;
    return;
  }
  const square = x * x;
  const slope = SLOPE_AT_ZERO * decay(square / 2);
  let [term, sum] = [x, x];
  for (let odd = 3; Math.abs(term) > 1e-17 * Math.abs(sum); odd += 2) {
    term *= square / odd;
    sum += term;
  }
  into[0] = slope * sum;
  into[1] = slope;
}

/** ln 2 in two parts: the first has so few bits that small multiples of it are exact. */
const [LN2_HIGH, LN2_LOW] = [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10];

/** Beyond it e^{−z} is no normal number. */
const GONE = 700;

/** e^{−z} for z ≥ 0 to about 1e-15, as 2^{−n} e^{−r} with |r| ≤ ½ ln 2; 0 where z is `GONE` or more. */
export function decay(z: number): number {
  if (z >= GONE) return 0;
  const n = Math.round(z / Math.LN2);
  const r = z - n * LN2_HIGH - n * LN2_LOW;
  let sum = 1;
  for (let k = 14; k > 0; k--) sum = 1 - (r * sum) / k;
  for (let i = 0; i < n; i++) sum /= 2;
  return sum;
}
