'use client';
/** Writes a report: its text beside how it will look, and what can be put into it. */
import Link from 'next/link';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import type { ReportView, Shared } from '../../server/protocol.ts';
import { LIMITS, mayAct } from '../../server/vocabulary.ts';
import { getClient } from '../net/client.ts';
import { useRoom } from '../net/use-room.ts';
import type { Evidence } from '../share/evidence.ts';
import { MessagePage } from '../ui/message-page.tsx';
import { formatCode } from '../ui/text.ts';
import { panelBlock } from './blocks.ts';
import { FromSource } from './from-source.tsx';
import styles from './report.module.css';
import { ReportBody } from './report-body.tsx';

interface Props {
  readonly code: string;
  /** What is edited; null: a new report. */
  readonly report: ReportView | null;
}

/** Joins the room: reports are written by people of it. */
export function ReportEditor({ code, report }: Props) {
  const { room } = useRoom(code, null);
  switch (room.kind) {
    case 'joining':
      return (
        <MessagePage title="Opening the editor …">
          <p role="status">Joining room {formatCode(code)}.</p>
        </MessagePage>
      );
    case 'refused':
      return (
        <MessagePage title="You cannot write here">
          <p>{room.message}</p>
        </MessagePage>
      );
    case 'in':
      return mayAct(room.self.role, 'publish') ? (
        <Editor code={code} report={report} called={room.state.investigation.title} />
      ) : (
        <MessagePage title="You cannot write here">
          <p>Your role in this room does not write reports. Ask its owner for another role.</p>
          <Link href={`/i/${code}`}>Back to the room</Link>
        </MessagePage>
      );
  }
}

type Saving =
  | { readonly kind: 'idle' | 'busy' }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'saved'; readonly report: string; readonly version: number };

function Editor({ code, report, called }: Props & { readonly called: string }) {
  const id = useId();
  const [title, setTitle] = useState(report?.title ?? `On “${called}”`.slice(0, LIMITS.title));
  const [body, setBody] = useState(report?.body ?? '');
  const [snapshot, setSnapshot] = useState(report?.snapshot ?? null);
  const [saved, setSaved] = useState({ report: report?.id ?? null, version: report?.version ?? 0 });
  const [state, setState] = useState<Saving>({ kind: 'idle' });
  const frozen = useSnapshots(code);
  const text = useRef<HTMLTextAreaElement>(null);

  /** Puts a block on lines of its own where the cursor is. */
  const insert = (block: string) => {
    const at = text.current?.selectionEnd ?? body.length;
    setBody(
      `${body.slice(0, at).trimEnd()}\n\n${block}\n\n${body.slice(at).trimStart()}`.trimStart(),
    );
    text.current?.focus();
  };
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setState({ kind: 'busy' });
    const reply = await getClient().request('report.save', {
      ...{ code, title, body, snapshot, report: saved.report, after: saved.version },
    });
    if (!reply.ok) return setState({ kind: 'refused', message: reply.message });
    setSaved(reply.value);
    setState({ kind: 'saved', ...reply.value });
  };

  return (
    <div className={`wrap ${styles.editor}`}>
      <form className={styles.write} onSubmit={(event) => void save(event)}>
        <h1 className={styles.editTitle}>
          {report === null ? 'Write a report' : 'Edit the report'}
        </h1>
        <label className="label" htmlFor={`${id}-title`}>
          Title
        </label>
        <input
          id={`${id}-title`}
          className="field"
          required
          maxLength={LIMITS.title}
          value={title}
          onChange={(event) => setTitle(event.target.value)}
        />
        <label className="label" htmlFor={`${id}-source`}>
          What its charts show
        </label>
        <select
          id={`${id}-source`}
          className="field"
          value={snapshot ?? ''}
          onChange={(event) => setSnapshot(event.target.value || null)}
        >
          <option value="">The room as it comes (live)</option>
          {frozen.map((item) => (
            <option key={item.id} value={item.id}>
              Frozen: {item.title}, {new Date(item.at).toLocaleString('en-GB')}
            </option>
          ))}
        </select>
        <FromSource code={code} snapshot={snapshot}>
          {(evidence) => <Inserts evidence={evidence} onInsert={insert} />}
        </FromSource>
        <label className="label" htmlFor={`${id}-body`}>
          Text
        </label>
        <textarea
          rows={18}
          ref={text}
          id={`${id}-body`}
          className={`field ${styles.text}`}
          required
          maxLength={LIMITS.report}
          value={body}
          onChange={(event) => setBody(event.target.value)}
          aria-describedby={`${id}-hint`}
        />
        <p id={`${id}-hint`} className="hint">
          Markdown: # heading, **bold**, *italic*, - list, [words](address). A chart is a line of
          its own.
        </p>
        <div className={styles.row}>
          <button type="submit" className="button primary" disabled={state.kind === 'busy'}>
            {state.kind === 'busy' ? 'Saving …' : 'Save'}
          </button>
          <span role="status" aria-label="Saving">
            {state.kind === 'saved' ? (
              <>
                Version {state.version} is saved.{' '}
                <Link href={`/report/${state.report}`}>Read it</Link>
              </>
            ) : null}
          </span>
        </div>
        {state.kind === 'refused' ? (
          <p className="error" role="alert">
            {state.message}
          </p>
        ) : null}
      </form>
      <section className={styles.preview} aria-label="How it will look">
        <p className="eyebrow">How it will look</p>
        <FromSource code={code} snapshot={snapshot}>
          {(evidence) =>
            body.trim() === '' ? (
              <p className="hint">Nothing is written yet.</p>
            ) : (
              <ReportBody body={body} evidence={evidence} />
            )
          }
        </FromSource>
      </section>
    </div>
  );
}

interface InsertsProps {
  readonly evidence: Evidence;
  readonly onInsert: (block: string) => void;
}

function Inserts({ evidence, onInsert }: InsertsProps) {
  const blocks = [
    ...evidence.study.panels.map(({ id, title }) => ({ title, block: panelBlock(id, '') })),
    { title: 'Verdict', block: '![[verdict]]' },
    { title: 'Claims', block: '![[claims]]' },
  ];
  return (
    <fieldset>
      <legend className="label">Put in</legend>
      <div className={styles.row}>
        {blocks.map(({ title, block }) => (
          <button
            key={block}
            type="button"
            className="button small"
            onClick={() => onInsert(block)}
          >
            {title}
          </button>
        ))}
      </div>
    </fieldset>
  );
}

function useSnapshots(code: string): Shared['snapshots'] {
  const [snapshots, setSnapshots] = useState<Shared['snapshots']>([]);
  useEffect(() => {
    void getClient()
      .request('room.shared', { code })
      .then((reply) => {
        if (reply.ok) setSnapshots(reply.value.snapshots);
      });
  }, [code]);
  return snapshots;
}
