/** A volunteer of this page: its courier, outbox and worker. Loaded when it is needed. */
import type { Client } from '../../client/client.ts';
import { createCourier } from '../../client/courier.ts';
import type { SentOptions } from '../../compute/volunteer/messages.ts';
import { sendOutbox } from '../../compute/volunteer/send-outbox.ts';
import { sleep } from '../../compute/volunteer/sleep.ts';
import type { VolunteerState } from '../../compute/volunteer/state.ts';
import { createVolunteer, type Volunteer } from '../../compute/volunteer/volunteer.ts';
import { openOutbox } from './outbox.ts';
import { openWorkerTrainer } from './worker-trainer.ts';

/** A volunteer for a room, ready to start. */
export async function openVolunteer(
  client: Client,
  code: string,
  trainer: SentOptions,
  onState: (state: VolunteerState) => void,
): Promise<Volunteer> {
  const outbox = await openOutbox();
  return createVolunteer({
    ...{ courier: createCourier(client, code), outbox, sleep, onState },
    openTrainer: () => openWorkerTrainer(trainer),
    now: () => performance.now(),
  });
}

/** Sends what an earlier visit could not deliver. */
export async function sendKept(client: Client, code: string): Promise<void> {
  await sendOutbox(await openOutbox(), createCourier(client, code));
}
