/** Our engine, through the interface that volunteers use. */
import type { Engine } from '../../compute/engines/engine.ts';
import type { Pack } from '../../compute/programs/program.ts';
import type { Side } from './side.ts';

/** Trains `pack` for `steps` updates as the engine sees fit, recording nothing but start and end. */
export async function ourSide(engine: Engine, pack: Pack, steps: number): Promise<Side> {
  const schedule = { steps, recordEvery: steps, checkpointEvery: steps };
  const training = await engine.start({ ...pack, program: { ...pack.program, ...schedule } });
  return {
    runs: pack.runs.length,
    get how() {
      return training.how;
    },
    async advance() {
      const before = training.step;
      await training.advance();
      return training.step - before;
    },
    async weights() {
      const [first] = await training.checkpoint();
      return Object.entries(first?.arrays ?? {})
        .filter(([name]) => name.startsWith('W'))
        .map(([, array]) => array);
    },
    dispose: () => training.dispose(),
  };
}
