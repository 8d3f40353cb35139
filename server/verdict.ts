/**
 * The verdict of an investigation, or what it was to somebody who had seen less: a pure function of the
 * stored summaries, worked out in a thread. Nobody is kept waiting for it who can do with the last one;
 * the last one is remembered, and lost without harm.
 */
import type { Analysis } from '../compute/studies/study.ts';
import { type Analysed, analysed, type ToAnalyse } from './analyse.ts';
import { type Evidence, evidenceOf } from './evidence.ts';
import { studyOf } from './fold.ts';
import type { Investigation } from './investigations.ts';
import { type Recorded, recordedPredictions, withWhatCame } from './predictions.ts';
import type { RoomVerdict } from './protocol.ts';
import type { Tx } from './sequence.ts';
import { summariesAsText } from './summaries.ts';
import { openThread, type Thread } from './thread.ts';

/** Whether the evidence that people see is to stay: then it is shown with its own verdict, and no earlier one. */
export const standsStill = ({ state, frozenAt }: Investigation): boolean =>
  state === 'concluded' || frozenAt !== null;

/** The last verdict that was worked out of each room, those that were asked for last at the end. */
const kept = new Map<string, RoomVerdict>();
const MOST_KEPT = 1_024;
/** Who asks while it is worked out waits for the same answer. */
const underWay = new Map<string, Promise<RoomVerdict>>();

/** The last verdict that was worked out here; null if none was, or it is forgotten. */
export function lastVerdict({ id }: Investigation): RoomVerdict | null {
  const known = kept.get(id);
  if (known === undefined) return null;
  keep(id, known);
  return known;
}

function keep(id: string, verdict: RoomVerdict): void {
  const before = kept.get(id);
  kept.delete(id);
  kept.set(id, before !== undefined && before.evidence > verdict.evidence ? before : verdict);
  const [oldest] = kept.keys();
  if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
}

/** The verdict of all the evidence in this snapshot. Waits until it is worked out. */
export async function verdictOf(
  tx: Tx,
  found: Investigation,
  evidence: Evidence,
): Promise<RoomVerdict> {
  return await (await verdictIn(tx, found, evidence)).verdict;
}

/**
 * Reads what the verdict of this snapshot stands on, and has it worked out. Resolves when it was read: nobody
 * need keep the snapshot until `verdict` is there.
 */
export async function verdictIn(
  tx: Tx,
  found: Investigation,
  { evidence, ofRuns }: Evidence,
): Promise<{ readonly verdict: Promise<RoomVerdict> }> {
  const known = lastVerdict(found);
  if (known?.evidence === evidence) return { verdict: Promise.resolve(known) };
  const key = `${found.id} ${evidence}`;
  const asked = underWay.get(key);
  if (asked !== undefined) return { verdict: asked };
  const recorded = await recordedPredictions(tx, found);
  const runs = await summariesAsText(tx, found, found.seq);
  const verdict = underWay.get(key) ?? workedOut(found, { evidence, ofRuns, runs, recorded });
  underWay.set(key, verdict);
  const forget = () => underWay.delete(key);
  verdict.then(forget, forget);
  return { verdict };
}

interface Read {
  readonly evidence: number;
  readonly ofRuns: number;
  readonly runs: string;
  readonly recorded: readonly Recorded[];
}

async function workedOut(found: Investigation, read: Read): Promise<RoomVerdict> {
  const { evidence, ofRuns, runs, recorded } = read;
  const predicted = recorded.map(({ asked }) => asked);
  const { analysis, came } = await answer(found, { expected: ofRuns, runs, predicted });
  const predictions = recorded.map((one, i) => withWhatCame(one, came[i]));
  const verdict = { evidence, analysis, predictions };
  keep(found.id, verdict);
  return verdict;
}

/** What the runs said that had come under this number, of those that are in. */
export async function analysisAt(tx: Tx, found: Investigation, upTo: number): Promise<Analysis> {
  const { ofRuns: expected } = await evidenceOf(tx, found);
  const runs = await summariesAsText(tx, found, upTo);
  return (await answer(found, { expected, runs, predicted: [] })).analysis;
}

const NO_RUNS = '[]';
let thread: Thread<ToAnalyse, Analysed> | null = null;

async function answer(
  found: Investigation,
  of: Omit<ToAnalyse, 'study' | 'isNull'>,
): Promise<Analysed> {
  const asked = { ...of, isNull: found.isNull };
  // Of nothing there is nothing to work out, and no thread to start.
  if (of.runs === NO_RUNS) return analysed(studyOf(found), asked);
  return await openAnalyst().ask({ ...asked, study: found.study });
}

/** Starts the thread in which verdicts are worked out, so that the first need not wait for it. */
export function openAnalyst(): Thread<ToAnalyse, Analysed> {
  const file = new URL('./analysis.thread.mjs', import.meta.url);
  thread ??= openThread(file, 'The thread of the verdicts', () => {
    thread = null;
  });
  return thread;
}
