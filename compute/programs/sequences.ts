/**
 * What a transformer reads, and what its answers are measured by: of repeated random sequences the losses by
 * occurrence and what the heads do, of a text the loss on windows of what is held out.
 */
import { headScores } from '../observables/heads.ts';
import { lossesOf, nextSymbolLoss } from './next-symbol.ts';
import type { TransformerSpec } from './program.ts';
import { probeSequences, type RepeatsSpec, sequencesAt } from './repeats.ts';
import { isText, probeWindows, type Text, type TextSpec, windowsAt } from './text.ts';

export interface Sequences {
  /** Symbols of an update, fresh at every step: [batch × (context + 1)]. */
  at(seed: number, step: number): Int32Array;
  /** What a run is observed on at every record. */
  probe(seed: number): Probe;
}

export interface Probe {
  /** [probe × (context + 1)]. */
  readonly symbols: Int32Array;
  /**
   * What a record holds, by column.
   * @param logits of the probe: [probe × context × vocabulary]
   * @param patterns of each layer, [probe × heads × context × context]; none where heads are not observed
   * @param weights by name, see `transformer.ts`; none either
   */
  measured(
    logits: ArrayLike<number>,
    patterns: readonly ArrayLike<number>[],
    weights: Readonly<Record<string, ArrayLike<number>>>,
  ): Readonly<Record<string, number>>;
}

/** @param text what is read where the task is a text. Throws where a spec asks for what its task has not. */
export function sequencesOf(spec: TransformerSpec, text: Text | null): Sequences {
  const { task } = spec;
  if (!isText(task)) return repeated({ ...spec, task });
  if (text === null) throw new Error('A transformer that reads a text needs one.');
  return windows({ ...spec, task }, text);
}

function repeated(spec: TransformerSpec<RepeatsSpec>): Sequences {
  const { task, batch, probe } = spec;
  if (task.longest > task.vocabulary || task.shortest > task.longest)
    throw new Error('A period is at least the shortest and at most the number of symbols.');
  return {
    at: (seed, step) => sequencesAt(task, seed, step, batch).symbols,
    probe(seed) {
      const drawn = probeSequences(task, seed, probe);
      return {
        symbols: drawn.symbols,
        measured: (logits, patterns, weights) => ({
          ...lossesOf(task, drawn, logits),
          ...headScores(spec, drawn, patterns, weights),
        }),
      };
    },
  };
}

function windows(spec: TransformerSpec<TextSpec>, text: Text): Sequences {
  const { task, batch, probe, observe } = spec;
  if (observe.some((o) => o !== 'loss'))
    throw new Error('Of a text the loss alone is observed: it does not repeat by periods.');
  // The same for every run, as a validation set is: then what it happens to hold parts no two of them.
  const symbols = probeWindows(text, task.context, probe);
  const held: Probe = {
    symbols,
    measured: (logits) => ({ loss: nextSymbolLoss(task, symbols, logits) }),
  };
  return {
    at: (seed, step) => windowsAt(text, task.context, seed, step, batch),
    probe: () => held,
  };
}
