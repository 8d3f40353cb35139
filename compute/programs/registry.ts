/** Every program by its kind. A new program is a spec in `program.ts`, a file beside this one, a line here. */
import { packLinear } from './linear.ts';
import { packMlp } from './mlp.ts';
import type { PackedProgram, ProgramFactory, Tf } from './packed.ts';
import type { Pack } from './program.ts';

/** Packs the runs for the device. */
export const packProgram: ProgramFactory = (tf: Tf, { program, runs }: Pack): PackedProgram => {
  switch (program.kind) {
    case 'mlp':
      return packMlp(tf, program, runs);
    case 'linear':
      return packLinear(tf, program, runs);
  }
};
