'use client';
/** What instructors and the owner may do with everybody's page: present, freeze the charts, hide names. */
import { useState } from 'react';
import type { RoomSettings } from '../../server/protocol.ts';
import { getClient } from '../net/client.ts';
import styles from './owner-controls.module.css';

interface Props {
  readonly code: string;
  readonly settings: RoomSettings;
  readonly self: string;
}

export function LeadControls({ code, settings, self }: Props) {
  const presents = settings.presenter?.id === self;
  const { frozen, anonymous } = settings;
  return (
    <fieldset className={styles.controls} aria-label="Leading the room">
      <LeadButton
        code={code}
        request="room.present"
        on={!presents}
        label={presents ? 'Stop presenting' : 'Present'}
      />
      <LeadButton
        code={code}
        request="room.freeze"
        on={frozen === null}
        label={frozen === null ? 'Freeze charts' : 'Let charts go on'}
      />
      <LeadButton
        code={code}
        request="room.anonymise"
        on={!anonymous}
        label={anonymous ? 'Show names' : 'Hide names'}
      />
    </fieldset>
  );
}

interface ButtonProps {
  readonly code: string;
  readonly request: 'room.present' | 'room.freeze' | 'room.anonymise';
  /** What it is switched to when pressed. */
  readonly on: boolean;
  readonly label: string;
}

/** One switch of the room; what it was refused for stands beside it. */
export function LeadButton({ code, request, on, label }: ButtonProps) {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const press = async () => {
    setBusy(true);
    const reply = await getClient().request(request, { code, on });
    setBusy(false);
    setRefusal(reply.ok ? null : reply.message);
  };
  return (
    <>
      <button type="button" className="button small" disabled={busy} onClick={() => void press()}>
        {label}
      </button>
      {refusal === null ? null : (
        <span className="error" role="alert">
          {refusal}
        </span>
      )}
    </>
  );
}
