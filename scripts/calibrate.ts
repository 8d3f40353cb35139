/**
 * `npm run calibrate [ID …]`: how far honest devices of other numeric classes come out from the
 * verifier, segment by segment. Trains the quick grid of each study and its null (one tolerance is for
 * both), and one seed of each cell of the default grid with `--full`, by packed products and on WebGPU,
 * replays every segment as the verifier does, and writes what it measured into `server/measured-tolerances.ts`.
 */
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import type { Engine, RunResult } from '../compute/engines/engine.ts';
import { openEngine } from '../compute/engines/open.ts';
import type { PlannedRun } from '../compute/engines/pack.ts';
import {
  firstRow,
  reachOf,
  replaySegment,
  rowsOfSegment,
  scalesOf,
} from '../compute/engines/replay.ts';
import type { Pack } from '../compute/programs/program.ts';
import { plannedPacks } from '../compute/studies/grid.ts';
import { studies } from '../compute/studies/registry.ts';
import { createShelf } from '../compute/studies/shelf.ts';
import type { Study } from '../compute/studies/study.ts';
import { localFiles } from '../data/local.ts';
import { MEASURED } from '../server/measured-tolerances.ts';
import { type Measured, toleranceOf } from '../server/tolerances.ts';
import { judge, segmentsOf } from '../server/trust.ts';
import { openPage } from './browser.ts';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const wasmPath = `${path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`;
const files = localFiles();

/** Deviation of a state that was not trained at all: as far off as it should have moved. */
const UNTRAINED = 1;

interface Trained {
  readonly pack: Pack;
  readonly results: readonly RunResult[];
}

type Planned = readonly PlannedRun[];

/** Packs in the order in which they can be trained, grid by grid. */
function packsOf(study: Study, full: boolean): readonly (readonly Planned[])[] {
  const { quick, default: whole } = study.grids;
  const once = { ...whole, seeds: whole.seeds.slice(0, 1) };
  return [
    plannedPacks(study, quick, { null: false }),
    plannedPacks(study, quick, { null: true }),
    ...(full ? [plannedPacks(study, once, { null: false })] : []),
  ];
}

/** Trains every pack, what stands on others after those. */
async function trainedBy(
  train: (pack: Pack) => Promise<readonly RunResult[]>,
  grids: readonly (readonly Planned[])[],
): Promise<Trained[]> {
  const all: Trained[] = [];
  for (const packs of grids) {
    const shelf = createShelf(packs.flat());
    for (const planned of packs) {
      const pack = shelf.packOf(planned);
      const results = await train(pack);
      shelf.put(planned, results);
      all.push({ pack, results });
    }
  }
  return all;
}

const trainedHere = (engine: Engine, grids: readonly (readonly Planned[])[]) =>
  trainedBy(async (pack) => {
    const training = await engine.start(pack);
    while (!(await training.advance()));
    const results = training.results();
    training.dispose();
    return results;
  }, grids);

/** Deviations of every segment, as the verifier would find them. */
async function deviations(verifier: Engine, { pack, results }: Trained): Promise<number[]> {
  const found: number[] = [];
  for (const { id, series, outcome, kept = [] } of results) {
    const run = pack.runs.find((r) => r.id === id);
    if (run === undefined) continue;
    // The first state is not kept, as it follows from the seed.
    const checkpoints = [0, ...kept.map((k) => k.step)];
    const columns = scalesOf(series);
    for (const { from, to } of segmentsOf({ run: id, checkpoints, diverged: null })) {
      const state = kept.find((k) => k.step === from) ?? null;
      const { start, ...replayed } = await replaySegment(verifier, {
        ...{ program: pack.program, run, first: firstRow(series), to },
        from: from === 0 ? null : state,
      });
      const claimed = {
        end: kept.find((k) => k.step === to)?.arrays ?? null,
        rows: rowsOfSegment(series, from, to),
        diverged: outcome.kind === 'diverged' && outcome.step === to ? to : null,
      };
      const reach = reachOf(pack.program, run.hyper, to);
      found.push(judge(claimed, replayed, start, 0, { columns, reach }).deviation);
    }
  }
  return found;
}

async function main(ids: readonly string[], full: boolean): Promise<void> {
  const chosen = studies.filter((s) => ids.length === 0 || ids.includes(s.id));
  const { page, dispose } = await openPage('compute/engines/browser-venue.ts');
  const measured: Record<string, Measured> = { ...MEASURED };
  try {
    for (const study of chosen) {
      const packs = packsOf(study, full);
      const onProducts = await trainedHere(
        await openEngine({ backend: 'wasm', machine: 'packed', wasmPath, files }),
        packs,
      );
      // The software adapter would take hours for default grids.
      const onGpu = await trainedBy(
        async (pack) => {
          const { results } = await page.evaluate(
            (p) => globalThis.venue.train({ backend: 'webgpu', machine: 'fused' }, p),
            pack,
          );
          return results;
        },
        packsOf(study, false),
      );
      const verifier = await openEngine({ backend: 'wasm', wasmPath, files });
      const own = await trainedHere(verifier, packs);
      const worst = async (all: readonly Trained[]) => {
        const each: number[] = [];
        for (const trained of all) each.push(...(await deviations(verifier, trained)));
        return { worst: Math.max(...each), segments: each.length };
      };
      const [same, products, webgpu] = [
        await worst(own),
        await worst(onProducts),
        await worst(onGpu),
      ];
      const worstOf = Math.max(products.worst, webgpu.worst);
      const entry: Measured = {
        ...{ version: study.version, segments: products.segments + webgpu.segments },
        deviation: Number(worstOf.toPrecision(2)),
      };
      const tolerance = toleranceOf(study.id, { [study.id]: entry });
      const line = { study: study.id, same, products, webgpu, tolerance };
      console.log(JSON.stringify(line));
      if (tolerance < UNTRAINED) measured[study.id] = entry;
      else {
        delete measured[study.id];
        console.error(
          `${study.id} is left out: within ${tolerance} a state that was not trained at all would pass.`,
        );
      }
    }
  } finally {
    await dispose();
  }
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

const command = new Command('calibrate')
  .argument('[ids...]', 'studies; without, all')
  .option('--full', 'one seed of the default grid too');
command.parse();
await main(command.args, command.opts<{ full?: boolean }>().full ?? false);
process.exit(0);
