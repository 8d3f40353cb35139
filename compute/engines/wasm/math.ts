/**
 * tanh and exp on four floats. Both go through eˣ = 2ᵏ (eʳ − 1) + 2ᵏ with x = k ln 2 + r,
 * |r| ≤ ½ ln 2, and eʳ − 1 by its Taylor series, whose first term left out is below 3e-11 of it. In
 * eˣ − 1 only 2ᵏ − 1 is then left to be added, which is exact: small arguments keep their digits. Only + − × ÷ and rounding: the same bits on every machine.
 */
import { type Code, get, type Local, type Locals, set, v } from './assembler.ts';

/** ln 2 in two parts: k times the first is exact for |k| < 2¹⁵. */
const LN2_HIGH = 0.693359375;
const LN2_LOW = Math.LN2 - LN2_HIGH;
/** 1/2! … 1/9!, highest first. */
const SERIES = [9, 8, 7, 6, 5, 4, 3, 2].map((n) => {
  let factorial = 1;
  for (let i = 2; i <= n; i++) factorial *= i;
  return 1 / factorial;
});

/** 2ᵏ (eʳ − 1) + what `rest` makes of 2ᵏ, for the local's value clamped to |x| ≤ 80. */
function exponential(locals: Locals, x: Local, rest: (power: Code) => Code): Code {
  return locals.with(['v128', 'v128', 'v128'], (k, r, power) => {
    const clamped = v.max(v.min(get(x), v.const(80)), v.const(-80));
    const highest = v.const(SERIES[0] ?? 0);
    const series = SERIES.slice(1).reduce<Code>(
      (sum, c) => v.add(v.mul(sum, get(r)), v.const(c)),
      highest,
    );
    return [
      ...set(r, clamped),
      ...set(k, v.nearest(v.mul(get(r), v.const(1 / Math.LN2)))),
      ...set(r, v.sub(get(r), v.mul(get(k), v.const(LN2_HIGH)))),
      ...set(r, v.sub(get(r), v.mul(get(k), v.const(LN2_LOW)))),
      // eʳ − 1 = r + r² (1/2! + r/3! + …)
      ...set(r, v.add(get(r), v.mul(v.mul(get(r), get(r)), series))),
      ...set(power, v.shiftLeft(v.addInteger(v.toInteger(get(k)), v.bits(127)), 23)),
      ...v.add(v.mul(get(power), get(r)), rest(get(power))),
    ];
  });
}

/** eˣ of the local's value, clamped to |x| ≤ 80. */
export const exp = (locals: Locals, x: Local): Code => exponential(locals, x, (power) => power);

/** tanh of the local's value: t / (t + 2) with t = e^{2|x|} − 1, and the sign put back. */
export function tanh(locals: Locals, x: Local): Code {
  return locals.with(['v128', 'v128'], (double, t) => [
    ...set(double, v.min(v.add(v.abs(get(x)), v.abs(get(x))), v.const(30))),
    ...set(
      t,
      exponential(locals, double, (power) => v.sub(power, v.const(1))),
    ),
    ...v.or(v.div(get(t), v.add(get(t), v.const(2))), v.and(get(x), v.bits(0x80000000 | 0))),
  ]);
}
