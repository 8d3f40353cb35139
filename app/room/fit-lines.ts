/** Which fitted laws and predictions the charts draw. Pure. */
import type { Analysis } from '../../compute/studies/study.ts';
import type { PredictionView } from '../../server/protocol.ts';
import type { DrawnFit } from '../charts/picture.ts';
import { formatNumber } from '../ui/text.ts';

/** Key of a prediction among what can be hidden. */
export const predictionKey = ({ id }: PredictionView): string => `prediction ${id}`;

/**
 * @param before what the analysis was without some runs, drawn beside it; null: it is not
 * @param hidden keys of fits and predictions that are not drawn
 */
export function drawnFits(
  analysis: Analysis,
  predictions: readonly PredictionView[],
  before: Analysis | null,
  hidden: ReadonlySet<string>,
): readonly DrawnFit[] {
  const curves = (of: Analysis, tone: 'now' | 'before', suffix: string) =>
    Object.entries(of.fits).flatMap(([key, { label, curve }]): DrawnFit[] => {
      if (curve === undefined || hidden.has(key)) return [];
      const { panel, x, y, lo, hi } = curve;
      return [{ key, tone, name: `${label}${suffix}`, panel, x, y, lo, hi }];
    });
  return [
    ...(before === null ? [] : curves(before, 'before', ', before my runs')),
    ...curves(analysis, 'now', ', 95% band'),
    ...predictions
      .filter((p) => !hidden.has(predictionKey(p)))
      .map((p): DrawnFit => {
        const name = `predicted before its runs at ${formatNumber(p.x)}, ${100 * p.probability}% interval${p.left === undefined ? '' : ', on evidence of which some has left'}`;
        const { x, predicted, interval, panel } = p;
        const ends = { x: [x], y: [predicted], lo: [interval[0]], hi: [interval[1]] };
        return { key: predictionKey(p), tone: 'predicted', name, panel, ...ends };
      }),
  ];
}
