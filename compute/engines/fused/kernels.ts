/**
 * The fused kernels of a dense program, generated from its description: one workgroup a run, every
 * weight and activation in storage that only this workgroup touches. `train` takes many steps in one
 * dispatch; the others observe at the present weights.
 */
import { ACTIVATIONS, keepsSum } from '../../programs/activation.ts';
import {
  branchOf,
  type DenseLayer,
  type DenseProgram,
  errorScaleOf,
} from '../../programs/dense.ts';
import type { PackedRun } from '../../programs/program.ts';
import { STREAMS } from '../../random.ts';
import { ADAM_EPSILON } from '../optimizer.ts';
import type { ScratchLayout, StateLayout } from './layout.ts';
import { type Operand, phase, type Tiling } from './phase.ts';

export interface Kernel {
  readonly code: string;
  /** Storage buffers in the order of their bindings; the uniform `u` follows. */
  readonly buffers: readonly BufferName[];
}

/** Every storage buffer. */
export type BufferName =
  /** Of all runs: what is trained, and what a pass leaves. */
  | 'state'
  | 'scratch'
  /** What is trained on: one array for all runs, or one a run. */
  | 'x'
  | 'y'
  /** Inputs whose outputs are observed. */
  | 'probe'
  /** Factor on the learning rate, by step. */
  | 'schedule'
  /** Per-run numbers, see `hyperWords`. */
  | 'hyper'
  /** One vector a run, in and out. */
  | 'vector'
  | 'result';

export interface Shape {
  readonly program: DenseProgram;
  readonly state: StateLayout;
  readonly scratch: ScratchLayout;
  /** Rows that are trained on, and whether each run has its own. */
  readonly count: number;
  readonly ownX: boolean;
  readonly ownY: boolean;
  /** Rows of the pass; whether they are drawn into scratch; or whether they are the probe's. */
  readonly batch: number;
  readonly drawn: boolean;
  readonly probes: boolean;
  readonly decays: boolean;
  readonly momentum: boolean;
  readonly scaled: boolean;
  readonly tiling: Tiling;
}

/** A run's words in `hyper`: the seed itself, then bits of learning rate, momentum, ln momentum, output scale, weight decay. */
export function hyperWords({ seed, hyper }: PackedRun): Uint32Array {
  const words = new Uint32Array(8);
  // A logarithm of zero is bounded: WGSL may assume that nothing is infinite.
  const logMomentum = Math.max(-100, Math.log(hyper.momentum));
  const { learningRate, momentum, outputScale, weightDecay } = hyper;
  const numbers = [learningRate, momentum, logMomentum, outputScale, weightDecay];
  new Float32Array(words.buffer).set(numbers, 1);
  words[0] = seed;
  return words;
}

const BARRIER = 'storageBarrier();';
export const READ_ONLY: readonly BufferName[] = [
  ...(['x', 'y', 'probe', 'schedule', 'hyper', 'vector'] as const),
];

/** Many updates: `u.steps` of them, the first being number `u.step`. */
export function trainKernel(shape: Shape): Kernel {
  const body = [
    ...(shape.drawn ? [draw(shape), BARRIER] : []),
    ...forward(shape, 'none'),
    ...lossError(shape),
    ...backward(shape, (l) => update(shape, l)),
  ];
  return kernel(
    shape,
    ['state', 'scratch', 'x', 'y', 'hyper', ...scheduled(shape)],
    `for (var i = 0u; i < u.steps; i++) {\nlet step = u.step + i;\n${optimizerNumbers(shape)}\n${body.join('\n')}\n}`,
  );
}

const scheduled = ({ program }: Shape): readonly BufferName[] =>
  program.schedule === null ? [] : ['schedule'];

/** Outputs α f of `batch` rows of the probe, from `u.first` on, into `result` [runs × probe × out]. */
export function outputsKernel(shape: Shape): Kernel {
  return kernel(
    shape,
    ['state', 'scratch', 'probe', 'hyper', 'result'],
    forward(shape, 'result').join('\n'),
  );
}

