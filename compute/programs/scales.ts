/**
 * Parametrizations: how initial sizes and learning rates of each layer go with its fan-in. Multipliers
 * in the forward pass are absorbed: for a multiplier m on a matrix with entries of standard deviation s
 * and rate r, the matrix itself has standard deviation m s and, under gradient descent, rate m² r
 * (Yang & Hu 2021, arXiv:2011.14522, §3: the abc symmetry).
 */
import type { LayerScale, OptimizerName } from './program.ts';

const perMatrix = (layers: readonly number[], scale: (fanIn: number, l: number) => LayerScale) =>
  layers.slice(1).map((_, l) => scale(layers[l] ?? 1, l));

/** The usual initialization: weights and biases of the variance of uniform ±1/√fan-in, one rate for all. */
export function standardScales(layers: readonly number[]): readonly LayerScale[] {
  return perMatrix(layers, (fanIn) => {
    const std = 1 / Math.sqrt(3 * fanIn);
    return { std, rate: 1, bias: { std, rate: 1 } };
  });
}

/**
 * Neural tangent parametrization for gradient descent, without biases: z = (g/√fan-in) W a with unit
 * Gaussian W (Jacot et al. 2018, arXiv:1806.07572, §2). @param gain g² of hidden layers: 2 for ReLU
 */
export function ntkScales(layers: readonly number[], gain = 1): readonly LayerScale[] {
  return perMatrix(layers, (fanIn, l) => {
    const square = (l === layers.length - 2 ? 1 : gain) / fanIn;
    return { std: Math.sqrt(square), rate: square, bias: null };
  });
}

/**
 * Mean-field parametrization of one hidden layer, without biases: f = (1/N) V φ(W x/√d) with unit Gaussian
 * V and W, and rates N η, so that features move by O(1) at any width N (Yang & Hu 2021, arXiv:2011.14522:
 * maximal update in this case).
 */
export function meanFieldScales([inputs = 1, width = 1]: readonly number[]): readonly LayerScale[] {
  return [
    { std: 1 / Math.sqrt(inputs), rate: width / inputs, bias: null },
    { std: 1 / width, rate: 1 / width, bias: null },
  ];
}

/**
 * The mean of the activations of one hidden layer, f = (1/N) Σ φ(w_i·x), whose weights w_i alone are trained; they
 * start Gaussian of variance 1/d, and rates N η make steps of f the same at any width N (Sarao Mannelli,
 * Vanden-Eijnden & Zdeborová 2020, arXiv:2006.15459, for φ(z) = z²).
 */
export function averageScales([inputs = 1, width = 1]: readonly number[]): readonly LayerScale[] {
  return [
    { std: 1 / Math.sqrt(inputs), rate: width, bias: null },
    { std: 1 / width, rate: 0, entries: 'equal', bias: null },
  ];
}

/**
 * Maximal update parametrization of `standardScales`, equal to it at the base width but for an output
 * that starts at zero (Yang et al. 2022, arXiv:2203.03466, table 3 and §D.2). Under Adam, learning rates
 * of matrices from hidden units go as base/fan-in and all else stays; under gradient descent, those into
 * hidden units from inputs, and their biases, go as width/base, and the output's matrix as base/width.
 * @param base hidden width at which the two parametrizations meet; hidden layers are of one width
 */
export function mupScales(
  layers: readonly number[],
  base: number,
  optimizer: OptimizerName,
): readonly LayerScale[] {
  const last = layers.length - 2;
  return standardScales(layers).map(({ std }, l) => {
    const growth = (l === 0 ? (layers[1] ?? base) : (layers[l] ?? base)) / base;
    const [isFirst, isLast] = [l === 0, l === last];
    const bias = optimizer === 'adam' || isLast ? 1 : growth;
    const descent = isFirst ? growth : isLast ? 1 / growth : 1;
    return {
      std: isLast ? 0 : std,
      rate: optimizer === 'adam' ? (isFirst ? 1 : 1 / growth) : descent,
      bias: { std: isLast ? 0 : std, rate: bias },
    };
  });
}
