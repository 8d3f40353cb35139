/**
 * The fused machine: WGSL kernels on TensorFlow.js's own WebGPU device, one workgroup a run, as many
 * steps a dispatch as fit in a slice. It uses no tensor: state and data are plain GPU buffers.
 */
import { type DenseProgram, probeInputs, sizeOf, trainingSet } from '../../programs/dense.ts';
import type { PackedRun } from '../../programs/program.ts';
import {
  type Arrays,
  createPacer,
  type Linearized,
  type Machine,
  PROBE_ROWS,
  splitLayers,
  stateNames,
} from '../machine.ts';
import {
  type BufferName,
  gradientKernel,
  hyperWords,
  type Kernel,
  outputsKernel,
  productKernel,
  READ_ONLY,
  type Shape,
  trainKernel,
} from './kernels.ts';
import { type ScratchLayout, scratchLayout, stateLayout } from './layout.ts';
import type { Tiling } from './phase.ts';

interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly bindings: GPUBindGroup;
}

/**
 * Makes the machine at the start of the runs, or from the arrays of a checkpoint at `step`.
 * Rejects if the device refuses a kernel or a buffer; the caller takes the packed machine then.
 */
export async function fusedMachine(
  device: GPUDevice,
  program: DenseProgram,
  runs: readonly PackedRun[],
  from: { readonly step: number; readonly arrays: readonly Arrays[] } | null,
  tiling: Tiling,
): Promise<Machine> {
  const R = runs.length;
  const { batch, layers } = program;
  const size = sizeOf(program);
  const [inputs, outputs] = [layers[0]?.in ?? 0, layers.at(-1)?.out ?? 0];
  const adam = program.optimizer === 'adam';
  const momentum = runs.some((r) => r.hyper.momentum !== 0);
  const names = stateNames(program, momentum);
  const state = stateLayout(program, names.length);
  const trained = trainingSet(program, R);
  const probe = probeInputs(program);
  const probed = probe.length / inputs;
  const block = Math.min(PROBE_ROWS, probed);
  const drawn = batch !== trained.count;
  const common = {
    ...{ program, state, momentum, tiling, count: trained.count },
    ...{ ownX: trained.x.length > 1, ownY: trained.y.length > 1 },
    scaled: runs.some((r) => r.hyper.outputScale !== 1),
    decays: runs.some((r) => r.hyper.weightDecay !== 0),
  };
  const shapeOf = (
    rows: number,
    has: { drawn: boolean; moved: boolean; probes: boolean },
  ): Shape => ({
    ...{ ...common, batch: rows, drawn: has.drawn, probes: has.probes },
    scratch: scratchLayout(program, rows, has),
  });
  const train = shapeOf(batch, { drawn, moved: false, probes: false });
  const linear = shapeOf(trained.count, { drawn: false, moved: true, probes: false });
  const seen = shapeOf(block, { drawn: false, moved: false, probes: true });
  const resultSize = Math.max(probed * outputs, size);

  const buffers = new Map<BufferName, GPUBuffer>();
  /** What each pass leaves; the wide one of products with the Hessian is made when first wanted. */
  const scratches = new Map<ScratchLayout, GPUBuffer>();
  const pipelines = new Map<(shape: Shape) => Kernel, Promise<Pipeline>>();
  const uniforms = device.createBuffer({
    size: 16,
    usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  });
  const staging = device.createBuffer({
    size: 4 * R * Math.max(resultSize, state.stride),
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  try {
    await allowed('the buffers', () => {
      make('state', [initialState()]);
      make('x', trained.x);
      make('y', trained.y);
      make('probe', [probe]);
      make('hyper', runs.map(hyperWords));
      make('result', R * resultSize);
      if (program.schedule !== null) make('schedule', [program.schedule]);
      scratchOf(train);
      scratchOf(seen);
    });
  } catch (error) {
    dispose();
    throw error;
  }
  let step = from?.step ?? 0;
  const pacer = createPacer();

  /** Rejects with a sentence if the device refuses what `act` asks of it. */
  async function allowed(what: string, act: () => void): Promise<void> {
    device.pushErrorScope('out-of-memory');
    device.pushErrorScope('validation');
    act();
    const errors = await Promise.all([device.popErrorScope(), device.popErrorScope()]);
    const error = errors.find((e) => e !== null);
    if (error != null) throw new Error(`The device refused ${what}: ${error.message}`);
  }

  /** A storage buffer of so many numbers, or of these arrays one after another. */
  function storage(content: number | readonly (Float32Array | Uint32Array)[]): GPUBuffer {
    const parts = typeof content === 'number' ? [] : content;
    const bytes =
      typeof content === 'number' ? content * 4 : parts.reduce((n, p) => n + p.byteLength, 0);
    const buffer = device.createBuffer({
      size: Math.max(16, bytes),
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
    });
    let offset = 0;
    for (const part of parts) {
      device.queue.writeBuffer(buffer, offset, part.slice());
      offset += part.byteLength;
    }
    return buffer;
  }

  function make(name: BufferName, content: number | readonly (Float32Array | Uint32Array)[]): void {
    buffers.set(name, storage(content));
  }

  function scratchOf({ scratch }: Shape): GPUBuffer {
    const buffer = scratches.get(scratch) ?? storage(R * scratch.stride);
    scratches.set(scratch, buffer);
    return buffer;
  }

  /** Weights, transposes and optimizer state of all runs. */
  function initialState(): Float32Array {
    const all = new Float32Array(R * state.stride);
    for (let r = 0; r < R; r++) {
      const base = r * state.stride;
      for (const [k, kind] of names.entries()) {
        const section = base + ([0, state.first, state.second][k] ?? 0);
        for (const [l, name] of kind.entries()) {
          const array =
            from !== null ? from.arrays[r]?.[name] : k === 0 ? program.initial(r)[l] : undefined;
          if (array === undefined) continue;
          all.set(array, section + (state.layer[l] ?? 0));
          const layer = program.layers[l];
          if (k !== 0 || layer === undefined) continue;
          const mirror = base + state.transposed + (state.layer[l] ?? 0);
          for (let i = 0; i < layer.in; i++)
            for (let j = 0; j < layer.out; j++)
              all[mirror + j * layer.in + i] = array[i * layer.out + j] ?? 0;
        }
      }
    }
    return all;
  }

  function pipelineOf(kernelOf: (shape: Shape) => Kernel, shape: Shape): Promise<Pipeline> {
    const known = pipelines.get(kernelOf);
    if (known !== undefined) return known;
    const made = compile(kernelOf(shape), shape);
    pipelines.set(kernelOf, made);
    return made;
  }

  async function compile(kernel: Kernel, shape: Shape): Promise<Pipeline> {
    if (kernel.buffers.includes('vector') && !buffers.has('vector')) make('vector', R * size);
    await allowed('the buffers of a pass', () => scratchOf(shape));
    const module = device.createShaderModule({ code: kernel.code });
    // Not `auto`: that leaves out bindings which a kernel happens not to read.
    const layout = device.createBindGroupLayout({
      entries: [...kernel.buffers, 'uniform' as const].map((name, binding) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: bindingType(name) },
      })),
    });
    const pipeline = await device.createComputePipelineAsync({
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: 'main' },
    });
    const entries = kernel.buffers.map((name, binding): GPUBindGroupEntry => {
      const buffer = name === 'scratch' ? scratchOf(shape) : bufferOf(name);
      return { binding, resource: { buffer } };
    });
    entries.push({ binding: kernel.buffers.length, resource: { buffer: uniforms } });
    return { pipeline, bindings: device.createBindGroup({ layout, entries }) };
  }

  function bufferOf(name: BufferName): GPUBuffer {
    const buffer = buffers.get(name);
    if (buffer === undefined) throw new Error(`This program has no ${name} buffer.`);
    return buffer;
  }

  function dispatch({ pipeline, bindings }: Pipeline): void {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindings);
    pass.dispatchWorkgroups(R);
    pass.end();
    device.queue.submit([encoder.finish()]);
  }

  async function read(name: BufferName, count: number): Promise<Float32Array> {
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(bufferOf(name), 0, staging, 0, count * 4);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ, 0, count * 4);
    const values = new Float32Array(staging.getMappedRange(0, count * 4).slice(0));
    staging.unmap();
    return values;
  }

  async function gradient(): Promise<void> {
    dispatch(await pipelineOf(gradientKernel, linear));
  }

  function dispose(): void {
    const all = [...buffers.values(), ...scratches.values(), uniforms, staging];
    for (const buffer of all) buffer.destroy();
  }

  return {
    get how() {
      return `fused: ${tiling.threads} threads a run, ${pacer.steps} steps a dispatch`;
    },
    async advance(steps) {
      const trainer = await pipelineOf(trainKernel, train);
      const startedAt = performance.now();
      const count = pacer.next(steps);
      device.queue.writeBuffer(uniforms, 0, new Uint32Array([count, step, 0, 0]));
      dispatch(trainer);
      await device.queue.onSubmittedWorkDone();
      pacer.took(count, performance.now() - startedAt);
      step += count;
      return count;
    },
    async outputs() {
      const observer = await pipelineOf(outputsKernel, seen);
      for (let first = 0; first < probed; first += block) {
        // The last block ends with the probe; rows that it shares with the one before are the same.
        const start = Math.min(first, probed - block);
        device.queue.writeBuffer(uniforms, 0, new Uint32Array([0, 0, start, probed]));
        dispatch(observer);
      }
      return await read('result', R * probed * outputs);
    },
    async gradient() {
      await gradient();
      return await read('result', R * size);
    },
    async linearize(): Promise<Linearized> {
      await gradient();
      const product = await pipelineOf(productKernel, linear);
      return {
        async product(vectors) {
          device.queue.writeBuffer(bufferOf('vector'), 0, vectors.slice());
          dispatch(product);
          return await read('result', R * size);
        },
        dispose: () => {},
      };
    },
    async download() {
      const all = await read('state', R * state.stride);
      return runs.map((run, r) => {
        const arrays: Record<string, Float32Array> = {};
        for (const [k, kind] of names.entries()) {
          // A run without momentum keeps no velocity, whoever its neighbours are.
          if (k === 1 && !adam && run.hyper.momentum === 0) continue;
          const section = r * state.stride + ([0, state.first, state.second][k] ?? 0);
          const layers = splitLayers(program, all.subarray(section, section + size));
          for (const [l, name] of kind.entries()) arrays[name] = layers[l] ?? new Float32Array();
        }
        return arrays;
      });
    },
    dispose,
  };
}

function bindingType(name: BufferName | 'uniform'): GPUBufferBindingType {
  if (name === 'uniform') return 'uniform';
  return READ_ONLY.includes(name) ? 'read-only-storage' : 'storage';
}
