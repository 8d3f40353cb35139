/**
 * What the study universal-data measures, of which data, where on its axis, and what is asked for.
 *
 * Where a line is fitted was fixed by reasons before the bands were tried. Photographs: 4 to 56 cycles a window of 256
 * pixels, from where the Hann window's own width no longer counts to half of the highest frequency there is, beyond
 * which prints, scans and JPEG blur. Covariances: ranks 8 to 99, from where a patch's own size no longer counts to half
 * of its 196 or 256 ranks. Words: ranks 10 to 999, below the few words of grammar, above those that occur once or twice.
 * Each is a decade at least.
 *
 * What is asked for is published. Of single photographs the amplitude falls by 0.8 to 1.5 (Tolhurst et al. 1992), so
 * the power by twice that; modes of frequency below f are as many as f², so eigenvalues of patches fall by half of the
 * power, rank by rank; words by about one (Moreno-Sánchez et al. 2016), which is read as within 0.15. Of digits nobody
 * states an exponent: they are drawn and reported, not judged.
 */

import { binColumn, type Measured, spectrumSize } from '../programs/measured.ts';
import { PHOTOGRAPHS } from '../programs/photographs.ts';
import { type Bin, binsTo } from '../programs/rank-bins.ts';
import type { Config, RunRecord } from './study.ts';
import { valueAt } from './traces.ts';

export interface Source {
  readonly label: string;
  readonly measured: Measured;
  /** Samples of a step. */
  readonly batch: number;
  /** Where its exponent is taken, in cycles or ranks, both ends with it. */
  readonly window: readonly [from: number, to: number];
  /** Where the exponent has to lie; null: it is not judged. */
  readonly band: readonly [number, number] | null;
}

/** A window of 256 pixels goes into the least of the photographs. */
const SIDE = 256;
const PHOTOGRAPH_BAND = [1.6, 3] as const;

const scene = (photograph: string): Source => ({
  label: photograph.replaceAll('-', ' '),
  measured: { kind: 'radial', photograph, side: SIDE },
  ...{ batch: 4, window: [4, 56], band: PHOTOGRAPH_BAND },
});

export const SOURCES: Readonly<Record<string, Source>> = {
  ...Object.fromEntries(PHOTOGRAPHS.map((name) => [name, scene(name)])),
  patches: {
    label: 'patches of photographs',
    measured: { kind: 'patches', photographs: PHOTOGRAPHS, side: 16, pool: 2 },
    ...{ batch: 256, window: [8, 99], band: [PHOTOGRAPH_BAND[0] / 2, PHOTOGRAPH_BAND[1] / 2] },
  },
  digits: {
    label: 'handwritten digits',
    measured: { kind: 'digits', images: 4096, pool: 2 },
    ...{ batch: 256, window: [8, 99], band: null },
  },
  words: {
    label: 'words of Moby-Dick',
    measured: { kind: 'words', passage: 100, ranks: 4096 },
    ...{ batch: 64, window: [10, 999], band: [0.85, 1.15] },
  },
};

/** Whether a cell is of natural data. */
export const isNatural = ({ source }: Config): boolean => SOURCES[String(source)] !== undefined;

export function sourceOf({ source }: Config): Source {
  const own = SOURCES[String(source)];
  if (own === undefined) throw new RangeError(`There are no data “${source}”.`);
  return own;
}

const bins = new Map<number, readonly Bin[]>();

/** The bins of a source's spectrum. */
export function binsOf({ measured }: Source): readonly Bin[] {
  const size = spectrumSize(measured);
  const known = bins.get(size) ?? binsTo(size);
  bins.set(size, known);
  return known;
}

type Point = readonly [x: number, y: number];

/** The spectrum of a record, the last one by default, where it is known. */
export const spectrumAt = (run: RunRecord, row = -1): Point[] =>
  binsOf(sourceOf(run.config))
    .map(({ x }, i): Point => [x, valueAt(run, binColumn(i), row)])
    .filter(([, y]) => y > 0);

/** The bins of the spectrum that the exponent is taken from; null where one of them is not known yet. */
export function fittedAt(run: RunRecord, row = -1): Point[] | null {
  const source = sourceOf(run.config);
  const [first, last] = source.window;
  const points = binsOf(source).flatMap(({ from, to, x }, i): Point[] =>
    from >= first && to <= last ? [[x, valueAt(run, binColumn(i), row)]] : [],
  );
  return points.every(([, y]) => y > 0) ? points : null;
}
