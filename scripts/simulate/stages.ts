/**
 * Stages of the simulated coordinator, as `server/stages.ts` and `last-states.ts` say them in SQL: when a run
 * that stands on others may be leased (T1), with which states (T2), and what stands on runs that left (T3).
 */
import type { RunInput } from '../../compute/programs/program.ts';
import { hashAt, type SubmittedRun } from '../../server/validate.ts';
import { isOpen } from './audits.ts';
import type { Dispatch } from './dispatch.ts';
import type { DeviceRow, LastRow, ShardRow, Store } from './store.ts';
import { digestOf, type GivenRun, type SimulatedRun, type State } from './training.ts';

/** What there is of a run that others stand on. */
export interface Standing {
  readonly isAccepted: boolean;
  /** Segments of it that are not settled. */
  readonly unsettled: number;
  /** Its last state has come, or it diverged. */
  readonly hasEnded: boolean;
}

/** Whether nothing is missing of it (T1). */
export const isThere = ({ isAccepted, unsettled, hasEnded }: Standing): boolean =>
  isAccepted && unsettled === 0 && hasEnded;

export interface Stages {
  /** Asks for the last states of those runs of a result that has just been accepted that others stand on. */
  askLast(
    row: ShardRow,
    attempt: number,
    device: DeviceRow,
    results: readonly SubmittedRun[],
  ): void;
  /** Takes a last state; false if it is not the one that was committed. */
  keep(last: LastRow, state: State | null): boolean;
  /** Something of these runs is there now, or not any more. */
  settle(inputs: readonly SimulatedRun[]): void;
  /** The run with the last states of what it stands on. Throws if one of those is not there. */
  given(run: SimulatedRun): GivenRun;
  /** The same as a lease says it, for runs that stand on others. */
  inputsOf(runs: readonly SimulatedRun[]): ReadonlyMap<string, readonly RunInput[]>;
  /** Shards with a run that stands on one of these, through all stages. */
  standingOn(inputs: readonly SimulatedRun[]): readonly ShardRow[];
  /** Takes the runs of a shard out of it: they wait again. */
  takeOut(row: ShardRow): void;
}

export function createStages(
  runs: readonly SimulatedRun[],
  { store, dispatch, there }: { store: Store; dispatch: Dispatch; there: typeof isThere },
): Stages {
  const dependents = new Map<string, SimulatedRun[]>();
  for (const run of runs)
    for (const { id } of run.standsOn) dependents.set(id, [...(dependents.get(id) ?? []), run]);

  const resultOf = (id: string) => store.places.get(id)?.results.find((r) => r.run === id);
  const lastOf = (id: string) => store.places.get(id)?.lasts.find((l) => l.run === id);

  function standingOf({ id }: SimulatedRun): Standing {
    const row = store.places.get(id);
    const accepted = row?.shard.accepted ?? null;
    if (row === undefined || accepted === null)
      return { isAccepted: false, unsettled: 0, hasEnded: false };
    const open = row.audits.filter((a) => a.attempt === accepted && isOpen(a));
    const diverged = resultOf(id)?.outcome.kind === 'diverged';
    const hasEnded = diverged || (lastOf(id)?.state ?? null) !== null;
    return { isAccepted: true, unsettled: open.length, hasEnded };
  }

  function resettle(run: SimulatedRun): void {
    if (store.places.has(run.id)) return;
    dispatch.settled(
      run,
      run.standsOn.every((input) => there(standingOf(input))),
    );
  }

  function given(run: SimulatedRun): GivenRun {
    const inputs = run.standsOn.map(({ id }): State | null => {
      const result = resultOf(id);
      if (result === undefined) throw new Error(`${run.id} stands on ${id}, which is not there.`);
      return lastOf(id)?.state ?? null;
    });
    return { ...run, inputs };
  }

  return {
    askLast(row, attempt, device, results) {
      row.lasts = results.flatMap((result) => {
        const { run, outcome } = result;
        const { program } = row;
        const digest = hashAt({ ...result, program }, program.steps);
        if (!dependents.has(run) || outcome.kind === 'diverged' || digest === null) return [];
        const at = { run, step: program.steps, shard: row, attempt, device, digest };
        return [{ id: `l${row.id}/${attempt}/${run}`, ...at, state: null }];
      });
      for (const last of row.lasts) store.lasts.set(last.id, last);
    },
    keep(last, state) {
      if (state === null || digestOf(state) !== last.digest) return false;
      last.state = state;
      return true;
    },
    settle: (inputs) => {
      for (const { id } of inputs) for (const run of dependents.get(id) ?? []) resettle(run);
    },
    given,
    inputsOf: (asked) =>
      new Map(
        asked
          .filter(({ standsOn }) => standsOn.length > 0)
          .map((run) => {
            const { inputs } = given(run);
            const own = run.standsOn.map(({ seed, hyper }, i): RunInput => {
              const state = inputs[i] ?? null;
              return { seed, hyper, sha256: state === null ? null : digestOf(state) };
            });
            return [run.id, own];
          }),
      ),
    standingOn(inputs) {
      const found = new Set<ShardRow>();
      let last = inputs;
      while (last.length > 0) {
        const rows = last
          .flatMap(({ id }) => dependents.get(id) ?? [])
          .flatMap(({ id }) => store.places.get(id) ?? [])
          .filter((row) => !found.has(row));
        for (const row of rows) found.add(row);
        // Who shares a shard with one of them leaves with it.
        last = [...new Set(rows)].flatMap((row) => row.runs);
      }
      return [...found];
    },
    takeOut(row) {
      const { runs: all } = row;
      row.runs = [];
      for (const { id } of all) store.places.delete(id);
      for (const run of all) resettle(run);
    },
  };
}
