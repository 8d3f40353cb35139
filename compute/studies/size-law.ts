/**
 * The law in a size that a study names: the cells that it is fitted to, the fit as it is shown, and what it
 * predicts of a size from smaller ones alone.
 */
import { fitLaw, type LawCell, type LawFit } from '../analysis/law-fit.ts';
import { remembered } from '../analysis/remembered.ts';
import { grouped, number } from './criteria.ts';
import type { Config, Fit, FitCurve, RunSummary, SizeLaw } from './study.ts';

/** One size of a family, all its seeds together. */
export interface SizeCell extends LawCell {
  /** What its runs have in common. */
  readonly cell: Config;
}

/** Runs that differ in size, in what the number is taken over and in their seeds only. */
export interface Family {
  /** The same for the same configs, whatever others there are. */
  readonly key: string;
  /** What they share. */
  readonly shared: Config;
  readonly runs: readonly RunSummary[];
}

const without = (config: Config, names: readonly string[]): Config =>
  Object.fromEntries(Object.entries(config).filter(([name]) => !names.includes(name)));

export const sharedBy = ({ parameter, over }: SizeLaw, config: Config): Config =>
  without(config, [parameter, ...over]);

export const familyKey = (size: SizeLaw, config: Config): string =>
  JSON.stringify(Object.entries(sharedBy(size, config)).sort(([a], [b]) => (a < b ? -1 : 1)));

/** The families of these runs, in order of first appearance. */
export function familiesOf(size: SizeLaw, runs: readonly RunSummary[]): readonly Family[] {
  return grouped(runs, (c) => [familyKey(size, c)]).flatMap((own) => {
    const [first] = own;
    if (first === undefined) return [];
    const { config } = first;
    return [{ key: familyKey(size, config), shared: sharedBy(size, config), runs: own }];
  });
}

/** The sizes of a family that yield a number, in ascending order. */
export function sizeCells(size: SizeLaw, { runs }: Family): readonly SizeCell[] {
  return grouped(runs, (c) => [c[size.parameter]])
    .flatMap((own): SizeCell[] => {
      const found = size.measure(own);
      const [first] = own;
      if (found === null || first === undefined) return [];
      const value = number(first.config, size.parameter);
      return [{ ...found, x: size.x(value), cell: { [size.parameter]: value } }];
    })
    .sort((a, b) => a.x - b.x);
}

/** What tells families apart, in words: " (samples 32)"; nothing where there is one. By key. */
export function familyNames(families: readonly Pick<Family, 'key' | 'shared'>[]) {
  const varied = [...new Set(families.flatMap((f) => Object.keys(f.shared)))].filter(
    (name) => new Set(families.map((f) => f.shared[name])).size > 1,
  );
  return new Map(
    families.map(({ key, shared }) => {
      const words = varied.map((name) => `${name} ${shared[name]}`).join(', ');
      return [key, words === '' ? '' : ` (${words})`];
    }),
  );
}

/** A new result changes one family, and the fits of the others are at hand. */
const fits = remembered<LawFit | null>(64);

/** What a fit stands on: the number of every size, with each of its seeds left out once. */
const fingerprint = (cells: readonly SizeCell[]): string =>
  cells
    .map(({ x, value, seeds, of }) => {
      const all = Array.from({ length: seeds }, (_, i) => i);
      return [x, value, ...all.map((out) => of(all.filter((i) => i !== out)))].join();
    })
    .join(' ');

/** The fits of the law that a study names, one a family. */
export function sizeFits(
  size: SizeLaw,
  runs: readonly RunSummary[],
): Readonly<Record<string, Fit>> {
  const families = familiesOf(size, runs);
  const names = familyNames(families);
  return Object.fromEntries(
    families.flatMap((family) => {
      const cells = sizeCells(size, family);
      const key = `${size.law.name} ${family.key} ${fingerprint(cells)}`;
      const fit = fits(key, () => fitLaw(size.law, cells));
      if (fit === null) return [];
      const label = `${size.law.name} of ${size.of} in ${size.label}${names.get(family.key)}`;
      const [value = Number.NaN] = fit.values;
      const shown: Fit = {
        ...{ label, value, interval: fit.intervals[0] ?? null, runs: family.runs.length },
        curve: curveOf(size, fit, cells),
      };
      return [[label, shown]];
    }),
  );
}

