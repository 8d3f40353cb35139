/**
 * Volunteers without training: the client and the courier are those of a page, and the results have
 * the shape of real ones, columns, hashes and all; the numbers in them are arithmetic.
 */

import { createClient } from '../../client/client.ts';
import { createCourier } from '../../client/courier.ts';
import type { RunResult } from '../../compute/engines/engine.ts';
import { hashOf, packState } from '../../compute/engines/state-bytes.ts';
import type { Pack } from '../../compute/programs/program.ts';
import type { LeasedShard } from '../../compute/volunteer/parts.ts';
import { checkpointSteps, scheduledSteps } from '../../server/validate.ts';
import { type Done, type JobOf, tally } from './coordinator-jobs.ts';
import type { InPlace } from './coordinator-load.ts';
import { moment, newKey } from './coordinator-people.ts';

const DEVICE = { backend: 'webgpu' as const, adapter: 'bench', fallbacks: [], build: 'bench' };
/** As many weights as the program has, about: what is hashed at each checkpoint, and shown when asked for. */
const STATE = { weights: new Float32Array(1_153).fill(0.5) };
const SHOWN = packState(STATE);
const SHA256 = hashOf(STATE);

/** Sharpness that climbs to 2/η and hovers there, with as many digits as a measured one has. */
function resultsOf({ program, runs }: Pack): RunResult[] {
  const steps = Float32Array.from(scheduledSteps(program));
  const outcome = { kind: 'completed' } as const;
  const checkpoints = checkpointSteps(program, outcome);
  // One state for all: drawing them would cost more than the coordinator takes for the whole result.
  const hashes = checkpoints.map((step) => ({ step, sha256: SHA256 }));
  return runs.map(({ id, seed, hyper: { learningRate } }) => {
    const edge = (s: number) => Math.min(1, 0.2 + s / 300) + 0.02 * Math.sin(s + seed);
    const columns = {
      loss: steps.map((s) => (1.1 + Math.sin(s + seed)) / (3 + s)),
      sharpness: steps.map((s) => (2 / learningRate) * edge(s)),
    };
    return { id, outcome, hashes, series: { steps, columns } };
  });
}

export async function volunteers(job: JobOf<'volunteers'>): Promise<InPlace<'volunteers'>> {
  const { codes, perSecond, warmUpSeconds, secondsARun } = job;
  const done: Done<'volunteers'> = {
    ...{ results: [], asks: 0, leaseMs: [], submitMs: [], refused: {}, seconds: 0 },
  };
  let [from, until] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];

  function volunteer(index: number) {
    const key = newKey();
    const client = createClient({ url: job.url, deviceKey: () => key });
    const couriers = codes.map((code) => createCourier(client, code));
    const leased: LeasedShard[] = [];
    let at = index;
    let dry = 0;
    /** The next lease; null when every room said that it has no work. */
    async function lease(): Promise<LeasedShard | null> {
      while (dry < codes.length) {
        const askedAt = moment();
        const answer = await couriers[at % codes.length]?.lease(DEVICE);
        if (answer?.kind === 'lease') {
          if (askedAt >= from) done.leaseMs.push(moment() - askedAt);
          return answer.lease;
        }
        tally(done.refused, answer?.kind === 'none' ? answer.why : 'No answer came to a lease.');
        at += 1;
        dry += 1;
      }
      return null;
    }
    async function submit({ shard, attempt, pack }: LeasedShard): Promise<void> {
      const runs = resultsOf(pack);
      const seconds = secondsARun * runs.length;
      const sentAt = moment();
      const result = { shard, attempt, device: DEVICE, runs, seconds };
      const answer = await couriers[0]?.submit(result);
      const acknowledgedAt = moment();
      if (answer?.kind !== 'counted') {
        const why = answer?.kind === 'not-counted' ? answer.why : 'No answer came to a result.';
        return tally(done.refused, why);
      }
      const shown = answer.asks.map((ask) => ({
        ask,
        start: ask.from === 0 ? null : SHOWN,
        end: SHOWN,
      }));
      await couriers[0]?.show(shown);
      if (acknowledgedAt < from) return;
      done.asks += answer.asks.length;
      done.submitMs.push(acknowledgedAt - sentAt);
      done.results.push({ runs: runs.map(({ id }) => id), sentAt, acknowledgedAt });
    }
    return {
      async inPlace() {
        await new Promise<void>((resolve) => client.onConnected(resolve));
        while (leased.length < job.leasedBefore) {
          const next = await lease();
          if (next === null) return;
          leased.push(next);
        }
      },
      async work(startedAt: number) {
        for (let i = 0; moment() < until; i++) {
          const next = job.leasedBefore > 0 ? (leased.pop() ?? null) : await lease();
          if (next === null) return;
          await submit(next);
          if (perSecond === null) continue;
          // Each keeps its own beat, out of step with the others.
          const beat = (1000 * job.volunteers) / perSecond;
          const due = startedAt + beat * (i + 1 + index / job.volunteers);
          await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - moment())));
        }
      },
    };
  }

  const all = Array.from({ length: job.volunteers }, (_, index) => volunteer(index));
  await Promise.all(all.map((one) => one.inPlace()));
  return {
    ready: {},
    async finish() {
      const startedAt = moment();
      from = startedAt + 1000 * warmUpSeconds;
      until = from + 1000 * job.seconds;
      await Promise.all(all.map((one) => one.work(startedAt)));
      const last = Math.max(from, ...done.results.map((r) => r.acknowledgedAt));
      return { ...done, seconds: (last - from) / 1000 };
    },
  };
}
