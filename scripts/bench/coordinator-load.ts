/**
 * A process that makes load for `coordinator.ts`: it takes one job by message, gets everybody in place,
 * says so, carries it out when told to, says what came of it, and ends.
 */
import { once } from 'node:events';
import { crowd } from './coordinator-crowd.ts';
import { type Done, Job, type Ready } from './coordinator-jobs.ts';
import { viewers } from './coordinator-viewers.ts';
import { volunteers } from './coordinator-volunteers.ts';

/** A job in place: what there is to say of it, and how to carry it out. */
export interface InPlace<K extends Job['kind']> {
  readonly ready: Ready<K>;
  finish(): Promise<Done<K>>;
}

function place(job: Job): Promise<InPlace<Job['kind']>> {
  switch (job.kind) {
    case 'volunteers':
      return volunteers(job);
    case 'viewers':
      return viewers(job);
    case 'crowd':
      return crowd(job);
  }
}

const [message] = await once(process, 'message');
// The bench may have ended: nobody is left to stop us.
process.once('disconnect', () => process.exit(1));
const { ready, finish } = await place(Job.parse(message));
process.send?.(ready);
await once(process, 'message');
process.send?.(await finish(), () => process.exit(0));
