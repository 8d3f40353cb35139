/** People who look at a room: when is each of them told of each run? */
import type { JobOf } from './coordinator-jobs.ts';
import type { InPlace } from './coordinator-load.ts';
import { connect, join, moment } from './coordinator-people.ts';

/** The last deltas have so long to come: many times what is promised. */
const LAST_MS = 2_000;

export async function viewers(job: JobOf<'viewers'>): Promise<InPlace<'viewers'>> {
  const told: Record<string, number>[] = [];
  let points = 0;
  for (let i = 0; i < job.viewers; i++) {
    const person = await connect(job.url);
    const mine: Record<string, number> = {};
    told.push(mine);
    person.on('room.delta', ({ runs }) => {
      const now = moment();
      for (const { id } of runs) mine[id] ??= now;
    });
    const { delta } = await join(person, job.code);
    const panels = new Map<string, number>();
    for (const { traces } of delta.runs) {
      for (const [panel, lines] of Object.entries(traces)) {
        const here = lines.reduce((sum, line) => sum + line.x.length, 0);
        panels.set(panel, (panels.get(panel) ?? 0) + here);
      }
    }
    points = Math.max(0, ...panels.values());
  }
  return {
    ready: { points },
    async finish() {
      await new Promise((resolve) => setTimeout(resolve, LAST_MS));
      return { told };
    },
  };
}
