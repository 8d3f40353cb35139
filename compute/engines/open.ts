/**
 * Opens the best TensorFlow.js backend there is: webgpu, else wasm, else cpu, and says in sentences
 * why a better one was not taken. Sets the flags without which two runs on one device can differ.
 * The library is loaded here and nowhere else, only when somebody trains.
 */

import { noFiles } from '../programs/data-set.ts';
import type { DenseProgram, Tf } from '../programs/dense.ts';
import { drawnBy, type PackedRun } from '../programs/program.ts';
import { denseProgram, differentiableProgram, hostedProgram } from '../programs/registry.ts';
import { comparing, noStates } from './comparing.ts';
import { differentiated } from './differentiated.ts';
import type { BackendName, DeviceInfo, Engine, EngineOptions } from './engine.ts';
import { type Candidate, fastest, firstPossible, shapeOf, tilingsFor } from './fused/choose.ts';
import { fusedMachine } from './fused/machine.ts';
import { hosted } from './hosted.ts';
import type { Machine } from './machine.ts';
import { denseTrainable } from './observe.ts';
import { packedMachine } from './packed.ts';
import { startTraining, statesOf } from './training.ts';
import { hasVectors } from './wasm/assembler.ts';
import { wasmMachine } from './wasm/machine.ts';
import { createPool } from './wasm/threads.ts';

type Attempt =
  | { readonly ok: true; readonly adapter: string | null }
  | { readonly ok: false; readonly why: string };

const ORDER: readonly BackendName[] = ['webgpu', 'wasm', 'cpu'];
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|software|basic render/i;

/** Opens an engine. Rejects with one sentence if the demanded backend, or every one, is impossible. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const wanted = options.backend === undefined ? ORDER : [options.backend];
  const fallbacks: string[] = [];
  for (const backend of wanted) {
    const attempt = await tryBackend(backend, options).catch(
      (error: unknown): Attempt => ({
        ok: false,
        why: `${backend} could not be started: ${error instanceof Error ? error.message : String(error)}`,
      }),
    );
    if (!attempt.ok) {
      fallbacks.push(attempt.why);
      continue;
    }
    const tf = await import('@tensorflow/tfjs');
    const software = attempt.adapter !== null && SOFTWARE.test(attempt.adapter);
    const flags = backend === 'webgpu' ? '; matmul 3; no CPU forward' : '';
    const device: DeviceInfo = {
      backend,
      adapter: attempt.adapter,
      fallbacks,
      build: `tfjs ${tf.version['tfjs-core'] ?? tf.version_core}${flags}`,
    };
    const pool =
      backend === 'wasm' && options.threads !== undefined ? createPool(options.threads) : null;
    return {
      device,
      lost: lossOf(tf),
      async start(given, from) {
        const { program: spec } = given;
        const runs = given.runs.map((run) => ({ ...run, seed: drawnBy(spec, run.seed) }));
        const pack = { ...given, runs };
        const at = from === undefined ? null : statesOf(pack, from);
        const arrays = at && { step: at.step, arrays: at.states.map((s) => s.arrays) };
        const { files = noFiles, states = noStates } = options;
        if (pack.program.kind === 'comparison') {
          const pairs = await comparing(pack.program, pack.runs, files, states, arrays);
          return await startTraining(pack, pairs, at);
        }
        const small = await hostedProgram(pack, files);
        if (small !== null) return await startTraining(pack, hosted(small, pack.runs, arrays), at);
        const network = await differentiableProgram(pack, files);
        if (network !== null)
          return await startTraining(pack, differentiated(tf, network, pack.runs, arrays), at);
        const program = await denseProgram(pack, files);
        const packed = () => packedMachine(tf, program, pack.runs, arrays);
        // Not measured on wasm: a choice that hangs on the clock would change a replay's last bits.
        const generated = backend === 'wasm' && options.machine !== 'packed' && hasVectors();
        const machine =
          backend === 'webgpu'
            ? await gpuMachine(tf, program, pack.runs, arrays, options, software)
            : generated
              ? await wasmMachine(program, pack.runs, arrays, pool)
              : packed();
        return await startTraining(pack, denseTrainable(program, machine, pack.runs), at);
      },
      dispose() {
        pool?.dispose();
        tf.disposeVariables();
      },
    };
  }
  throw new Error(`No engine can train here. ${fallbacks.join(' ')}`);
}

/** The library does not tell of a lost GPU device: its operations go on, and give nothing. */
async function lossOf(tf: Tf): Promise<string> {
  const { device } = tf.backend() as unknown as { readonly device?: GPUDevice };
  const info = await (device?.lost ?? new Promise<never>(() => {}));
  return `The GPU was lost${info.message === '' ? '.' : `: ${info.message}`}`;
}

