/** Rows of tables that are padded, and of those that are not. */

/** Below so many numbers a row, a loop is quicker than a view of each. */
const NARROW = 32;

/** Copies rows between arrays of different widths; what is wider keeps what it has. */
export function copyRows(
  from: Float32Array,
  width: number,
  to: Float32Array,
  stride: number,
): void {
  const rows = Math.min(Math.floor(from.length / width), Math.ceil(to.length / stride));
  if (width === stride) {
    to.set(from.subarray(0, rows * width));
    return;
  }
  const own = Math.min(width, stride);
  for (let row = 0; row < rows; row++) {
    if (own < NARROW)
      for (let i = 0; i < own; i++) to[row * stride + i] = from[row * width + i] ?? 0;
    else to.set(from.subarray(row * width, row * width + own), row * stride);
  }
}
