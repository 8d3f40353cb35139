/**
 * The aggregates: results that count, folded by the real code into the lines of their cells. Cells are
 * folded within ten minutes after they change, all that changed at once, where the coordinator does it
 * with each batch of results: what is left to fold is stored, as the results are.
 */
import type { RunRecord, VerdictState } from '../../compute/studies/study.ts';
import { cellLines } from '../../server/aggregate.ts';
import type { SubmittedRun } from '../../server/validate.ts';
import type { ShardRow } from './store.ts';
import type { SimulatedRun } from './training.ts';
import { type Planned, STUDY } from './workload.ts';

/** A result of one run that counts, by the attempt that gave it. */
interface Counted {
  readonly run: string;
  readonly standsOn: SimulatedRun['standsOn'];
  readonly shard: string;
  readonly attempt: number;
  readonly record: RunRecord;
}

export interface Cell {
  readonly counted: readonly Counted[];
  /** Runs of the cell as its chart says. */
  readonly folded: number;
}

export interface Charts {
  add(row: ShardRow, attempt: number, results: readonly SubmittedRun[]): void;
  remove(row: ShardRow, attempt: number): void;
  /** Folds the cells that have changed, and returns them. */
  fold(): readonly Cell[];
  cells(): Iterable<Cell>;
  /** What the analysis says of the first investigation. */
  verdict(): VerdictState;
}

export function createCharts(plans: readonly Planned[]): Charts {
  const cells = plans.map(({ cells: all, comparisons }) =>
    [...all, ...comparisons].map(() => ({ counted: [] as Counted[], folded: 0 })),
  );
  const changed = new Set<{ counted: Counted[]; folded: number }>();
  const cellOf = (investigation: number, index: number) => {
    const cell = cells[investigation]?.[index];
    if (cell === undefined) throw new Error(`There is no cell ${investigation}/${index}.`);
    changed.add(cell);
    return cell;
  };

  return {
    add(row, attempt, results) {
      const byId = new Map(row.runs.map((run) => [run.id, run]));
      for (const { run: id, outcome, series } of results) {
        const run = byId.get(id);
        if (run === undefined) throw new Error(`The run ${id} is not part of its shard.`);
        const { config, seed, standsOn } = run;
        const record: RunRecord = { config, seed, outcome, series };
        const counted = { run: id, standsOn, shard: row.id, attempt, record };
        cellOf(run.investigation, run.cell).counted.push(counted);
      }
    },
    remove(row, attempt) {
      for (const run of row.runs) {
        const cell = cellOf(run.investigation, run.cell);
        cell.counted = cell.counted.filter(
          (c) => c.run !== run.id || c.shard !== row.id || c.attempt !== attempt,
        );
      }
    },
    fold() {
      for (const cell of changed) {
        const records = cell.counted.map((c) => c.record);
        const lines = Object.values(cellLines(STUDY, records, false)).flat();
        // Every run has its row at step 0, so some line has all of them at its first point; but for those
        // that diverge there, which have nothing to show.
        const blank = records.filter(
          ({ outcome }) => outcome.kind === 'diverged' && outcome.step === 0,
        );
        cell.folded = blank.length + Math.max(0, ...lines.map((line) => line.n[0] ?? 0));
      }
      const folded = [...changed];
      changed.clear();
      return folded;
    },
    cells: () => cells.flat(),
    verdict() {
      const [first] = plans;
      const networks = first?.runs.filter(({ standsOn }) => standsOn.length === 0) ?? [];
      const options = { null: false, expected: networks.length };
      const summaries = (cells[0] ?? [])
        .slice(0, first?.cells.length)
        .flatMap(({ counted }) =>
          counted.map(({ record }) => ({ ...record, summary: STUDY.summarise(record, options) })),
        );
      return STUDY.analyse(summaries, options).verdict.state;
    },
  };
}