/** Gradient into `result` [runs × size]; leaves the pass in scratch for `productKernel`. */
export function gradientKernel(shape: Shape): Kernel {
  const body = [
    ...forward(shape, 'none'),
    ...lossError(shape),
    ...backward(shape, (l) =>
      gradientOf(shape, l, shape.scratch.error[l] ?? 0, inputOf(shape, l), null),
    ),
  ];
  return kernel(shape, ['state', 'scratch', 'x', 'y', 'hyper', 'result'], body.join('\n'));
}

/** H v into `result`, v from `vector`, after `gradientKernel`: the R-operator, exactly (Pearlmutter 1994). */
export function productKernel(shape: Shape): Kernel {
  const { program, scratch } = shape;
  const { layers } = program;
  const lines: string[] = [];
  for (const [l, layer] of layers.entries()) {
    const weights = matrix(shape, l);
    const direction = matrix(shape, l, 'vector');
    const terms = [{ a: rows(inputOf(shape, l)), b: columns(direction) }];
    if (l > 0) {
      const moved = section('scratch', scratch.movedOutput[l - 1] ?? 0, layer.in);
      terms.push({ a: rows(moved), b: columns(weights) });
    }
    const at = (start: number, m: string, n: string) => cell(start, layer.out, m, n);
    const slope = ACTIVATIONS[layer.activation].wgslSlope;
    lines.push(
      phase(
        {
          ...{ m: shape.batch, n: layer.out, q: layer.in, terms },
          ...(layer.bias
            ? { start: (n: string) => `vector[${bias(shape, l, 'vector')} + ${n}]` }
            : {}),
          store: (m, n, c) => {
            const a = `let a = scratch[${at(scratch.active[l] ?? 0, m, n)}];`;
            const own = `${times(layer)}${slope === null ? c : `${c} * ${slope}`}`;
            const below =
              layer.skip && l > 0 ? ` + scratch[${at(scratch.movedOutput[l - 1] ?? 0, m, n)}]` : '';
            return `${a} scratch[${at(scratch.movedSum[l] ?? 0, m, n)}] = ${c}; scratch[${at(scratch.movedOutput[l] ?? 0, m, n)}] = ${own}${below};`;
          },
        },
        shape.tiling,
      ),
      BARRIER,
    );
  }
  lines.push(...movedLossError(shape));
  for (let l = layers.length - 1; l >= 0; l--) {
    const layer = layers[l];
    if (layer === undefined) continue;
    const input = inputOf(shape, l);
    const moved = l > 0 ? section('scratch', scratch.movedOutput[l - 1] ?? 0, layer.in) : null;
    lines.push(
      gradientOf(
        shape,
        l,
        scratch.movedError[l] ?? 0,
        input,
        moved && { input: moved, error: scratch.error[l] ?? 0 },
      ),
    );
    if (l > 0) lines.push(movedBack(shape, l), BARRIER);
  }
  return kernel(shape, ['state', 'scratch', 'x', 'hyper', 'vector', 'result'], lines.join('\n'));
}

// ── addresses ────────────────────────────────────────────────────────────────────────────────────

/** A row-major matrix somewhere: buffer, expression of its start, and its width. */
interface Section {
  readonly buffer: string;
  readonly start: string;
  readonly width: number;
}

const section = (buffer: 'scratch', start: number, width: number): Section => ({
  buffer,
  start: `sb + ${start}u`,
  width,
});

/** Address in scratch of row m, column n of a [batch × width] array. */
const cell = (start: number, width: number, m: string, n: string) =>
  `sb + ${start}u + ${m} * ${width}u + ${n}`;

/** What a layer takes in: the data, a drawn batch, or the output of the layer below. */
function inputOf(shape: Shape, l: number): Section {
  const { program, scratch, drawn, probes } = shape;
  const width = program.layers[l]?.in ?? 0;
  if (l > 0) return section('scratch', scratch.output[l - 1] ?? 0, width);
  if (probes) return { buffer: 'probe', start: `u.first * ${width}u`, width };
  return drawn ? section('scratch', scratch.x, width) : { buffer: 'x', start: 'xb', width };
}

