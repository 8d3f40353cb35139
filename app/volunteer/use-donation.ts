'use client';
/**
 * Donating this browser, for React: one volunteer a page, its state, and the four buttons. Pauses in
 * a hidden tab unless told to keep going. Results that an earlier visit could not deliver are sent
 * as soon as the page is connected, whether or not anybody presses Donate again.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { VolunteerState } from '../../compute/volunteer/state.ts';
import { createVolunteer, sendOutbox, type Volunteer } from '../../compute/volunteer/volunteer.ts';
import type { Client } from '../net/client.ts';
import { createCourier } from './courier.ts';
import { openOutbox } from './outbox.ts';
import { openWorkerTrainer } from './worker-trainer.ts';

export interface Donation {
  readonly state: VolunteerState;
  start(options: { readonly keepWhenHidden: boolean }): void;
  pause(): void;
  resume(): void;
  stop(): void;
}

const OFF: VolunteerState = { kind: 'off', tally: { shards: 0, runs: 0, unsent: 0 } };

export function useDonation(client: Client, code: string): Donation {
  const [state, setState] = useState<VolunteerState>(OFF);
  const volunteer = useRef<Volunteer | null>(null);
  const keepWhenHidden = useRef(false);

  useEffect(() => {
    const send = () =>
      void openOutbox().then((outbox) => sendOutbox(outbox, createCourier(client, code)));
    if (client.isConnected()) send();
    return client.onConnected(send);
  }, [client, code]);

  useEffect(() => {
    const onVisibility = () => {
      if (document.hidden && !keepWhenHidden.current) volunteer.current?.pause('hidden');
      else if (!document.hidden) volunteer.current?.resume('hidden');
    };
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      document.removeEventListener('visibilitychange', onVisibility);
      volunteer.current?.stop();
      volunteer.current = null;
    };
  }, []);

  const start = useCallback(
    (options: { readonly keepWhenHidden: boolean }) => {
      keepWhenHidden.current = options.keepWhenHidden;
      volunteer.current?.stop();
      const courier = createCourier(client, code);
      void openOutbox().then((outbox) => {
        const mine = createVolunteer({
          courier,
          outbox,
          openTrainer: () =>
            openWorkerTrainer({
              wasmPath: `${location.origin}/tfjs/`,
              allowSoftwareAdapter: allowsSoftwareAdapter(),
            }),
          sleep,
          now: () => performance.now(),
          onState: (s) => {
            if (volunteer.current === mine) setState(s);
          },
        });
        volunteer.current = mine;
        mine.start();
      });
    },
    [client, code],
  );

  return {
    state,
    start,
    pause: useCallback(() => volunteer.current?.pause('person'), []),
    resume: useCallback(() => volunteer.current?.resume('person'), []),
    stop: useCallback(() => volunteer.current?.stop(), []),
  };
}

/**
 * A software WebGPU adapter is slower than wasm, so a volunteer does not get it; for tests, and for
 * whoever wants to see the GPU path without a GPU, `?software-gpu` in the address takes it.
 */
function allowsSoftwareAdapter(): boolean {
  return new URLSearchParams(location.search).has('software-gpu');
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    // Longer than a timer can count means: until woken.
    const timer = Number.isFinite(ms) ? setTimeout(done, ms) : undefined;
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}
