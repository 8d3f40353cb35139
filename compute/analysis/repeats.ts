/**
 * What can be said of repeated random sequences before any training: the least cross-entropies of the next
 * symbol that anybody can reach, in closed form. Of a sequence's first period nothing is known but that its
 * symbols differ and when it may end; after it, all is known by copying.
 */
import type { RepeatsSpec } from '../programs/repeats.ts';

type Task = Pick<RepeatsSpec, 'vocabulary' | 'shortest' | 'longest'>;

const periodsOf = ({ shortest, longest }: Task) =>
  Array.from({ length: longest - shortest + 1 }, (_, i) => shortest + i);

/**
 * Mean over positions whose next symbol is new. After t + 1 different symbols the period ends with
 * h = P(p = t + 1 | p ≥ t + 1), and if not, the next one is any of the V − t − 1 others: −ln (1 − h)/(V − t − 1).
 */
export function leastFirstLoss(task: Task): number {
  let [sum, count] = [0, 0];
  for (const period of periodsOf(task)) {
    for (let t = 0; t + 1 < period; t++) {
      const ends = t + 1 >= task.shortest ? 1 / (task.longest - t) : 0;
      sum += Math.log((task.vocabulary - t - 1) / (1 - ends));
      count += 1;
    }
  }
  return sum / count;
}

/**
 * Mean over positions that an earlier copy foretells, of who knows which symbols the sequence has and not their
 * order: any of the p − 1 others. Copying loses nothing there.
 */
export function orderlessRepeatLoss(task: RepeatsSpec): number {
  let [sum, count] = [0, 0];
  for (const period of periodsOf(task)) {
    const positions = Math.max(0, task.context - period);
    sum += positions * Math.log(period - 1);
    count += positions;
  }
  return sum / count;
}