/** A layer's matrix in the state, or in a vector of the same layout. */
function matrix(shape: Shape, l: number, buffer: 'state' | 'vector' = 'state'): Section {
  const width = shape.program.layers[l]?.out ?? 0;
  const base = buffer === 'state' ? 'wb' : 'vb';
  return { buffer, start: `${base} + ${shape.state.layer[l] ?? 0}u`, width };
}

/** A layer's matrix, bias apart, kept transposed for the way back: rows are its outputs. */
function transposeOf({ program, state }: Shape, l: number): Section {
  const start = `wb + ${state.transposed + (state.layer[l] ?? 0)}u`;
  return { buffer: 'state', start, width: program.layers[l]?.in ?? 0 };
}

function bias(shape: Shape, l: number, buffer: 'state' | 'vector' = 'state'): string {
  const layer = shape.program.layers[l];
  const start = (shape.state.layer[l] ?? 0) + (layer?.in ?? 0) * (layer?.out ?? 0);
  return `${buffer === 'state' ? 'wb' : 'vb'} + ${start}u`;
}

/** As left operand: row m, walking along it. */
const rows = ({ buffer, start, width }: Section): Operand => ({
  ...{ buffer, step: 1, apart: width },
  base: (m) => `${start} + ${m} * ${width}u`,
});

/** As right operand (or a transposed left one): column n, walking down it. */
const columns = ({ buffer, start, width }: Section): Operand => ({
  ...{ buffer, step: width, apart: 1 },
  base: (n) => `${start} + ${n}`,
});

// ── passes ───────────────────────────────────────────────────────────────────────────────────────

function forward(shape: Shape, into: 'none' | 'result'): string[] {
  const { program, scratch, batch, scaled } = shape;
  const last = program.layers.length - 1;
  return program.layers.flatMap((layer, l) => {
    const store = (m: string, n: string, c: string): string => {
      const active = `let z = ${c}; let a = ${ACTIVATIONS[layer.activation].wgsl};`;
      const kept = keepsSum(layer) ? 'z' : 'a';
      const own = `scratch[${cell(scratch.active[l] ?? 0, layer.out, m, n)}] = ${kept};`;
      const skipped = layer.skip
        ? ` + scratch[${cell(scratch.output[l - 1] ?? 0, layer.out, m, n)}]`
        : '';
      const below =
        layer.skip || keepsSum(layer)
          ? ` scratch[${cell(scratch.output[l] ?? 0, layer.out, m, n)}] = ${times(layer)}a${skipped};`
          : '';
      const out =
        into === 'result' && l === last
          ? ` result[(run * u.rows + u.first + ${m}) * ${layer.out}u + ${n}] = ${scaled ? 'outputScale * a' : 'a'};`
          : '';
      return active + own + below + out;
    };
    const terms = [{ a: rows(inputOf(shape, l)), b: columns(matrix(shape, l)) }];
    const start = layer.bias ? { start: (n: string) => `state[${bias(shape, l)} + ${n}]` } : {};
    return [
      phase({ ...{ m: batch, n: layer.out, q: layer.in, terms, store }, ...start }, shape.tiling),
      BARRIER,
    ];
  });
}