/** Fused kernels in the tiling that is fastest here, or the packed products where those are faster. */
async function gpuMachine(
  tf: Tf,
  program: DenseProgram,
  runs: readonly PackedRun[],
  from: Parameters<typeof packedMachine>[3],
  { machine }: EngineOptions,
  software: boolean,
): Promise<Machine> {
  const { device } = tf.backend() as unknown as { readonly device: GPUDevice };
  const packed: Candidate = {
    name: 'packed',
    make: async () => packedMachine(tf, program, runs, from),
  };
  const fused = tilingsFor(software, program).map(
    (tiling): Candidate => ({
      name: `fused ${JSON.stringify(tiling)}`,
      make: () => fusedMachine(device, program, runs, from, tiling),
    }),
  );
  const candidates =
    machine === 'packed' ? [packed] : machine === 'fused' ? fused : [...fused, packed];
  const onRefused = (why: string) =>
    console.warn(`A way of training was not possible here. ${why}`);
  // In software the order is known (docs/performance.md), and whatever is tried is compiled for seconds.
  if (software) return await firstPossible(candidates, onRefused);
  return await fastest(`${machine} ${shapeOf(program, runs)}`, candidates, onRefused);
}

async function tryBackend(backend: BackendName, options: EngineOptions): Promise<Attempt> {
  switch (backend) {
    case 'webgpu':
      return await tryWebGpu(options.allowSoftwareAdapter ?? false);
    case 'wasm':
      return await tryWasm(options.wasmPath);
    case 'cpu': {
      const tf = await import('@tensorflow/tfjs');
      return (await tf.setBackend('cpu'))
        ? { ok: true, adapter: null }
        : { ok: false, why: 'The plain JavaScript backend did not start.' };
    }
  }
}

async function tryWebGpu(allowSoftware: boolean): Promise<Attempt> {
  const gpu = typeof navigator === 'undefined' ? undefined : navigator.gpu;
  if (gpu === undefined) {
    const insecure = typeof isSecureContext === 'boolean' && !isSecureContext;
    const why = insecure
      ? 'WebGPU needs a page served by https or from localhost.'
      : 'This browser has no WebGPU.';
    return { ok: false, why };
  }
  // Asked before the library asks, and with its options: its factory throws where there is no adapter.
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) return { ok: false, why: 'WebGPU found no graphics adapter.' };
  const { vendor, architecture, device, description } = adapter.info;
  const name = [vendor, architecture, device, description].filter((s) => s !== '').join(' ');
  const software = adapter.info.isFallbackAdapter || SOFTWARE.test(name);
  if (software && !allowSoftware) {
    return { ok: false, why: `The only WebGPU adapter (${name}) is software, slower than wasm.` };
  }
  const tf = await import('@tensorflow/tfjs');
  await import('@tensorflow/tfjs-backend-webgpu');
  // Products without float atomics, and nothing computed off the GPU: repeats are then bit-equal.
  tf.env().set('WEBGPU_MATMUL_PROGRAM_TYPE', 3);
  tf.env().set('WEBGPU_CPU_FORWARD', false);
  tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', 64);
  return (await tf.setBackend('webgpu'))
    ? { ok: true, adapter: name }
    : { ok: false, why: `TensorFlow.js could not start on the adapter ${name}.` };
}

async function tryWasm(path: string): Promise<Attempt> {
  const tf = await import('@tensorflow/tfjs');
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(path);
  // The library's own products on one thread, with SIMD: it starts threads from the text of its own
  // functions, which a bundler breaks, and training would never begin.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  return (await tf.setBackend('wasm'))
    ? { ok: true, adapter: null }
    : { ok: false, why: 'The wasm backend did not start.' };
}
