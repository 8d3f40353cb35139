/**
 * One investigation a study, trained in a browser on WebGPU and judged in its room, beside the same grid
 * on the command line: the figure shows theory and data, the verdict is the same, and so is its number.
 */
import { execFile } from 'node:child_process';
import { isDeepStrictEqual, promisify } from 'node:util';
import type { Locator, Page } from '@playwright/test';
import { formatNumber } from '../app/ui/text.ts';
import { cellsOf, checkGrid, studyById } from '../compute/studies/registry.ts';
import type {
  Analysis,
  Config,
  Grid,
  ParamValue,
  RunSummary,
  Study,
  VerdictState,
} from '../compute/studies/study.ts';
import {
  allRunsIn,
  allVerified,
  donate,
  donateOnWebGpu,
  expect,
  exportedResults,
  openInvestigation,
  type Person,
  type Tick,
  test,
  verdictOf,
} from './people.ts';

const run = promisify(execFile);

/** An analysis with the runs that it is of. */
interface Judged extends Analysis {
  readonly runs: readonly Pick<RunSummary, 'config' | 'seed' | 'summary'>[];
}

interface Case {
  readonly study: string;
  /** Values instead of the quick grid's: the software adapter would take too long over those. */
  readonly cut: Grid['params'];
  readonly seeds: readonly number[];
  /** Whether a data file is fetched from the server. */
  readonly data?: true;
  readonly state: VerdictState;
  /** A share that a handful of samples decide, on which both seeds may agree by luck: how far apart it may be. */
  readonly counted?: { readonly label: RegExp; readonly apart: number };
  /**
   * Why it is trained as a volunteer without a graphics card would, on WebAssembly; its kernels on WebGPU are held to
   * the reference by `conformance.gpu.test.ts`.
   */
  readonly onWasm?: string;
  /** Titles of panels that show nothing of this cut. */
  readonly unused?: readonly string[];
}

const CASES: readonly Case[] = [
  {
    ...{ study: 'ntk', state: 'holds', seeds: [1, 2] },
    cut: { pairs: [32, 256], samples: [24] },
  },
  {
    ...{ study: 'lazy-rich', state: 'holds', seeds: [1, 2] },
    cut: { alpha: [0.01, 3, 30], steps: [400] },
  },
  {
    ...{ study: 'infinite-width', state: 'holds', seeds: [1, 2, 3, 4, 5] },
    cut: { pairs: [8, 128], steps: [5] },
  },
  {
    ...{ study: 'conservation', state: 'holds', seeds: [1, 2] },
    cut: { activation: ['relu'], learningRate: [0.01, 0.02], horizon: [2] },
  },
  {
    ...{ study: 'implicit-regularization', state: 'holds', seeds: [1, 2] },
    cut: { setting: ['descent', 'noise-4'], learningRate: [0.04, 0.06] },
    unused: ['Digits: where noise ends', 'Digits: what it is worth'],
  },
  {
    ...{ study: 'grokking', state: 'holds', seeds: [1, 2] },
    cut: { steps: [600] },
    // At chance: ten of 529 pairs, a fifth of what the verdict allows.
    counted: { label: /accuracy without them/, apart: 0.02 },
  },
  {
    ...{ study: 'infinite-depth', state: 'holds', seeds: [1, 2] },
    cut: { depth: [4, 8], steps: [4] },
  },
  {
    // Two seeds leave it open: the optima and the shift between them are compared.
    ...{ study: 'mup', data: true, state: 'undecided', seeds: [1, 2] },
    cut: { width: [128, 256], learningRate: [0.0113, 0.0226, 0.0453, 0.0905, 0.128] },
  },
  {
    // Real digits, fetched and trained on, and stopped long before there is anything to judge.
    ...{ study: 'neural-collapse', data: true, state: 'undecided', seeds: [1, 2] },
    cut: { data: ['digits'], width: [32], learningRate: [0.05], steps: [100] },
  },
  {
    // Attention on the GPU, stopped before the change: no head has formed, and the verdict says so.
    ...{ study: 'induction-heads', state: 'fails', seeds: [1, 2] },
    cut: { steps: [25] },
    unused: ['When the head forms, and when the loss falls'],
  },
  {
    // Two sizes are no law of digits, and two seeds of 128 and 256 samples no exponent: what there is, is compared.
    ...{ study: 'scaling-laws', data: true, state: 'undecided', seeds: [1, 2] },
    cut: { size: [8, 32], data: [64, 128] },
  },
  {
    // Two denoisers a run on served digits, stopped before likeness could rise: pictures are drawn all the same.
    ...{ study: 'universal-biases', data: true, state: 'undecided', seeds: [1, 2] },
    cut: { images: [4, 64], steps: [20] },
    onWasm: 'A picture is forty steps of many small kernels, minutes on the software adapter.',
  },
  {
    // Sums on the processor. A photograph, a covariance and the novel: each a file that is fetched.
    ...{ study: 'universal-data', data: true, state: 'holds', seeds: [1, 2] },
    cut: { source: ['french-alpine-landscape', 'patches', 'words'], amount: [0.5] },
    unused: ['Learning random hierarchies', 'Data that a hierarchy takes'],
  },
  {
    // Networks on strings made by rules, five a run. Of one hierarchy nothing is known of a law over several.
    ...{ study: 'universal-data', state: 'undecided', seeds: [1, 2] },
    cut: { source: ['hierarchy-4-2-3'] },
    onWasm: 'An update is some hundred small kernels, half a minute a run on the software adapter.',
    unused: [
      ...['Power of photographs by frequency', 'Eigenvalues of covariances by rank'],
      ...['Words by how often they occur', 'Exponent from place to place'],
      'Exponent by samples so far',
    ],
  },
  {
    // Sample by sample beside the GPU: overlaps on their equations, and one direction found. And on it: quadratic units.
    ...{ study: 'beyond-linear', state: 'holds', seeds: [1, 2, 3] },
    cut: { task: ['committee', 'linear'], dimension: [32, 128], inputs: [6, 12] },
  },
  {
    // Two stages: pairs are compared once their networks are verified. Four pairs are too few to tell.
    ...{ study: 'universal-representations', data: true, state: 'undecided', seeds: [1, 2] },
    cut: {
      ...{ leftNetwork: ['mlp'], left: [8], rightNetwork: ['mlp'], right: [8] },
      updates: [10, 100],
    },
  },
  {
    // Pairs of one architecture and of two.
    ...{ study: 'universal-representations', data: true, state: 'undecided', seeds: [1, 2] },
    cut: { leftNetwork: ['convolutional'], left: [8], right: [8], updates: [10] },
    onWasm: 'A step of a convolution is many small kernels, seconds on the software adapter.',
  },
];

