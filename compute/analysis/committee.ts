/**
 * The soft committee machine in infinite dimension (Saad & Solla 1995, Physical Review E 52, 4225,
 * "On-line learning in soft committee machines"). Student Σ_i g(J_i·ξ) and teacher Σ_n g(B_n·ξ) with
 * g(x) = erf(x/√2) on inputs ξ of independent standard components; one fresh input a step, J_i moves by
 * (η/d) δ_i ξ with δ_i = g′(J_i·ξ) (teacher − student). With d → ∞ and α = steps/d the overlaps R_in = J_i·B_n and
 * Q_ik = J_i·J_k follow ordinary differential equations, closed as all local fields are jointly Gaussian:
 *
 *   dR_in/dα = η ⟨δ_i y_n⟩,   dQ_ik/dα = η ⟨δ_i x_k + δ_k x_i⟩ + η² ⟨δ_i δ_k⟩,
 *
 * where the averages are sums of three closed integrals. Teachers are orthonormal here: T_nm = δ_nm.
 */

/** Order parameters: R [students × teachers] and Q [students × students], symmetric. */
export interface OrderParameters {
  readonly r: readonly (readonly number[])[];
  readonly q: readonly (readonly number[])[];
}

type Matrix = readonly (readonly number[])[];

const at = (c: Matrix, i: number, j: number): number => c[i]?.[j] ?? Number.NaN;

/** ⟨g(u) g(v)⟩ of Gaussians with covariance `c`, u and v being its variables of these indices. */
export function i2(c: Matrix, u: number, v: number): number {
  const scale = Math.sqrt((1 + at(c, u, u)) * (1 + at(c, v, v)));
  return (2 / Math.PI) * Math.asin(at(c, u, v) / scale);
}

/** ⟨g′(u) v g(w)⟩. */
export function i3(c: Matrix, u: number, v: number, w: number): number {
  const [uu, uw] = [1 + at(c, u, u), at(c, u, w)];
  const root = Math.sqrt(uu * (1 + at(c, w, w)) - uw ** 2);
  return ((2 / Math.PI) * (at(c, v, w) * uu - at(c, u, v) * uw)) / (uu * root);
}

/** ⟨g′(u) g′(v) g(w) g(z)⟩. */
export function i4(c: Matrix, u: number, v: number, w: number, z: number): number {
  const [uu, vv, uv] = [1 + at(c, u, u), 1 + at(c, v, v), at(c, u, v)];
  const [uw, uz, vw, vz] = [at(c, u, w), at(c, u, z), at(c, v, w), at(c, v, z)];
  const l4 = uu * vv - uv ** 2;
  const l0 = l4 * at(c, w, z) - vw * vz * uu - uw * uz * vv + uv * uw * vz + uv * uz * vw;
  const l1 = l4 * (1 + at(c, w, w)) - vw ** 2 * uu - uw ** 2 * vv + 2 * uv * uw * vw;
  const l2 = l4 * (1 + at(c, z, z)) - vz ** 2 * uu - uz ** 2 * vv + 2 * uv * uz * vz;
  return ((4 / Math.PI ** 2) * Math.asin(l0 / Math.sqrt(l1 * l2))) / Math.sqrt(l4);
}

/** Covariance of the local fields: students' first, then teachers'. */
function covarianceOf({ r, q }: OrderParameters): number[][] {
  const [students, teachers] = [r.length, r[0]?.length ?? 0];
  const size = students + teachers;
  return Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_c, j) => {
      if (i < students) return j < students ? at(q, i, j) : at(r, i, j - students);
      return j < students ? at(r, j, i - students) : Number(i === j);
    }),
  );
}

/** ½ ⟨(student − teacher)²⟩, the generalization error (eq. 5 there). */
export function generalizationError(order: OrderParameters): number {
  const c = covarianceOf(order);
  const signs = signsOf(order);
  let sum = 0;
  for (const [i, a] of signs.entries())
    for (const [j, b] of signs.entries()) sum += a * b * i2(c, i, j);
  return sum / 2;
}

