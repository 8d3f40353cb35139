'use client';
/**
 * Donating this browser, for React: one volunteer a page, its state, and the four buttons. Pauses in
 * a hidden tab unless told to keep going. Results that an earlier visit could not deliver are sent
 * as soon as the page is connected, whether or not anybody presses Donate again.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Client } from '../../client/client.ts';
import type { EngineOptions } from '../../compute/engines/engine.ts';
import type { VolunteerState } from '../../compute/volunteer/state.ts';
import type { Volunteer } from '../../compute/volunteer/volunteer.ts';
import { optionsHere } from './options-here.ts';

/** Which engine: the best there is, or one way of computing for whoever wants to compare. */
export type EngineChoice = 'automatic' | 'fused' | 'packed' | 'wasm';

export interface DonationOptions {
  readonly keepWhenHidden: boolean;
  /** Share of the time to compute. */
  readonly share: number;
  readonly engine: EngineChoice;
}

export interface Donation {
  readonly state: VolunteerState;
  start(options: DonationOptions): void;
  /** Computes for this share of the time from now on. */
  limit(share: number): void;
  pause(): void;
  resume(): void;
  stop(): void;
}

const ENGINES: Readonly<Record<EngineChoice, Pick<EngineOptions, 'backend' | 'machine'>>> = {
  automatic: {},
  fused: { backend: 'webgpu', machine: 'fused' },
  packed: { backend: 'webgpu', machine: 'packed' },
  wasm: { backend: 'wasm' },
};
/** What only a donor needs, or whoever has results left over, is not part of the page's first load. */
const donating = () => import('./donating.ts');
const NOT_FETCHED =
  'The part of this page that trains could not be fetched. Check the connection and try again.';
const OFF: VolunteerState = { kind: 'off', tally: { shards: 0, runs: 0, unsent: 0 } };

export function useDonation(client: Client, code: string): Donation {
  const [state, setState] = useState<VolunteerState>(OFF);
  const volunteer = useRef<Volunteer | null>(null);
  const keepWhenHidden = useRef(false);

  useEffect(() => {
    // Who cannot be reached now is tried at the next connection.
    const send = () =>
      void donating()
        .then(({ sendKept }) => sendKept(client, code))
        .catch(() => {});
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
    (options: DonationOptions) => {
      keepWhenHidden.current = options.keepWhenHidden;
      volunteer.current?.stop();
      const begun = donating().then(async ({ openVolunteer }) => {
        const trainer = { ...ENGINES[options.engine], ...optionsHere() };
        const mine = await openVolunteer(client, code, trainer, (s) => {
          if (volunteer.current === mine) setState(s);
        });
        volunteer.current = mine;
        mine.limit(options.share);
        mine.start();
      });
      begun.catch(() => setState({ ...OFF, kind: 'failed', message: NOT_FETCHED }));
    },
    [client, code],
  );

  return {
    state,
    start,
    pause: useCallback(() => volunteer.current?.pause('person'), []),
    resume: useCallback(() => volunteer.current?.resume('person'), []),
    limit: useCallback((share: number) => volunteer.current?.limit(share), []),
    stop: useCallback(() => volunteer.current?.stop(), []),
  };
}
