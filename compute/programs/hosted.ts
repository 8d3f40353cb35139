/**
 * A program whose updates are made on the processor, run after run: small ones, where starting a kernel on a GPU takes
 * longer than the update, and such that each update waits for the one before. It computes in float64 by + − × ÷ and √
 * alone, in one order, and keeps float32: what a run computes hangs on nothing but the run, so a replay has the same
 * bits on any machine.
 */

/** Arrays of one run's state by name: `W1`, `m1` … */
export type NamedArrays = Readonly<Record<string, Float32Array>>;

export interface HostedProgram {
  /** In words, for the volunteer and the record. */
  readonly how: string;
  /** Names of the columns that a run records, the loss first. */
  readonly columns: readonly string[];
  /** Names of the arrays that a run's state may have. */
  readonly names: readonly string[];
  /** One run's state at its start: a function of its seed alone. */
  initial(run: number): NamedArrays;
  /** Makes update `step` (the first one is 0) of a run, in place. */
  update(run: number, state: NamedArrays, step: number): void;
  /** What a record tells of one run, by column. */
  read(run: number, state: NamedArrays): Readonly<Record<string, number>>;
}

/** An array that a state has to have. Throws where it has none of that name. */
export function arrayOf(state: NamedArrays, name: string): Float32Array {
  const array = state[name];
  if (array === undefined) throw new Error(`The state has no array ${name}.`);
  return array;
}
