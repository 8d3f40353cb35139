import { expect, test } from 'vitest';
import { localFiles } from '../../data/local.ts';
import type { Measured } from '../programs/measured.ts';
import { HYPER, type Pack } from '../programs/program.ts';
import { openEngine } from './open.ts';
import { firstRow, replaySegment } from './replay.ts';

const MEASURED: readonly Measured[] = [
  { kind: 'radial', photograph: 'march-pastoral', side: 64 },
  { kind: 'patches', photographs: ['march-pastoral'], side: 4, pool: 1 },
  { kind: 'digits', images: 32, pool: 7 },
  { kind: 'words', passage: 20, ranks: 100 },
];
const packOf = (of: Measured): Pack => ({
  program: {
    ...{ kind: 'statistics', of, batch: 4, order: 'own' },
    ...{ steps: 8, recordEvery: 2, checkpointEvery: 2 },
  },
  runs: [1, 2].map((seed) => ({ id: `s${seed}`, seed, hyper: HYPER })),
});
const engine = await openEngine({ backend: 'cpu', wasmPath: '', files: localFiles() });

test.each(MEASURED.map((of) => [of.kind, of] as const))(
  'sums of %s go on from a checkpoint, and are replayed, to the very same bits',
  async (_, of) => {
    const pack = packOf(of);
    const whole = await engine.start(pack);
    while (!(await whole.advance()));
    const results = whole.results();
    expect(results.map((r) => r.outcome.kind)).toEqual(['completed', 'completed']);
    expect(results[0]?.hashes.at(-1)).not.toEqual(results[1]?.hashes.at(-1));

    const half = await engine.start(pack);
    while (half.step < 4) await half.advance();
    const resumed = await engine.start(pack, await half.checkpoint());
    while (!(await resumed.advance()));
    expect(resumed.results()).toEqual(results);

    const [, run] = pack.runs;
    const [, second] = results;
    if (run === undefined || second === undefined) throw new Error('The pack has no second run.');
    const from = second.kept?.find(({ step }) => step === 4) ?? null;
    const replayed = await replaySegment(engine, {
      ...{ program: pack.program, run, from, first: firstRow(second.series), to: 6 },
    });
    expect(replayed.end).toEqual(second.kept?.find(({ step }) => step === 6)?.arrays);
    expect(replayed.rows.bin1).toEqual(second.series.columns.bin1?.slice(3, 4));
  },
);
