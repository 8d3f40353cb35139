/**
 * The book: what really happened, kept beside the coordinator by somebody who knows who forged. It
 * checks the coordinator's invariants all along, and at the end counts what the report says.
 */
import type { Cell } from './charts.ts';
import type { ClientKind } from './clients.ts';
import type { ShardRow } from './store.ts';

/** Who made a result, and which of its runs have segments that were not trained. */
export interface Truth {
  readonly kind: ClientKind;
  readonly forged: ReadonlySet<string>;
}

/**
 * Why an attempt left: `invalid` with all that its device gave, `inconclusive` alone, `declined`
 * because its states were not shown; `undone` with what it went on from; `recalled` with what it stood on.
 */
export type Leaving = 'invalid' | 'inconclusive' | 'declined' | 'undone' | 'recalled';

export interface KindTally {
  /** Curves that were accepted provisionally, forged ones only. */
  forged: number;
  forgedAccepted: number;
}

export interface Book {
  /** Remembers by which attempts its runs' inputs count. */
  leased(row: ShardRow, attempt: number): void;
  submitted(row: ShardRow, attempt: number, truth: Truth): void;
  accepted(row: ShardRow, attempt: number): void;
  refusedAsInvalid(row: ShardRow, attempt: number): void;
  left(row: ShardRow, attempt: number, why: Leaving): void;
  /** Run-steps that were trained again by a verifier. */
  replayed(runSteps: number): void;
  /** After a transition. */
  checkShard(row: ShardRow): void;
  /** After a fold. */
  checkCells(cells: Iterable<Cell>): void;
  close(cells: Iterable<Cell>, shards: Iterable<ShardRow>): Closing;
}

export interface Closing {
  readonly lost: number;
  readonly doubled: number;
  readonly honestRejected: number;
  /** Run-steps of replays, and of honest work that was trained again because it left. */
  readonly replayed: number;
  readonly retrained: number;
  /** Comparisons that were accepted, and those among them that stood on a forged network. */
  readonly compared: number;
  readonly spoiled: number;
  /** Accepted runs that left, by cause. */
  readonly left: Readonly<Record<Leaving, number>>;
  readonly kinds: Readonly<Partial<Record<ClientKind, KindTally>>>;
}

const keyOf = (shard: string, attempt: number) => `${shard}#${attempt}`;

