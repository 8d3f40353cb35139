import { describe, expect, test } from 'vitest';
import { openEngine } from '../../compute/engines/open.ts';
import { deepLinear } from '../../compute/studies/deep-linear.ts';
import { plannedPacks } from '../../compute/studies/grid.ts';
import { deviationsOf, type Train, trainAll, trainOn } from './deviations.ts';
import { spread, stretchesOf } from './stretches.ts';

const keptAt = (...steps: number[]) => ({ kept: steps.map((step) => ({ step, arrays: {} })) });

describe('what is measured of a pack', () => {
  const run = keptAt(10, 20, 30, 40, 50, 60, 70, 75);

  test('is all of it, from the seeds, unless it is cut', () => {
    expect(stretchesOf([run], null, 0)).toEqual([{ from: 0, to: 75 }]);
    expect(stretchesOf([keptAt()], null, 0)).toEqual([]);
  });

  test('is so many stretches between neighbouring checkpoints, spread over the run that got furthest', () => {
    expect(stretchesOf([keptAt(10), run], 2, 0)).toEqual([
      { from: 0, to: 10 },
      { from: 40, to: 50 },
    ]);
    expect(stretchesOf([run], 100, 3)).toHaveLength(8);
  });

  test('lies elsewhere in each pack: the stretches of twenty packs are all there are', () => {
    const starts = Array.from({ length: 20 }, (_, nth) => stretchesOf([run], 1, nth)[0]?.from);
    expect(new Set(starts)).toEqual(new Set([0, 10, 20, 30, 40, 50, 60, 70]));
  });

  test('some of a list are spread over it', () => {
    expect(spread([0, 1, 2, 3, 4, 5, 6, 7, 8], 3)).toEqual([1, 4, 7]);
    expect(spread([0, 1], 3)).toEqual([0, 1]);
  });
});

describe('deviations from the verifier', async () => {
  const engine = await openEngine({ backend: 'cpu', wasmPath: '' });
  const packs = plannedPacks(deepLinear, deepLinear.grids.quick, { null: false });
  const trained = await trainAll(trainOn(engine), packs);
  const segments = trained.flatMap(({ states }) => states.flatMap(({ kept }) => kept ?? [])).length;

  test('of itself there are none, in every segment', async () => {
    expect(segments).toBeGreaterThan(10);
    expect(await deviationsOf(engine, trainOn(engine), trained)).toEqual({ worst: 0, segments });
  });

  test('of states that went a hundredth too far it is a hundredth', async () => {
    const tooFar: Train = async (pack, from, until) => {
      const states = await trainOn(engine)(pack, from, until);
      const further = (end: Float32Array, start: Float32Array | undefined) =>
        start === undefined ? end : end.map((x, i) => x + 0.01 * (x - (start[i] ?? 0)));
      return states.map(({ kept = [], ...state }, r) => ({
        ...state,
        kept: kept.map(({ step, arrays }) => ({
          step,
          arrays: Object.fromEntries(
            Object.entries(arrays).map(([name, end]) => [
              name,
              step === until ? further(end, from?.[r]?.arrays[name]) : end,
            ]),
          ),
        })),
      }));
    };
    // The stretch of the first pack begins at the seeds, and ends where it should; that of the second does not.
    const found = await deviationsOf(engine, tooFar, trained.slice(0, 2), 1);
    expect(found.segments).toBe(4);
    expect(found.worst / 0.01).toBeCloseTo(1, 2);
  });
});
