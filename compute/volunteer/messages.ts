/** What the page and its training worker say to each other: one union each way. */
import type { DeviceInfo, EngineOptions, RunResult } from '../engines/engine.ts';
import type { Pack } from '../programs/program.ts';

export type ToWorker =
  | { readonly kind: 'open'; readonly options: EngineOptions }
  | { readonly kind: 'train'; readonly pack: Pack }
  | { readonly kind: 'stop' };

export type FromWorker =
  /** The script has loaded: a worker that fails to load says nothing at all. */
  | { readonly kind: 'hello' }
  | { readonly kind: 'opened'; readonly device: DeviceInfo }
  | { readonly kind: 'progress'; readonly done: number }
  | { readonly kind: 'finished'; readonly runs: readonly RunResult[] }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly message: string };
