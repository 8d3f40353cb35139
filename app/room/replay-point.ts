/**
 * Trains one run again in this browser, by the very engine that donates, and compares. Loaded when
 * somebody asks for it: TensorFlow.js comes with it.
 */
import { differencesOf, equalHashes } from '../../compute/studies/differences.ts';
import { loadStudy } from '../../compute/studies/load.ts';
import { PointFile } from '../../compute/studies/point.ts';
import type { Overlay } from '../charts/replayed-lines.tsx';
import { optionsHere } from '../volunteer/options-here.ts';
import { openWorkerTrainer } from '../volunteer/worker-trainer.ts';

export interface ReplayReport {
  /** What computed it here, in words, and its numeric class. */
  readonly backend: string;
  readonly adapter: string | null;
  readonly numericClass: string | null;
  readonly hashes: { readonly equal: number; readonly of: number };
  /** Step of the first committed state after the seed: up to there the tolerance holds. */
  readonly until: number;
  /** Largest relative deviation up to `until`, and over the whole run, with the column it is in. */
  readonly early: { readonly column: string; readonly value: number };
  readonly whole: { readonly column: string; readonly value: number };
  readonly sameOutcome: boolean;
  readonly overlay: Overlay;
}

export interface ReplayWatch {
  /** Share of the steps that are done, 0 to 1, and how it is computed. */
  onProgress(share: number, how: string): void;
  readonly signal: AbortSignal;
}

/** Resolves to null when it was stopped. Rejects with a sentence. */
export async function replayPoint(run: string, watch: ReplayWatch): Promise<ReplayReport | null> {
  const { signal } = watch;
  const response = await fetch(`/api/runs/${encodeURIComponent(run)}/point.json`, { signal });
  if (!response.ok) throw new Error('The coordinator does not give out this run. Reload the page.');
  const point = PointFile.parse(await response.json());
  const study = await loadStudy(point.study);
  if (study === null) throw new Error('This page does not have the study of this run.');
  const { program, hyper, inputs } = point.plan;
  const planned = { id: run, seed: point.seed, hyper };
  const trainer = await openWorkerTrainer(optionsHere());
  try {
    const answer = await trainer.train({
      pack: { program, runs: [inputs === undefined ? planned : { ...planned, inputs }] },
      from: null,
      onProgress: (done, how) => watch.onProgress(done / program.steps, how),
      onCheckpoint: () => {},
      signal,
    });
    if (answer.kind === 'stopped') return null;
    const [result] = answer.runs;
    if (result === undefined) throw new Error('The training gave no result.');
    const until = point.hashes.find(({ step }) => step > 0)?.step ?? program.steps;
    const differences = differencesOf(point, result.series.columns, until);
    const record = { config: point.config, seed: point.seed, ...result };
    const traces = study.panels.map(
      (panel) => [panel.id, panel.observe(record, { null: point.null })] as const,
    );
    const { backend, adapter, numericClass = null } = trainer.device;
    return {
      ...{ backend, adapter, numericClass, until },
      hashes: equalHashes(point.hashes, result.hashes),
      early: largest(differences, 'early'),
      whole: largest(differences, 'whole'),
      sameOutcome: result.outcome.kind === point.outcome.kind,
      overlay: {
        name: `Seed ${point.seed}, trained again here`,
        traces: Object.fromEntries(traces),
      },
    };
  } finally {
    trainer.dispose();
  }
}

function largest(differences: ReturnType<typeof differencesOf>, span: 'early' | 'whole') {
  return Object.entries(differences).reduce(
    (most, [column, by]) => (by[span] > most.value ? { column, value: by[span] } : most),
    { column: Object.keys(differences)[0] ?? '', value: 0 },
  );
}