/** Of the error teacher − student, as a sum over all units. */
const signsOf = ({ r }: OrderParameters): number[] => [
  ...r.map(() => -1),
  ...(r[0] ?? []).map(() => 1),
];

/** dR/dα and dQ/dα. */
export function orderVelocity(order: OrderParameters, eta: number): OrderParameters {
  const c = covarianceOf(order);
  const signs = signsOf(order);
  const students = order.r.length;
  /** ⟨δ_i v⟩ of the field with index v. */
  const along = (i: number, v: number) =>
    signs.reduce((sum, sign, m) => sum + sign * i3(c, i, v, m), 0);
  /** ⟨δ_i δ_k⟩; the integral is the same for w and z exchanged. */
  const noise = (i: number, k: number) => {
    let sum = 0;
    for (const [m, a] of signs.entries())
      for (let n = 0; n <= m; n++) sum += (n < m ? 2 : 1) * a * (signs[n] ?? 0) * i4(c, i, k, m, n);
    return sum;
  };
  const q = order.q.map((row) => row.map(() => 0));
  for (let i = 0; i < students; i++)
    for (let k = 0; k <= i; k++) {
      const value = eta * (along(i, k) + along(k, i)) + eta ** 2 * noise(i, k);
      for (const [a, b] of [
        [i, k],
        [k, i],
      ] as const)
        (q[a] ?? [])[b] = value;
    }
  return { r: order.r.map((row, i) => row.map((_, n) => eta * along(i, students + n))), q };
}

/**
 * Order parameters at these α (ascending, from 0 on), by Runge–Kutta of fourth order in float64.
 * @param step largest step in α
 */
export function orderParametersAt(
  start: OrderParameters,
  eta: number,
  alphas: readonly number[],
  step = 0.1,
): OrderParameters[] {
  let [order, now] = [start, 0];
  return alphas.map((alpha) => {
    const count = Math.ceil((alpha - now) / step - 1e-9);
    const h = (alpha - now) / Math.max(1, count);
    for (let i = 0; i < count; i++) order = rungeKutta(order, eta, h);
    now = alpha;
    return order;
  });
}

function rungeKutta(order: OrderParameters, eta: number, h: number): OrderParameters {
  const k1 = orderVelocity(order, eta);
  const k2 = orderVelocity(moved(order, k1, h / 2), eta);
  const k3 = orderVelocity(moved(order, k2, h / 2), eta);
  const k4 = orderVelocity(moved(order, k3, h), eta);
  return [k2, k3].reduce(
    (sum, k) => moved(sum, k, h / 3),
    moved(moved(order, k1, h / 6), k4, h / 6),
  );
}

function moved(order: OrderParameters, by: OrderParameters, h: number): OrderParameters {
  const add = (a: Matrix, b: Matrix) =>
    a.map((row, i) => row.map((value, j) => value + h * at(b, i, j)));
  return { r: add(order.r, by.r), q: add(order.q, by.q) };
}

/**
 * Where students start: each of length `norm`, orthogonal but for what they share with the teachers; the i-th has
 * a part of the teacher i mod K, `overlap` of its length the first time a teacher's turn comes, half of it the second,
 * a third the third, so that no two students are alike.
 */
export function startOf(
  students: number,
  teachers: number,
  norm: number,
  overlap: number,
): OrderParameters {
  const r = Array.from({ length: students }, (_, i) =>
    Array.from({ length: teachers }, (_n, n) =>
      i % teachers === n ? (norm * overlap) / (1 + Math.floor(i / teachers)) : 0,
    ),
  );
  const q = r.map((a, i) =>
    r.map((b, k) => (i === k ? norm ** 2 : a.reduce((sum, v, n) => sum + v * (b[n] ?? 0), 0))),
  );
  return { r, q };
}
