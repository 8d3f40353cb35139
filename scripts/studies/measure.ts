/** One part of a study, trained and judged: on WebAssembly in this process, or on WebGPU in a browser. */
import { execFileSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openHere } from '../../cli/common.ts';
import type { Engine } from '../../compute/engines/engine.ts';
import { runStudy } from '../../compute/studies/headless.ts';
import type { Study } from '../../compute/studies/study.ts';
import { openPage } from '../browser.ts';
import { type Part, type PartPlan, planOf } from './parts.ts';
import { digestOf, gridFile, type Machine, type Measured } from './record.ts';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const VENUE = { backend: 'webgpu', machine: 'fused' } as const;

interface Opened {
  readonly engine: Engine;
  dispose(): Promise<void>;
}

async function openFor({ backend }: PartPlan): Promise<Opened> {
  if (backend === 'webgpu') return await openInBrowser();
  const engine = await openHere('wasm');
  return { engine, dispose: async () => engine.dispose() };
}

/** The engine of a page in Chromium, on the software adapter: a pack is sent there and comes back trained. */
async function openInBrowser(): Promise<Opened> {
  const { page, dispose } = await openPage('compute/engines/browser-venue.ts');
  const device = await page.evaluate((options) => globalThis.venue.device(options), VENUE);
  const engine: Engine = {
    device,
    lost: new Promise(() => {}),
    async start(pack) {
      const { how, results } = await page.evaluate(
        ([options, p]) => globalThis.venue.train(options, p),
        [VENUE, pack] as const,
      );
      const { steps } = pack.program;
      return {
        ...{ step: steps, totalSteps: steps, how },
        ...{ advance: async () => true, results: () => results, dispose: () => {} },
        checkpoint: () => Promise.reject(new Error('Only whole trainings come back from a page.')),
      };
    },
    dispose: () => {},
  };
  return { engine, dispose };
}

/** Trains and judges a part. @param onProgress gets the share that is done */
export async function measure(
  study: Study,
  part: Part,
  onProgress: (share: number) => void,
): Promise<Measured> {
  const plan = planOf(study, part);
  const { engine, dispose } = await openFor(plan);
  try {
    const [clock, processor] = [performance.now(), process.cpuUsage()];
    const { runs, analysis } = await runStudy(study, plan.grid, engine, {
      null: plan.isNull,
      onProgress: (done, total) => onProgress(done / total),
    });
    const { user, system } = process.cpuUsage(processor);
    return {
      ...{ digest: digestOf(study, part), version: study.version },
      grid: gridFile(plan.grid),
      ...{ null: plan.isNull, backend: plan.backend, adapter: engine.device.adapter },
      ...{ runs: runs.length, seconds: rounded((performance.now() - clock) / 1000) },
      processorSeconds: plan.backend === 'wasm' ? rounded((user + system) / 1e6) : null,
      ...{ date: new Date().toISOString().slice(0, 10), ...commitHere() },
      machine: machineHere(),
      analysis: structuredClone(analysis) as Measured['analysis'],
    };
  } finally {
    await dispose();
  }
}

const rounded = (value: number) => Number(value.toFixed(2));

function machineHere(): Machine {
  const cpu = os.cpus()[0]?.model.trim() ?? 'unknown processor';
  return { cpu, cores: os.availableParallelism(), node: process.version };
}

/** Where the sources stand that numbers hang on. */
const SOURCES = ['compute', 'data', 'cli', 'scripts', 'package-lock.json'];

function commitHere(): Pick<Measured, 'commit' | 'changed'> {
  const git = (...args: readonly string[]) =>
    execFileSync('git', [...args], { cwd: root, encoding: 'utf8' }).trim();
  const status = git('status', '--porcelain', '--', ...SOURCES);
  return { commit: git('rev-parse', '--short=7', 'HEAD'), changed: status !== '' };
}