/** δ_L from the outputs: for the square error at each output, for cross-entropy along each sample. */
function lossError(shape: Shape): string[] {
  const { program, scratch, batch, drawn, scaled } = shape;
  const last = program.layers.length - 1;
  const layer = program.layers[last];
  if (layer === undefined) return [];
  const width = layer.out;
  const factor = `${literal(errorScaleOf(program, batch))}${scaled ? ' * outputScale' : ''}`;
  const f = (j: string) =>
    `${scaled ? 'outputScale * ' : ''}scratch[sb + ${scratch.output[last] ?? 0}u + s * ${width}u + ${j}]`;
  const y = (j: string) =>
    drawn ? `scratch[sb + ${scratch.y}u + s * ${width}u + ${j}]` : `y[yb + s * ${width}u + ${j}]`;
  const e = (j: string) => `scratch[sb + ${scratch.error[last] ?? 0}u + s * ${width}u + ${j}]`;
  const each =
    program.loss === 'half-mean'
      ? `for (var j = 0u; j < ${width}u; j++) { ${e('j')} = (${f('j')} - ${y('j')}) * ${factor}; }`
      : `var top = ${f('0u')};
for (var j = 1u; j < ${width}u; j++) { top = max(top, ${f('j')}); }
var total = 0.0;
for (var j = 0u; j < ${width}u; j++) { total += exp(${f('j')} - top); }
for (var j = 0u; j < ${width}u; j++) { ${e('j')} = (exp(${f('j')} - top) / total - ${y('j')}) * ${factor}; }`;
  return [`for (var s = lid; s < ${batch}u; s += ${shape.tiling.threads}u) {\n${each}\n}`, BARRIER];
}

/** The derivative of δ_L along the direction. */
function movedLossError(shape: Shape): string[] {
  const { program, scratch, batch, scaled } = shape;
  const last = program.layers.length - 1;
  const width = program.layers[last]?.out ?? 0;
  const at = (start: number | undefined, j: string) =>
    `scratch[sb + ${start ?? 0}u + s * ${width}u + ${j}]`;
  const scale = literal(errorScaleOf(program, batch));
  const factor = scaled ? `${scale} * outputScale * outputScale` : scale;
  const moved = (j: string) => at(scratch.movedOutput[last], j);
  const f = (j: string) => `${scaled ? 'outputScale * ' : ''}${at(scratch.output[last], j)}`;
  const e = (j: string) => at(scratch.movedError[last], j);
  const each =
    program.loss === 'half-mean'
      ? `for (var j = 0u; j < ${width}u; j++) { ${e('j')} = ${moved('j')} * ${factor}; }`
      : `var top = ${f('0u')};
for (var j = 1u; j < ${width}u; j++) { top = max(top, ${f('j')}); }
var total = 0.0; var mean = 0.0;
for (var j = 0u; j < ${width}u; j++) { let p = exp(${f('j')} - top); total += p; mean += p * ${moved('j')}; }
mean /= total;
for (var j = 0u; j < ${width}u; j++) { ${e('j')} = exp(${f('j')} - top) / total * (${moved('j')} - mean) * ${factor}; }`;
  return [`for (var s = lid; s < ${batch}u; s += ${shape.tiling.threads}u) {\n${each}\n}`, BARRIER];
}

/**
 * From the last layer to the first: δ_{l−1} from δ_l, then what `use` does with layer l. The way back
 * through l reads its matrix before `use` may change it.
 */
function backward(shape: Shape, use: (l: number) => string): string[] {
  const lines: string[] = [];
  for (let l = shape.program.layers.length - 1; l >= 0; l--) {
    if (l > 0) lines.push(back(shape, l), BARRIER);
    lines.push(use(l));
  }
  return [...lines, BARRIER];
}

/** δ_{l−1} = (δ_l W_lᵀ + what a skip lets through) ⊙ φ′. */
function back(shape: Shape, l: number): string {
  const { program, scratch, batch } = shape;
  const [layer, below] = [program.layers[l], program.layers[l - 1]];
  if (layer === undefined || below === undefined) return '';
  const transposed = transposeOf(shape, l);
  const error = section('scratch', scratch.error[l] ?? 0, layer.out);
  return phase(
    {
      ...{ m: batch, n: layer.in, q: layer.out },
      terms: [{ a: rows(error), b: columns(transposed) }],
      store: (m, n, c) => {
        const skip = layer.skip
          ? ` + scratch[${cell(scratch.arrived[l] ?? 0, layer.in, m, n)}]`
          : '';
        return `let e = ${c}${skip}; ${storeError(below, scratch.active[l - 1] ?? 0, scratch.error[l - 1] ?? 0, scratch.arrived[l - 1] ?? 0, m, n)}`;
      },
    },
    shape.tiling,
  );
}