/** @param broken is told of an invariant that does not hold */
export function createBook(broken: (what: string) => void): Book {
  const truths = new Map<string, Truth>();
  /** By which attempt a run counts, as volunteers were told. */
  const counts = new Map<string, string>();
  /** By which attempts what a run stands on counted when it was leased, by attempt and run. */
  const standing = new Map<string, readonly (string | undefined)[]>();
  const kinds = new Map<ClientKind, KindTally>();
  const left: Record<Leaving, number> = {
    ...{ invalid: 0, inconclusive: 0, declined: 0, undone: 0, recalled: 0 },
  };
  let [honestRejected, replayed, retrained, lost] = [0, 0, 0, 0];
  let [compared, spoiled] = [0, 0];

  const truthOf = (key: string): Truth => {
    const truth = truths.get(key);
    if (truth === undefined) throw new Error(`Nobody submitted ${key}.`);
    return truth;
  };
  const tallyOf = (kind: ClientKind): KindTally => {
    const tally = kinds.get(kind) ?? { forged: 0, forgedAccepted: 0 };
    kinds.set(kind, tally);
    return tally;
  };

  /** Runs of a shard that stand on a forged one: their curves are wrong, whoever trained them. */
  const spoiledIn = (row: ShardRow, key: string): readonly string[] =>
    row.runs.flatMap(({ id, standsOn }) => {
      const by = standing.get(`${key} ${id}`) ?? [];
      const isSpoiled = standsOn.some((input, i) => truthOf(by[i] ?? '').forged.has(input.id));
      return isSpoiled ? [id] : [];
    });

  return {
    leased(row, attempt) {
      for (const { id, standsOn } of row.runs) {
        if (standsOn.length === 0) continue;
        const by = standsOn.map((input) => counts.get(input.id));
        if (by.includes(undefined)) broken(`The run ${id} was leased before what it stands on.`);
        standing.set(`${keyOf(row.id, attempt)} ${id}`, by);
      }
    },
    submitted(row, attempt, { kind, forged }) {
      const key = keyOf(row.id, attempt);
      truths.set(key, { kind, forged: new Set([...forged, ...spoiledIn(row, key)]) });
    },
    accepted(row, attempt) {
      const key = keyOf(row.id, attempt);
      const { kind, forged } = truthOf(key);
      tallyOf(kind).forged += forged.size;
      compared += row.runs.filter(({ standsOn }) => standsOn.length > 0).length;
      spoiled += spoiledIn(row, key).length;
      for (const { id } of row.runs) {
        const before = counts.get(id);
        if (before !== undefined) broken(`The run ${id} counts by ${before}, and again by ${key}.`);
        counts.set(id, key);
      }
    },
    refusedAsInvalid(row, attempt) {
      const { kind } = truthOf(keyOf(row.id, attempt));
      if (kind === 'honest') honestRejected += row.runs.length;
    },
    left(row, attempt, why) {
      const key = keyOf(row.id, attempt);
      const { kind, forged } = truthOf(key);
      left[why] += row.runs.length;
      const blamed = why === 'invalid' || why === 'inconclusive';
      if (kind === 'honest' && blamed) honestRejected += row.runs.length;
      for (const { id, program } of row.runs) {
        if (!forged.has(id)) retrained += program.steps;
        if (counts.get(id) !== key) broken(`The run ${id} left by ${key} and did not count by it.`);
        counts.delete(id);
      }
    },
    replayed(runSteps) {
      replayed += runSteps;
    },
    checkShard({ id, shard }) {
      const accepted = shard.attempts.filter((a) => a.state === 'accepted').map((a) => a.number);
      if (accepted.length > 1 || (accepted[0] ?? null) !== shard.accepted)
        broken(`The shard ${id} counts by ${shard.accepted}, accepted are ${accepted.join(', ')}.`);
    },
    checkCells(cells) {
      for (const { counted, folded } of cells) {
        if (folded !== counted.length)
          broken(`A chart says ${folded} runs where ${counted.length} were counted.`);
        for (const { run, standsOn, shard, attempt } of counted) {
          const key = keyOf(shard, attempt);
          if (counts.get(run) !== key)
            broken(`The run ${run} is on a chart by ${shard}#${attempt}, which does not count.`);
          const by = standing.get(`${key} ${run}`) ?? [];
          if (standsOn.some(({ id }, i) => counts.get(id) !== by[i]))
            broken(`The run ${run} is on a chart, and what it stood on does not count.`);
        }
      }
    },
    close(cells, shards) {
      const onCharts = new Set<string>();
      let doubled = 0;
      for (const { counted, folded } of cells) {
        doubled += Math.max(0, folded - new Set(counted.map((c) => c.run)).size);
        for (const { run, shard, attempt } of counted) {
          const key = keyOf(shard, attempt);
          onCharts.add(`${run} ${key}`);
          const { kind, forged } = truthOf(key);
          if (forged.has(run)) tallyOf(kind).forgedAccepted += 1;
        }
      }
      const accepted = new Set([...shards].map((s) => keyOf(s.id, s.shard.accepted ?? 0)));
      for (const [run, key] of counts)
        if (!onCharts.has(`${run} ${key}`) || !accepted.has(key)) lost += 1;
      const tallies = Object.fromEntries(kinds);
      const work = { honestRejected, replayed, retrained, compared, spoiled };
      return { lost, doubled, ...work, left, kinds: tallies };
    },
  };
}
