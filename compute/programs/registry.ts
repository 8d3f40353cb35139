/** Every program by its kind. A new program is a spec in `program.ts`, a file beside this one, a line here. */
import { classifierProgram, classifierTable } from './classifier.ts';
import { dataSet } from './data.ts';
import type { DataFiles } from './data-set.ts';
import { denoiserProgram } from './denoiser.ts';
import type { DenseProgram } from './dense.ts';
import type { DifferentiableProgram } from './differentiable.ts';
import { digitPool } from './digit-pool.ts';
import type { HostedProgram } from './hosted.ts';
import { linearProgram } from './linear.ts';
import { mlpProgram } from './mlp.ts';
import { onlineProgram } from './online.ts';
import type { Pack } from './program.ts';
import { spectrumProgram } from './spectrum.ts';
import { statisticsProgram } from './statistics.ts';
import { textOf } from './text.ts';
import { transformerProgram } from './transformer.ts';
import { treeProgram } from './tree-network.ts';

/** The description of a pack's program where automatic differentiation trains it, else null; `files` where its data is one. */
export async function differentiableProgram(
  { program, runs }: Pack,
  files: DataFiles,
): Promise<DifferentiableProgram | null> {
  switch (program.kind) {
    case 'transformer':
      return transformerProgram(program, runs, await textOf(program.task, files));
    case 'denoiser':
      return denoiserProgram(program, runs, await digitPool(program.images, files));
    case 'hierarchy':
      return treeProgram(program, runs);
    case 'classifier':
      return classifierProgram(program, runs, await classifierTable(program, files));
    case 'mlp':
    case 'linear':
    case 'spectrum':
    case 'online':
    case 'comparison':
    case 'statistics':
      return null;
  }
}

/** The description of a pack's program where it is trained on the processor, else null; `files` where its data is one. */
export async function hostedProgram(
  { program, runs }: Pack,
  files: DataFiles,
): Promise<HostedProgram | null> {
  switch (program.kind) {
    case 'statistics':
      return await statisticsProgram(program, runs, files);
    case 'spectrum':
      return spectrumProgram(program, runs);
    case 'online':
      return onlineProgram(program, runs);
    case 'mlp':
    case 'linear':
    case 'transformer':
    case 'comparison':
    case 'denoiser':
    case 'hierarchy':
    case 'classifier':
      return null;
  }
}

/** The description of a pack's program as machines of chains train it; `files` where its data is one. */
export async function denseProgram(
  { program, runs }: Pack,
  files: DataFiles,
): Promise<DenseProgram> {
  switch (program.kind) {
    case 'mlp': {
      const { layers, data } = program;
      return mlpProgram(
        program,
        runs,
        await dataSet(data, layers[0] ?? 0, layers.at(-1) ?? 0, files),
      );
    }
    case 'linear':
      return linearProgram(program, runs);
    case 'spectrum':
    case 'transformer':
    case 'comparison':
    case 'denoiser':
    case 'hierarchy':
    case 'classifier':
    case 'online':
    case 'statistics':
      throw new Error(`What is described as “${program.kind}” is no chain of matrix products.`);
  }
}