/** A layer's branch as a factor. */
const times = (layer: DenseLayer): string =>
  branchOf(layer) === 1 ? '' : `${literal(branchOf(layer))} * `;

/** Writes δ = e φ′, times the branch, and e itself where something needs it. */
function storeError(
  layer: DenseLayer,
  active: number,
  error: number,
  arrived: number,
  m: string,
  n: string,
): string {
  const slope = ACTIVATIONS[layer.activation].wgslSlope;
  const keep =
    layer.skip || keepsSum(layer) ? `scratch[${cell(arrived, layer.out, m, n)}] = e;` : '';
  const through = `${times(layer)}e`;
  return slope === null
    ? `${keep} scratch[${cell(error, layer.out, m, n)}] = ${through};`
    : `${keep} let a = scratch[${cell(active, layer.out, m, n)}]; scratch[${cell(error, layer.out, m, n)}] = ${through} * ${slope};`;
}

/** Rδ_{l−1} = R(e_{l−1}) φ′ + δ_{l−1} (φ″/φ′) Rz_{l−1}. */
function movedBack(shape: Shape, l: number): string {
  const { program, scratch, batch } = shape;
  const [layer, below] = [program.layers[l], program.layers[l - 1]];
  if (layer === undefined || below === undefined) return '';
  const transposed = transposeOf(shape, l);
  const direction = matrix(shape, l, 'vector');
  const moved = section('scratch', scratch.movedError[l] ?? 0, layer.out);
  const error = section('scratch', scratch.error[l] ?? 0, layer.out);
  const { wgslSlope, wgslBend } = ACTIVATIONS[below.activation];
  // Of kept sums φ″ is known, of values φ″/φ′; an error has its branch already.
  const bent = keepsSum(below) ? scratch.arrived : scratch.error;
  const curve = `${keepsSum(below) ? times(below) : ''}${wgslBend}`;
  const at = (start: number | undefined, m: string, n: string) =>
    `scratch[${cell(start ?? 0, layer.in, m, n)}]`;
  return phase(
    {
      ...{ m: batch, n: layer.in, q: layer.out },
      terms: [
        { a: rows(moved), b: columns(transposed) },
        // The direction is not kept transposed: here the columns of B lie along its rows.
        {
          a: rows(error),
          b: {
            buffer: 'vector',
            step: 1,
            apart: layer.out,
            base: (n) => `${direction.start} + ${n} * ${layer.out}u`,
          },
        },
      ],
      store: (m, n, c) => {
        const skip = layer.skip ? ` + ${at(scratch.movedArrived[l], m, n)}` : '';
        const keep = below.skip ? `${at(scratch.movedArrived[l - 1], m, n)} = e;` : '';
        const slope = `${times(below)}${wgslSlope === null ? 'e' : `e * ${wgslSlope}`}`;
        const bend =
          wgslBend === null
            ? ''
            : ` + ${at(bent[l - 1], m, n)} * ${curve} * ${at(scratch.movedSum[l - 1], m, n)}`;
        return `let e = ${c}${skip}; ${keep} let a = ${at(scratch.active[l - 1], m, n)}; ${at(scratch.movedError[l - 1], m, n)} = ${slope}${bend};`;
      },
    },
    shape.tiling,
  );
}

/** Input ᵀ error of a layer (and of a second pair) with the bias's sum, into `result`. */
function gradientOf(
  shape: Shape,
  l: number,
  error: number,
  input: Section,
  second: { readonly input: Section; readonly error: number } | null,
): string {
  const layer = shape.program.layers[l];
  if (layer === undefined) return '';
  const start = `gb + ${shape.state.layer[l] ?? 0}u`;
  const term = (from: Section, e: number) => ({
    a: columns(from),
    b: columns(section('scratch', e, layer.out)),
  });
  const product = phase(
    {
      ...{ m: layer.in, n: layer.out, q: shape.batch },
      terms: [term(input, error), ...(second === null ? [] : [term(second.input, second.error)])],
      store: (m, n, c) => `result[${start} + ${m} * ${layer.out}u + ${n}] = ${c};`,
    },
    shape.tiling,
  );
  return (
    product +
    biasSum(shape, l, error, (n, g) => `result[${start} + ${layer.in * layer.out}u + ${n}] = ${g};`)
  );
}

