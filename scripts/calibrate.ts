/**
 * `npm run calibrate [ID …]`: how far honest devices of other numeric classes come out from the
 * verifier, segment by segment. Trains the quick grid of each study and its null (one tolerance is for
 * both), and one seed of each cell of the default grid with `--full`, by packed products and on WebGPU,
 * replays every segment as the verifier does, and writes what it measured into
 * `server/measured-tolerances.ts`, study by study.
 *
 * In software WebGPU is slow, and so are packed products. With `--packs N` only N packs of each grid are
 * measured, spread over it, and with `--stretches N` of each pack N stretches only, from one checkpoint to the
 * next, each from the states that the verifier got to there: the same comparison of the same arithmetic, of
 * fewer segments, whose number is written down, and by that of a wider tolerance. They are spread over starts, middles and ends of runs
 * (`calibrate/stretches.ts`), as the first ones alone would miss where differences grow.
 *
 * What is computed on the host (single samples, spectra, comparisons) is measured like all the rest: in
 * Chromium beside WebGPU, against Node.
 */
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { z } from 'zod';
import { openEngine } from '../compute/engines/open.ts';
import { plannedPacks } from '../compute/studies/grid.ts';
import { studies } from '../compute/studies/registry.ts';
import type { Grid, Study } from '../compute/studies/study.ts';
import { localFiles } from '../data/local.ts';
import { MEASURED } from '../server/measured-tolerances.ts';
import { type Measured, toleranceOf } from '../server/tolerances.ts';
import { CLEARLY } from '../server/trust.ts';
import { openPage } from './browser.ts';
import { deviationsOf, type Train, trainAll, trainOn } from './calibrate/deviations.ts';
import { spread } from './calibrate/stretches.ts';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const wasmPath = `${path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`;
const WASM = { backend: 'wasm', wasmPath, files: localFiles() } as const;

/** Deviation of a state that was not trained at all: as far off as it should have moved. */
const UNTRAINED = 1;

interface Options {
  readonly full: boolean;
  /** Of each grid; null: all. */
  readonly packs: number | null;
  /** Of each pack; null: all of it. */
  readonly stretches: number | null;
}

async function measure(study: Study, { full, packs, stretches }: Options, onGpu: Train) {
  const { quick, default: whole } = study.grids;
  const once = { ...whole, seeds: whole.seeds.slice(0, 1) };
  const verifier = await openEngine(WASM);
  const products = await openEngine({ ...WASM, machine: 'packed' });
  let segments = 0;
  const trained = async (grid: Grid, isNull: boolean) => {
    const all = await trainAll(trainOn(verifier), plannedPacks(study, grid, { null: isNull }));
    segments += all.flatMap(({ states }) => states.flatMap(({ kept = [] }) => kept)).length;
    return spread(all, packs);
  };
  const ofQuick = [...(await trained(quick, false)), ...(await trained(quick, true))];
  const all = full ? [...ofQuick, ...(await trained(once, false))] : ofQuick;
  // The verifier itself trains packs here, and single runs where it replays.
  const same = await deviationsOf(verifier, trainOn(verifier), all, stretches);
  return {
    same,
    products: await deviationsOf(verifier, trainOn(products), all, stretches),
    // The software adapter would take hours for default grids.
    webgpu: await deviationsOf(verifier, onGpu, ofQuick, stretches),
    isCut: same.segments < segments,
  };
}

async function write(measured: Readonly<Record<string, Measured>>): Promise<void> {
  const file = path.join(root, 'server', 'measured-tolerances.ts');
  await writeFile(
    file,
    `/** Written by \`npm run calibrate\`; what it means stands in \`tolerances.ts\`. */
import type { Measured } from './tolerances.ts';

export const MEASURED: Readonly<Record<string, Measured>> = ${JSON.stringify(measured)};
`,
  );
  spawnSync('npx', ['biome', 'check', '--write', file], { cwd: root });
}

async function main(ids: readonly string[], options: Options): Promise<void> {
  const chosen = studies.filter((s) => ids.length === 0 || ids.includes(s.id));
  const { page, dispose } = await openPage('compute/engines/browser-venue.ts');
  const onGpu: Train = async (...of) =>
    (
      await page.evaluate(
        ([pack, from, until]) =>
          globalThis.venue.train({ backend: 'webgpu', machine: 'fused' }, pack, from, until),
        of,
      )
    ).states;
  const measured: Record<string, Measured> = { ...MEASURED };
  try {
    for (const study of chosen) {
      const found = await measure(study, options, onGpu);
      const { same, products, webgpu, isCut } = found;
      const entry: Measured = {
        ...{ version: study.version, segments: products.segments + webgpu.segments },
        deviation: Number(Math.max(same.worst, products.worst, webgpu.worst).toPrecision(2)),
        ...(isCut ? { cut: true } : {}),
      };
      const tolerance = toleranceOf(study, { [study.id]: entry });
      console.log(JSON.stringify({ study: study.id, ...found, tolerance }));
      if (CLEARLY * tolerance < UNTRAINED) measured[study.id] = entry;
      else {
        delete measured[study.id];
        console.error(
          `${study.id} is left out: by ${tolerance} a state that was not trained at all would not be found invalid.`,
        );
      }
      await write(measured);
    }
  } finally {
    await dispose();
  }
}

const Count = z.coerce.number({ error: 'takes a whole number.' }).int().positive().nullable();
const Given = z.object({
  full: z.boolean().default(false),
  packs: Count.default(null),
  stretches: Count.default(null),
});

const command = new Command('calibrate')
  .argument('[ids...]', 'studies; without, all')
  .option('--full', 'one seed of the default grid too')
  .option('--packs <n>', 'so many of each grid; without, all')
  .option('--stretches <n>', 'so many of each pack; without, all of it');
command.parse();
await main(command.args, Given.parse(command.opts()));
process.exit(0);
