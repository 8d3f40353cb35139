/** What a run costs, by arithmetic on its program. */
import { classifierFeatures, classifierProducts, classifierSize } from './classifier-networks.ts';
import { denoiserProducts, denoiserWeights } from './denoiser-networks.ts';
import { numbersIn } from './differentiable.ts';
import { type Measured, pairsOf, spectrumSize } from './measured.ts';
import type {
  ComparedSpec,
  ComparisonSpec,
  LinearSpec,
  MlpSpec,
  OnlineSpec,
  ProgramSpec,
  SpectrumSpec,
  TransformerSpec,
} from './program.ts';
import { treeProducts, treeWeights } from './tree-weights.ts';
import { WORD_TYPES } from './words.ts';

/**
 * Floating-point operations of one run's updates: 6 a weight and sample, 2 forward and 4 backward, and as
 * many for each product of attention, whose factors are no weights. What it records is not counted.
 */
export function trainingFlops(program: ProgramSpec): number {
  if (program.kind === 'transformer') return 6 * productsOf(program) * program.steps;
  if (program.kind === 'online') return operationsOf(program) * program.steps;
  if (program.kind === 'comparison') return comparingFlops(program);
  if (program.kind === 'statistics')
    return sampleOperations(program.of) * program.batch * program.steps;
  if (program.kind === 'denoiser')
    return 6 * 2 * denoiserProducts(program) * program.batch * program.steps;
  if (program.kind === 'hierarchy')
    return 6 * program.samples.length * treeProducts(program) * program.batch * program.steps;
  if (program.kind === 'classifier')
    return 6 * classifierProducts(program) * program.batch * program.steps;
  const { weights, samples } = sizeOf(program);
  return 6 * weights * samples * program.steps;
}

/**
 * Of one fresh sample of every replica: products with teachers, products and updates of students. To draw it is most of the work and is
 * counted, or a device's speed at networks would promise too much: 160 of the generator's operations for eight inputs.
 */
function operationsOf({ dimension, model, labels, replicas }: OnlineSpec): number {
  const [students, teachers] =
    model.kind === 'committee' ? [model.students, model.teachers] : [1, 1];
  const drawn = (160 / 8) * (labels === 'own' ? 1 : 2);
  return replicas * dimension * (drawn + 2 * teachers + 4 * students);
}

/** Multiplications of one forward pass over a transformer's batch. */
function productsOf({ task, width, layers, hidden, batch }: TransformerSpec): number {
  const matrices = 2 * task.vocabulary * width + layers * (4 * width ** 2 + 2 * width * hidden);
  // Of queries with keys, and of the pattern with values.
  const attention = 2 * layers * width * task.context;
  return (matrices + attention) * batch * task.context;
}

/** Of both networks, drawn and trained: one forward pass over the probe, and the cosine of every two samples. */
function comparingFlops({ of, probe: { count } }: ComparisonSpec): number {
  return of.reduce((sum, program) => {
    const { products, features } = seenOf(program);
    return sum + 2 * (2 * products * count + 2 * features * count ** 2);
  }, 0);
}

/** Of one sample: half a transform of five operations a mode and halving, as two share one, products of all pairs, or a count a word. */
function sampleOperations(measured: Measured): number {
  switch (measured.kind) {
    case 'radial':
      return 5 * measured.side ** 2 * Math.log2(measured.side);
    case 'patches':
    case 'digits':
      return 2 * pairsOf(spectrumSize(measured));
    case 'words':
      return measured.passage;
  }
}

/** Numbers of its sums, and of how many samples. */
function sumsLength(measured: Measured): number {
  switch (measured.kind) {
    case 'radial':
      return 1 + measured.side / 2;
    case 'patches':
    case 'digits': {
      const size = spectrumSize(measured);
      return 1 + size + pairsOf(size);
    }
    case 'words':
      return 1 + WORD_TYPES;
  }
}

/** Multiplications of one network on one sample, and units of its last hidden layer. */
const seenOf = (program: ComparedSpec) =>
  program.kind === 'classifier'
    ? { products: classifierProducts(program), features: classifierFeatures(program) }
    : { products: sizeOf(program).weights, features: program.layers.at(-2) ?? 0 };

/** Weights, and samples an update. */
function sizeOf(program: MlpSpec | LinearSpec | SpectrumSpec): {
  readonly weights: number;
  readonly samples: number;
} {
  switch (program.kind) {
    case 'mlp': {
      const { layers, scales, batch, data, train } = program;
      const rows = layers.map((width, l) => width + (scales[l]?.bias == null ? 0 : 1));
      const weights = layers.slice(1).reduce((n, out, l) => n + (rows[l] ?? 0) * out, 0);
      const trained = train === 'all' ? data.samples : train.count;
      return { weights, samples: batch === 'full' ? trained : batch };
    }
    case 'spectrum': {
      const { data, seen } = program;
      return { weights: seen, samples: data.kind === 'fresh' ? data.batch : data.samples };
    }
    case 'linear':
      // Whitened inputs: as many samples as dimensions.
      return { weights: program.depth * program.width ** 2, samples: program.width };
  }
}

/** Numbers of one run's state: weights, and what its optimizer keeps of each; a count a sample of a comparison. */
export function stateLength(program: ProgramSpec): number {
  switch (program.kind) {
    case 'comparison':
      return program.probe.count;
    case 'statistics':
      return sumsLength(program.of);
    case 'online': {
      const { dimension, model, replicas } = program;
      return replicas * dimension * (model.kind === 'committee' ? model.students : 1);
    }
    case 'classifier':
      return 3 * classifierSize(program);
    case 'denoiser':
      return 3 * 2 * numbersIn(denoiserWeights(program));
    case 'hierarchy':
      return 3 * program.samples.length * numbersIn(treeWeights(program));
    case 'transformer': {
      const { task, width, layers, hidden, positions } = program;
      const places = positions === 'learned' ? task.context * width : 0;
      const block = 4 * width ** 2 + 2 * width * hidden + 4 * width;
      return 3 * (2 * task.vocabulary * width + places + layers * block + 2 * width);
    }
    case 'linear':
    case 'spectrum':
      return 2 * sizeOf(program).weights;
    case 'mlp':
      return (program.optimizer === 'adam' ? 3 : 2) * sizeOf(program).weights;
  }
}