/** The update of a layer's weights, transposes and optimizer state. */
function update(shape: Shape, l: number): string {
  const { state, scratch } = shape;
  const layer = shape.program.layers[l];
  if (layer === undefined) return '';
  const start = `wb + ${state.layer[l] ?? 0}u`;
  const mirror = `wb + ${state.transposed + (state.layer[l] ?? 0)}u`;
  const product = phase(
    {
      ...{ m: layer.in, n: layer.out, q: shape.batch },
      terms: [
        {
          a: columns(inputOf(shape, l)),
          b: columns(section('scratch', scratch.error[l] ?? 0, layer.out)),
        },
      ],
      store: (m, n, c) =>
        `let at = ${start} + ${m} * ${layer.out}u + ${n}; ${moved(shape, c, layer.rate)} state[at] = w; state[${mirror} + ${n} * ${layer.in}u + ${m}] = w;`,
    },
    shape.tiling,
  );
  return (
    product +
    biasSum(
      shape,
      l,
      scratch.error[l] ?? 0,
      (n, g) =>
        `let at = ${start} + ${layer.in * layer.out}u + ${n}; ${moved(shape, g, layer.biasRate)} state[at] = w;`,
    )
  );
}

function biasSum(
  shape: Shape,
  l: number,
  error: number,
  store: (n: string, g: string) => string,
): string {
  const layer = shape.program.layers[l];
  if (layer === undefined || !layer.bias) return '';
  return `
for (var n = lid; n < ${layer.out}u; n += ${shape.tiling.threads}u) {
var g = 0.0; var at_e = sb + ${error}u + n;
for (var q = 0u; q < ${shape.batch}u; q++) { g += scratch[at_e]; at_e += ${layer.out}u; }
{ ${store('n', 'g')} }
}`;
}

/** `w`: the weight at `at` after one update with gradient g, at `factor` times the run's rate. */
function moved(shape: Shape, g: string, factor: number): string {
  const { program, state, momentum, decays } = shape;
  const rate = factor === 1 ? 'rate' : `rate * ${literal(factor)}`;
  const [first, second] = [`state[at + ${state.first}u]`, `state[at + ${state.second}u]`];
  if (program.optimizer === 'adam') {
    const direction = `correction * gm / (sqrt(gv) + floor1)`;
    return `let gm = momentum * ${first} + (1.0 - momentum) * ${g}; ${first} = gm;
let gv = ${literal(program.beta2)} * ${second} + ${literal(1 - program.beta2)} * ${g} * ${g}; ${second} = gv;
let w = state[at] - ${rate} * ${decays ? `(${direction} + decay * state[at])` : direction};`;
  }
  const whole = decays ? `(${g} + decay * state[at])` : g;
  if (!momentum) return `let w = state[at] - ${rate} * ${whole};`;
  return `let gm = momentum * ${first} + ${whole}; ${first} = gm; let w = state[at] - ${rate} * gm;`;
}

/** The step's learning rate, and Adam's bias corrections, as in `packed.ts`. */
function optimizerNumbers({ program }: Shape): string {
  const rate = `let rate = learningRate${program.schedule === null ? '' : ' * schedule[step]'};`;
  if (program.optimizer !== 'adam') return rate;
  return `${rate}
let t = f32(step + 1u);
let root = sqrt(oneMinusExp(t * ${literal(Math.log(program.beta2))}));
let correction = root / oneMinusExp(t * logMomentum);
let floor1 = ${literal(ADAM_EPSILON)} * root;`;
}