/**
 * Seeds and grid are the same in the browser and on the command line, so that only rounding differs; the
 * interval says how far other seeds would move a number. What rounding does to the one that the verdict
 * shows must not be seen beside that. Other numbers may come near to rounding by design (distances of
 * second order in the step): they must lie in the interval.
 */
const SHARE_OF_INTERVAL = 0.1;
/** Of each number of a short run, relative to its size: rounding has not grown yet. */
const OF_A_RUN = 0.01;

for (const { study: id, cut, seeds, data = false, state, counted, onWasm, unused = [] } of CASES) {
  const study = studyById(id) as Study;
  const checked = checkGrid(study, { params: { ...study.grids.quick.params, ...cut }, seeds });
  if (!checked.ok) throw new Error(checked.message);
  const { grid } = checked;

  const where = `${data ? ' on served data' : ''}${onWasm === undefined ? '' : ', on WebAssembly'}`;
  test(`${id}${where}: the room says what the command line says`, async ({ person }) => {
    const one = await person();
    const served: string[] = [];
    one.page.on('response', (response) => {
      if (/\/data\//.test(response.url()) && response.ok()) served.push(response.url());
    });
    const cells = cellsOf(study, grid);
    await test.step('opened and donated to', async () => {
      await openOn(one, study, cut, seeds);
      await (onWasm === undefined ? donateOnWebGpu(one) : donate(one));
    });
    // At once: a browser waits for its kernels most of the time.
    const [here] = await Promise.all([
      test.step('on the command line', () => onCommandLine(study, cut, seeds)),
      test.step('trained', () => allRunsIn(one.page, cells.length * seeds.length, 3)),
    ]);
    // Trained on WebGPU, replayed on WebAssembly: other bits, within the tolerance.
    await test.step('verified', () => allVerified(one.page));

    const there = await exportedResults(one.page);
    expect(here.verdict.state).toBe(state);
    expect(there.verdict.state).toBe(state);
    await showsVerdict(one.page, there);
    agree(there, here, counted);
    const panels = study.panels.filter(({ title }) => !unused.includes(title));
    await showsFigure(one.page, panels, cells);
    expect(served.length > 0, 'data files fetched').toBe(data);
  });
}

const capital = (text: string) => `${text[0]?.toUpperCase()}${text.slice(1)}`;

/** Opens the quick grid with these values instead of its own, through the form. */
async function openOn(
  one: Person,
  study: Study,
  cut: Grid['params'],
  seeds: readonly number[],
): Promise<void> {
  const values: Record<string, string> = { Seeds: seeds.join(', ') };
  const ticks: Tick[] = [];
  for (const param of study.params) {
    const chosen = cut[param.name];
    if (chosen === undefined) continue;
    if (param.kind === 'number') values[capital(param.label)] = chosen.join(', ');
    else
      for (const { value, label } of param.choices)
        ticks.push({ of: capital(param.label), label, on: chosen.includes(value) });
  }
  await openInvestigation(one, study.title, values, ticks);
}

/** What `manyhands study --json` prints for the same grid. */
async function onCommandLine(
  study: Study,
  cut: Readonly<Record<string, readonly ParamValue[]>>,
  seeds: readonly number[],
): Promise<Judged> {
  const set = Object.entries(cut).flatMap(([name, values]) => ['--set', `${name}=${values}`]);
  const args = ['manyhands', 'study', study.id, '--quick', '--json', '--backend', 'wasm'];
  const { stdout } = await run('npx', [...args, '--seeds', seeds.join(','), ...set], {
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(stdout) as Judged;
}

async function showsVerdict(page: Page, { verdict }: Analysis): Promise<void> {
  const shown = verdictOf(page);
  await expect(shown).toContainText(capital(verdict.state));
  if (verdict.value !== null) await expect(shown).toContainText(formatNumber(verdict.value));
}

/** The verdict's number, and every fitted one that has an interval; where there is none, run by run. */
function agree(there: Judged, here: Judged, counted: Case['counted']): void {
  const { value, interval } = here.verdict;
  if (value === null || interval === null) {
    agreeRunByRun(there.runs, here.runs);
    return;
  }
  const apart = Math.abs((there.verdict.value ?? Number.NaN) - value);
  expect(apart, `${there.verdict.value} in the room, ${value} here`).toBeLessThanOrEqual(
    SHARE_OF_INTERVAL * (interval[1] - interval[0]),
  );
  expect(Object.keys(there.fits)).toEqual(Object.keys(here.fits));
  for (const [name, fit] of Object.entries(here.fits)) {
    const [low, high] = fit.interval ?? [0, 0];
    // Seeds that agree to the bit (no sample astray) say nothing of how far a number may move.
    if (low === high) continue;
    if (counted?.label.test(name)) {
      const other = there.fits[name]?.value ?? Number.NaN;
      expect(Math.abs(other - fit.value), name).toBeLessThanOrEqual(counted.apart);
      continue;
    }
    expect(there.fits[name]?.value, name).toBeGreaterThanOrEqual(low);
    expect(there.fits[name]?.value, name).toBeLessThanOrEqual(high);
  }
}

/** Every number that a run is summarised by. */
function agreeRunByRun(there: Judged['runs'], here: Judged['runs']): void {
  expect(there).toHaveLength(here.length);
  for (const { config, seed, summary } of here) {
    const same = there.find((r) => r.seed === seed && isDeepStrictEqual(r.config, config));
    for (const [name, value] of Object.entries(summary)) {
      const other = same?.summary[name] ?? null;
      if (value === null || other === null) expect(other, name).toBe(value);
      else expect(Math.abs(other - value), name).toBeLessThanOrEqual(OF_A_RUN * Math.abs(value));
    }
  }
}

/** Every panel has data, and theory wherever the study predicts some; all of it is drawn. */
async function showsFigure(
  page: Page,
  panels: Study['panels'],
  cells: readonly Config[],
): Promise<void> {
  for (const panel of panels) {
    const figure = page.getByRole('region', { name: panel.title, exact: true });
    if (panel.draw === 'images') {
      await expect(figure.locator('image').first()).toHaveAttribute('href', /^data:image/);
      continue;
    }
    await expectDrawn(figure.locator('[data-mean]'));
    if (panel.theory(cells, { null: false }).length > 0)
      await expectDrawn(figure.locator('[data-theory]'));
  }
}

async function expectDrawn(lines: Locator): Promise<void> {
  await expect(lines.first()).toHaveAttribute('d', /^M/);
}
