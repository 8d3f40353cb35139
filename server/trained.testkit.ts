/** What volunteers of tests do with real training: train a lease, submit it, show what is asked for. */
import type { Engine, RunResult, RunState } from '../compute/engines/engine.ts';
import { joined, packResults } from '../compute/engines/result-bytes.ts';
import { packState } from '../compute/engines/state-bytes.ts';
import type { person } from './coordinator.testkit.ts';
import type { Ask, Lease, RequestInput } from './protocol.ts';

/** Trains a lease to its end, from these states or from its seeds. */
export async function trained(
  engine: Engine,
  { pack }: Lease,
  from?: readonly RunState[],
): Promise<readonly RunResult[]> {
  const training = await engine.start(pack, from);
  while (!(await training.advance()));
  const results = training.results();
  training.dispose();
  return results;
}

/** What a lease came to, as its holder submits it. */
export function resultOf(
  { shard, attempt }: Lease,
  runs: readonly RunResult[],
  device: RequestInput<'result.submit'>['device'],
): RequestInput<'result.submit'> {
  return { ...{ shard, attempt, device }, ...packResults(runs) };
}

/** The states at the ends of a segment, of the runs that committed them; none at step 0, which follows from the seed. */
export function answerTo(
  { audit, run, from, to }: Ask,
  runs: readonly Pick<RunState, 'id' | 'kept'>[],
): RequestInput<'audit.answer'> {
  const kept = runs.find((r) => r.id === run)?.kept ?? [];
  const at = (step: number) => {
    const state = step === 0 ? undefined : kept.find((k) => k.step === step);
    return state === undefined ? null : packState(state.arrays);
  };
  const [start, end] = [at(from), at(to)];
  return {
    answers: [{ audit, start: start?.length ?? null, end: end?.length ?? null }],
    states: joined([start, end].filter((state) => state !== null)),
  };
}

/** Shows one after another what is asked for; the reason, where one is refused. */
export async function show(
  who: Awaited<ReturnType<typeof person>>,
  asks: readonly Ask[],
  runs: readonly RunResult[],
) {
  for (const ask of asks) {
    const reply = await who.ask('audit.answer', answerTo(ask, runs));
    if (!reply.ok) return reply.reason;
  }
  return 'shown';
}
