/**
 * How grey becomes a number that denoisers see: less the mean digit of 8 × 8, over the common standard deviation,
 * times that which they expect. Mean and deviation are of the first file of digits, which no network trains on,
 * and stand here as constants: so a page turns pictures back into grey without the file, and disjoint sets are
 * scaled alike.
 */
import { SIGMA_DATA } from './diffusion.ts';

/** Grey (0 to 1) of the mean digit, row by row. */
export const MEAN_DIGIT: readonly number[] = [
  ...[0, 0, 0, 0, 0, 0, 0, 0],
  ...[0, 0.001, 0.01, 0.06, 0.139, 0.09, 0.01, 0],
  ...[0, 0.012, 0.105, 0.355, 0.452, 0.347, 0.061, 0.001],
  ...[0, 0.016, 0.178, 0.364, 0.39, 0.324, 0.037, 0],
  ...[0, 0.019, 0.227, 0.371, 0.491, 0.274, 0.034, 0],
  ...[0, 0.042, 0.239, 0.393, 0.429, 0.171, 0.02, 0],
  ...[0, 0.012, 0.13, 0.254, 0.156, 0.036, 0.002, 0],
  ...[0, 0, 0.004, 0.005, 0.004, 0.001, 0, 0],
];

/** Standard deviation of grey about the mean digit, over all pixels of the first file. */
export const DEVIATION = 0.1429;

export const scaledGrey = (grey: number, pixel: number): number =>
  ((grey - (MEAN_DIGIT[pixel] ?? 0)) / DEVIATION) * SIGMA_DATA;

/** Grey, 0 to 1, of a pixel of a picture. */
export const greyOf = (value: number, pixel: number): number =>
  (value / SIGMA_DATA) * DEVIATION + (MEAN_DIGIT[pixel] ?? 0);