/** Draws the step's samples, as `batchAt` does, and copies them. */
function draw({ program, scratch, batch, count, tiling }: Shape): string {
  const [first, last] = [program.layers[0], program.layers.at(-1)];
  const [inputs, outputs] = [first?.in ?? 0, last?.out ?? 0];
  return `for (var b = lid; b < ${batch}u; b += ${tiling.threads}u) {
let words = philox(vec4<u32>(b / 4u, step, ${STREAMS.batch}u, 0u), vec2<u32>(seed, 0u));
let row = multiply(words[b % 4u], ${count}u).x;
for (var k = 0u; k < ${inputs}u; k++) { scratch[sb + ${scratch.x}u + b * ${inputs}u + k] = x[xb + row * ${inputs}u + k]; }
for (var k = 0u; k < ${outputs}u; k++) { scratch[sb + ${scratch.y}u + b * ${outputs}u + k] = y[yb + row * ${outputs}u + k]; }
}`;
}

/** Philox4x32-10, bit for bit as in `random.ts`. */
const PHILOX = `
fn multiply(a: u32, b: u32) -> vec2<u32> {
let al = a & 0xffffu; let ah = a >> 16u; let bl = b & 0xffffu; let bh = b >> 16u;
let low = al * bl; let middle = ah * bl + (low >> 16u); let carry = al * bh + (middle & 0xffffu);
return vec2<u32>(ah * bh + (middle >> 16u) + (carry >> 16u), a * b);
}
fn philox(counter: vec4<u32>, key: vec2<u32>) -> vec4<u32> {
var c = counter; var k = key;
for (var r = 0; r < 10; r++) {
let p = multiply(0xd2511f53u, c.x); let q = multiply(0xcd9e8d57u, c.z);
c = vec4<u32>(q.x ^ c.y ^ k.x, q.y, p.x ^ c.w ^ k.y, p.y);
k = vec2<u32>(k.x + 0x9e3779b9u, k.y + 0xbb67ae85u);
}
return c;
}`;

function kernel(shape: Shape, buffers: readonly BufferName[], body: string): Kernel {
  const { program, state, scratch, count } = shape;
  const [inputs, outputs] = [program.layers[0]?.in ?? 0, program.layers.at(-1)?.out ?? 0];
  const own = (is: boolean, width: number) => (is ? `run * ${count * width}u` : '0u');
  const bindings = buffers.map(
    (name, i) =>
      `@group(0) @binding(${i}) var<storage, ${READ_ONLY.includes(name) ? 'read' : 'read_write'}> ${name}: array<${name === 'hyper' ? 'vec4<u32>' : 'f32'}>;`,
  );
  const code = `struct Uniforms { steps: u32, step: u32, first: u32, rows: u32 }
${bindings.join('\n')}
@group(0) @binding(${buffers.length}) var<uniform> u: Uniforms;
${shape.drawn ? PHILOX : ''}${program.optimizer === 'adam' ? ONE_MINUS_EXP : ''}
@compute @workgroup_size(${shape.tiling.threads}) fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
let run = group.x;
let wb = run * ${state.stride}u; let sb = run * ${scratch.stride}u;
let vb = run * ${state.size}u; let gb = vb;
let xb = ${own(shape.ownX, inputs)}; let yb = ${own(shape.ownY, outputs)};
let numbers = hyper[2u * run]; let seed = numbers.x;
let learningRate = bitcast<f32>(numbers.y); let momentum = bitcast<f32>(numbers.z); let logMomentum = bitcast<f32>(numbers.w);
let outputScale = bitcast<f32>(hyper[2u * run + 1u].x); let decay = bitcast<f32>(hyper[2u * run + 1u].y);
${body}
}`;
  return { code, buffers };
}

/** 1 − eˣ for x ≤ 0 without the cancellation that costs 1 − βᵗ its digits at small t: 1e-4 of Adam's first steps. */
const ONE_MINUS_EXP = `
fn oneMinusExp(x: f32) -> f32 {
if (x < -0.5) { return 1.0 - exp(x); }
return -x * (1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0 * (1.0 + x / 5.0 * (1.0 + x / 6.0 * (1.0 + x / 7.0 * (1.0 + x / 8.0)))))));
}`;

/** A number as WGSL reads it: with a point or an exponent. */
function literal(value: number): string {
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
