/** People who arrive at an even pace, whether or not those before them are in yet, and stay. */
import { type JobOf, type Ready, tally } from './coordinator-jobs.ts';
import type { InPlace } from './coordinator-load.ts';
import { connect, join, moment, type Person } from './coordinator-people.ts';

export async function crowd(job: JobOf<'crowd'>): Promise<InPlace<'crowd'>> {
  const startedAt = moment();
  const people: Person[] = [];
  const ready: Ready<'crowd'> = { joinMs: [], errors: {} };
  async function arrive(i: number): Promise<void> {
    const at = startedAt + (1000 * i) / job.perSecond;
    await new Promise((resolve) => setTimeout(resolve, at - moment()));
    try {
      const person = await connect(job.url);
      people.push(person);
      await join(person, job.codes[i % job.codes.length] ?? '');
      ready.joinMs.push(moment() - at);
    } catch (error) {
      tally(ready.errors, error instanceof Error ? error.message : String(error));
    }
  }
  await Promise.all(Array.from({ length: job.people }, (_, i) => arrive(i)));
  return {
    ready,
    finish: async () => ({ connected: people.filter((p) => p.connected).length }),
  };
}