const POINTS = 25;

function curveOf(size: SizeLaw, fit: LawFit, cells: readonly SizeCell[]): FitCurve {
  const used = cells.filter((c) => fit.cells.some((f) => f.x === c.x));
  const [from = 1, to = 1] = [used[0]?.x, used.at(-1)?.x];
  const x = Array.from({ length: POINTS }, (_, i) => from * (to / from) ** (i / (POINTS - 1)));
  const drawn = x.map((v) => fit.at(v));
  const band = drawn.flatMap(({ interval }) => (interval === null ? [] : [interval]));
  return {
    ...{ law: fit.law.name, formula: fit.law.formula, panel: size.panel, lines: size.lines },
    parameters: fit.law.parameters.map(({ symbol, label }, i) => ({
      ...{ symbol, label, value: fit.values[i] ?? Number.NaN },
      interval: fit.intervals[i] ?? null,
    })),
    ...{ x: x.map(short), y: drawn.map((d) => short(d.y)) },
    ...{ lo: band.map(([lo]) => short(lo)), hi: band.map(([, hi]) => short(hi)) },
    points: used.map(({ x: at, value, cell, seeds }) => ({ x: at, y: value, cell, seeds })),
    ...{ residual: fit.residual, noise: fit.noise, resamples: fit.resamples },
    ...assess(fit),
  };
}

/** A curve is drawn, not computed with: its message stays short. */
const short = (v: number) => Number(v.toPrecision(6));

/** A difference of Akaike's criterion above which one of two is e² times as likely as the other. */
const TELLING = 4;
/** A floor whose interval begins below this part of the smallest value cannot be told from none. */
export const NO_FLOOR = 0.01;

/** Whether the law describes its points, and what is to be said of it. */
export function assess(fit: LawFit): Pick<FitCurve, 'describes' | 'notes'> {
  const { law, intervals, overRival, residual, noise, heldOutError } = fit;
  const main = law.parameters[0];
  const interval = intervals[0] ?? null;
  const notes: string[] = [];
  let describes: FitCurve['describes'] = 'yes';
  if (interval === null) {
    describes = 'unclear';
    notes.push('An interval needs a second seed, or more sizes than the law has parameters.');
  } else if (interval[0] <= 0 && interval[1] >= 0) {
    describes = 'no';
    notes.push(`A constant describes the points as well: the interval of ${main?.symbol} holds 0.`);
  }
  const rival = law.rival?.name;
  if (overRival === null) {
    if (describes === 'yes') describes = 'unclear';
    notes.push('There are no more sizes than parameters: any such law would go through them.');
  } else if (overRival < -TELLING) {
    describes = 'no';
    notes.push(`An ${rival} describes the points better (AIC lower by ${-digits(overRival)}).`);
  } else if (overRival <= TELLING) {
    if (describes === 'yes') describes = 'unclear';
    notes.push(`It cannot be told from an ${rival} (difference of AIC ${digits(overRival)}).`);
  } else if (describes === 'yes') {
    notes.push(
      `It describes the points better than an ${rival} (AIC lower by ${digits(overRival)}).`,
    );
  }
  if (law.floor !== null) {
    const least = Math.min(...fit.cells.map((c) => c.value));
    const low = intervals[law.floor]?.[0] ?? 0;
    if (low < NO_FLOOR * least) notes.push('The floor cannot be told from zero.');
  }
  if (residual !== null && noise !== null) {
    const seeds = `seeds alone explain ${percent(noise)}`;
    const beyond = residual > 2 * noise ? ': the law leaves something out' : '';
    notes.push(`Points lie ${percent(residual)} off the curve, ${seeds}${beyond}.`);
  }
  if (heldOutError !== null) {
    const off = Math.expm1(heldOutError);
    notes.push(
      `Fitted without the largest size, the law is ${percent(Math.abs(off))} ${off >= 0 ? 'below' : 'above'} what was measured there.`,
    );
  }
  return { describes, notes };
}

const digits = (v: number) => Number(v.toPrecision(3));
const percent = (v: number) => `${digits(100 * v)}%`;
