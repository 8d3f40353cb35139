'use client';
/** Lending this browser: what will run before the click, what runs after it, and the way out. */
import { useId, useState } from 'react';
import type { DeviceInfo } from '../../compute/engines/engine.ts';
import type { Study } from '../../compute/studies/study.ts';
import type { VolunteerState } from '../../compute/volunteer/state.ts';
import type { InvestigationState } from '../../server/protocol.ts';
import { getClient } from '../net/client.ts';
import { formatAmount, formatDuration, plural } from '../ui/text.ts';
import { type EngineChoice, useDonation } from '../volunteer/use-donation.ts';
import { EngineField, ShareField } from './donate-fields.tsx';
import styles from './donate-panel.module.css';

interface Props {
  readonly code: string;
  readonly study: Study;
  readonly state: InvestigationState;
  readonly runsLeft: number;
  readonly etaSeconds: number | null;
}

export function DonatePanel({ code, study, state: investigation, runsLeft, etaSeconds }: Props) {
  const id = useId();
  const donation = useDonation(getClient(), code);
  const [keep, setKeep] = useState(false);
  const [share, setShare] = useState(1);
  const [engine, setEngine] = useState<EngineChoice>('automatic');
  const { state } = donation;
  const start = () => donation.start({ keepWhenHidden: keep, share, engine });
  const limit = (wanted: number) => {
    setShare(wanted);
    donation.limit(wanted);
  };
  const done = runsLeft <= 0 || investigation === 'concluded';

  return (
    <section className={`card ${styles.panel}`} aria-labelledby={id}>
      <h2 id={id} className="eyebrow">
        Donate this browser
      </h2>
      {state.kind === 'off' || state.kind === 'failed' ? (
        <>
          {state.kind === 'failed' ? (
            <p className="error" role="alert">
              {state.message}
            </p>
          ) : null}
          <p className={styles.words}>
            {done
              ? 'No run of this investigation waits for a browser.'
              : `Trains networks of “${study.title}”: ${plural(runsLeft, 'run')} to go. ${howLong(etaSeconds)}`}
          </p>
          <button type="button" className="button primary" onClick={start} disabled={done}>
            Donate this browser
          </button>
          <label className={styles.keep}>
            <input type="checkbox" checked={keep} onChange={(e) => setKeep(e.target.checked)} />
            Keep going when this tab is hidden
          </label>
          <ShareField share={share} onChange={limit} />
          <EngineField engine={engine} onChange={setEngine} />
          <p className="hint">
            It uses the GPU (or the processor where there is none), pauses when the tab is hidden,
            and stops whenever you like: nothing that others need is lost.
          </p>
        </>
      ) : (
        <>
          <Doing state={state} />
          <ShareField share={share} onChange={limit} />
          <div className={styles.buttons}>
            {state.kind === 'paused' ? (
              <button type="button" className="button" onClick={donation.resume}>
                Resume
              </button>
            ) : (
              <button
                type="button"
                className="button"
                onClick={donation.pause}
                disabled={state.kind === 'starting'}
              >
                Pause
              </button>
            )}
            <button type="button" className="button" onClick={donation.stop}>
              Stop
            </button>
          </div>
        </>
      )}
      <Tally state={state} />
    </section>
  );
}

/** What is known before this browser has computed anything: the room's pace, or nothing. */
function howLong(etaSeconds: number | null): string {
  return etaSeconds === null
    ? 'How long that takes is shown as soon as a browser has begun.'
    : `At the room’s present pace all is in after ${formatDuration(etaSeconds)}; with you, sooner.`;
}

type Active = Exclude<VolunteerState, { kind: 'off' } | { kind: 'failed' }>;

function Doing({ state }: { readonly state: Active }) {
  switch (state.kind) {
    case 'starting':
      return (
        <p role="status" aria-label="Donation">
          Getting ready: loading the training engine and looking for a GPU …
        </p>
      );
    case 'working':
      return (
        <>
          <p role="status" aria-label="Donation" className={styles.now}>
            Training {plural(state.runs, 'run')} at once
          </p>
          <progress
            className={styles.bar}
            aria-label="Progress of this shard"
            value={state.done}
            max={Math.max(1, state.total)}
          />
          <p className="hint">
            {formatAmount(state.done)} of {formatAmount(state.total)} run-steps
            {state.secondsLeft === null
              ? null
              : `; ${formatDuration(state.secondsLeft)} left of this shard`}
          </p>
          <Device device={state.device} how={state.how} />
        </>
      );
    case 'waiting':
      return (
        <>
          <p role="status" aria-label="Donation" className={styles.now}>
            Waiting for work
          </p>
          <p className="hint">{state.why}</p>
          <Device device={state.device} />
        </>
      );
    case 'paused':
      return (
        <>
          <p role="status" aria-label="Donation" className={styles.now}>
            Paused
          </p>
          <p className="hint">
            {state.cause === 'hidden'
              ? 'The tab was hidden. It goes on when you come back to it.'
              : 'The shard is handed back, so that nobody waits for it. Resuming goes on where it was, unless somebody has taken it up.'}
          </p>
          {state.device === null ? null : <Device device={state.device} />}
        </>
      );
  }
}

const BACKENDS: Readonly<Record<DeviceInfo['backend'], string>> = {
  webgpu: 'WebGPU',
  wasm: 'WebAssembly',
  cpu: 'plain JavaScript',
};

interface DeviceProps {
  readonly device: DeviceInfo;
  readonly how?: string | null;
}

function Device({ device, how = null }: DeviceProps) {
  return (
    <div className={styles.device}>
      <p data-testid="donation-device" data-backend={device.backend}>
        Runs on <b>{BACKENDS[device.backend]}</b>
        {device.adapter === null ? null : <> · {device.adapter}</>}
      </p>
      {how === null ? null : (
        <p className="hint" data-testid="donation-how">
          {how[0]?.toUpperCase()}
          {how.slice(1)}.
        </p>
      )}
      {device.fallbacks.map((why) => (
        <p key={why} className="hint">
          {why}
        </p>
      ))}
    </div>
  );
}

function Tally({ state }: { readonly state: VolunteerState }) {
  const { shards, runs, unsent } = state.tally;
  if (shards === 0 && unsent === 0) return null;
  return (
    <p className={styles.tally} data-testid="donation-tally">
      {plural(runs, 'run')} in {plural(shards, 'shard')} accepted from this browser.
      {unsent === 0
        ? null
        : ` ${plural(unsent, 'result')} kept here until the coordinator answers.`}
    </p>
  );
}
