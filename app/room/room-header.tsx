'use client';
/** Whose investigation it is, its state, the code to share, and the owner's controls. */
import dynamic from 'next/dynamic';
import Link from 'next/link';
import { useState } from 'react';
import type { Study } from '../../compute/studies/study.ts';
import type { InvestigationState, InvestigationView } from '../../server/protocol.ts';
import { mayAct, type Role } from '../../server/vocabulary.ts';
import { formatCode } from '../ui/text.ts';
import { LeadControls } from './lead-controls.tsx';
import { OwnerControls } from './owner-controls.tsx';
import styles from './room-header.module.css';
import { ShareDialog } from './share-dialog.tsx';

interface Props {
  readonly study: Study;
  readonly investigation: InvestigationView;
  readonly role: Role;
  /** Public id of this device. */
  readonly self: string;
}

/** For the owner alone, and seldom: loaded by itself. */
const AccessDialog = dynamic(() => import('./access-dialog.tsx').then((m) => m.AccessDialog));

const STATES: Readonly<Record<InvestigationState, string>> = {
  running: 'Running',
  paused: 'Paused',
  concluded: 'Concluded',
};

export function RoomHeader({ study, investigation, role, self }: Props) {
  const { code, state, room } = investigation;
  const [copied, setCopied] = useState<'no' | 'yes' | 'failed'>('no');

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(roomLink(code));
      setCopied('yes');
    } catch {
      setCopied('failed');
    }
    setTimeout(() => setCopied('no'), 3_000);
  };

  return (
    <header className={styles.header}>
      <div className={styles.words}>
        <p className={styles.line}>
          <Link href={`/studies/${study.id}`} prefetch={false}>
            {study.title}
          </Link>
          <span className={styles.state} data-state={state}>
            {STATES[state]}
          </span>
          {investigation.null ? <span className={styles.null}>Null</span> : null}
        </p>
        <h1 className={styles.title}>{investigation.title || study.title}</h1>
        <p className="hint">
          Opened by {investigation.openedBy} on{' '}
          <time dateTime={investigation.openedAt}>
            {new Date(investigation.openedAt).toLocaleString('en-GB', {
              dateStyle: 'medium',
              timeStyle: 'short',
            })}
          </time>
          .
          {investigation.null ? (
            <>
              {' '}
              <b>{study.nullCase.label}.</b> {study.nullCase.explanation}
            </>
          ) : null}
          {investigation.studyVersion === study.version
            ? null
            : ` Opened with version ${investigation.studyVersion} of the study; this page has ${study.version}.`}
        </p>
        {investigation.stopped === null ? null : (
          <p role="status">
            <b>Stopped everywhere.</b> {investigation.stopped} What was counted stays.
          </p>
        )}
        {mayAct(role, 'steer') ? (
          <OwnerControls study={study} investigation={investigation} role={role} />
        ) : null}
        {mayAct(role, 'present') ? <LeadControls code={code} settings={room} self={self} /> : null}
      </div>
      <div className={styles.share}>
        <p className={`code ${styles.code}`}>
          <span className="visually-hidden">Room code </span>
          <span data-testid="room-code">{formatCode(code)}</span>
        </p>
        <div className={styles.buttons}>
          <button type="button" className="button small" onClick={() => void copy()}>
            Copy link
          </button>
          <ShareDialog code={code} link={() => roomLink(code)} />
          {mayAct(role, 'own') ? <AccessDialog code={code} door={room.door} /> : null}
        </div>
        {room.door.open ? null : (
          <p className="hint">The door is closed: this code lets nobody new in.</p>
        )}
        <p className="hint" role="status" aria-label="Link">
          {copied === 'yes' ? 'The link is copied.' : null}
          {copied === 'failed' ? 'Copying was refused; the address bar has the link.' : null}
        </p>
      </div>
    </header>
  );
}

function roomLink(code: string): string {
  return `${window.location.origin}/i/${code}`;
}
