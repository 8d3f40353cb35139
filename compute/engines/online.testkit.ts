/** Packs that are trained sample by sample, small. */
import { HYPER, type OnlineSpec, type Pack } from '../programs/program.ts';

export const online = (model: OnlineSpec['model'], changes: Partial<OnlineSpec> = {}): Pack => ({
  program: {
    ...{ kind: 'online', dimension: 24, replicas: 2, model, overlap: 0.3, labels: 'own' },
    ...{ steps: 200, recordEvery: 50, checkpointEvery: 50 },
    ...changes,
  },
  runs: [0.5, 1, 1e60].map((learningRate, i) => ({
    ...{ id: `o${i}`, seed: 60 + i },
    hyper: { ...HYPER, learningRate: learningRate * (model.kind === 'committee' ? 1 : 0.002) },
  })),
});

export const MODELS: Readonly<Record<string, OnlineSpec['model']>> = {
  'a committee': { kind: 'committee', students: 3, teachers: 2 },
  'a single-index model': { kind: 'single-index', degree: 2 },
};
