import { expect, test } from 'vitest';
import type { Analysis, FitCurve } from '../../compute/studies/study.ts';
import type { PredictionView } from '../../server/protocol.ts';
import { drawnFits, predictionKey } from './fit-lines.ts';

const curve: FitCurve = {
  ...{ law: 'power law', formula: '', parameters: [], panel: 'variance', lines: [] },
  ...{ x: [1, 2], y: [2, 1], lo: [1, 0.5], hi: [3, 2], points: [], residual: null, noise: null },
  ...{ resamples: 500, describes: 'yes', notes: [] },
};
const fit = { label: 'a law', value: 1, interval: null, runs: 2 };
const analysis = {
  fits: { law: { ...fit, curve }, other: fit },
  verdict: {},
} as unknown as Analysis;
const prediction = {
  ...{ id: 'p', panel: 'variance', x: 4, predicted: 0.5, interval: [0.4, 0.6], probability: 0.9 },
} as unknown as PredictionView;

test('draws what has a curve, and predictions, on their panels', () => {
  const drawn = drawnFits(analysis, [prediction], null, new Set());
  expect(drawn.map((f) => [f.key, f.tone, f.panel])).toEqual([
    ['law', 'now', 'variance'],
    ['prediction p', 'predicted', 'variance'],
  ]);
  expect(drawn[1]).toMatchObject({ x: [4], y: [0.5], lo: [0.4], hi: [0.6] });
});

test('draws what was before behind what is now, and nothing that is hidden', () => {
  const tones = (hidden: readonly string[]) =>
    drawnFits(analysis, [prediction], analysis, new Set(hidden)).map((f) => f.tone);
  expect(tones([])).toEqual(['before', 'now', 'predicted']);
  expect(tones(['law', predictionKey(prediction)])).toEqual([]);
});
