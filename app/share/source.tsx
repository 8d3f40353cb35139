'use client';
/** Fetches a room or a snapshot, says so meanwhile, and hands its evidence on. */
import { type ReactNode, Suspense, useMemo } from 'react';
import type { SnapshotView } from '../../server/protocol.ts';
import type { RoomState } from '../net/room-state.ts';
import { useStudy } from '../studies/use-study.ts';
import { type Evidence, frozenEvidence, liveEvidence } from './evidence.ts';
import { type Fetched, useFetched } from './fetched.ts';
import { useLive } from './use-live.ts';

interface SnapshotProps {
  readonly id: string;
  readonly children: (evidence: Evidence, view: SnapshotView) => ReactNode;
}

/** A snapshot, as it was frozen. */
export function FromSnapshot({ id, children }: SnapshotProps) {
  const fetched = useFetched<SnapshotView>(`/api/snapshots/${encodeURIComponent(id)}/view.json`);
  const view = fetched.kind === 'here' ? fetched.value : null;
  const evidence = useMemo(() => (view === null ? null : frozenEvidence(view.content)), [view]);
  if (view === null || evidence === null) return <Waiting fetched={fetched} what="snapshot" />;
  return children(evidence, view);
}

interface RoomProps {
  readonly code: string;
  readonly children: (evidence: Evidence, state: RoomState) => ReactNode;
}

/** A room as it is, without joining it. */
export function FromRoom({ code, children }: RoomProps) {
  const room = useLive(code);
  if (room.kind !== 'here') return <Waiting fetched={room} what="room" />;
  return (
    <Suspense fallback={<Waiting fetched={{ kind: 'loading' }} what="room" />}>
      <WithStudy state={room.value}>{children}</WithStudy>
    </Suspense>
  );
}

interface StudyProps extends Pick<RoomProps, 'children'> {
  readonly state: RoomState;
}

function WithStudy({ state, children }: StudyProps) {
  const study = useStudy(state.investigation.study);
  const evidence = useMemo(
    () => (study === null ? null : liveEvidence(state, study)),
    [state, study],
  );
  if (evidence === null) {
    return <p>This version of Manyhands does not have the study of this room.</p>;
  }
  return children(evidence, state);
}

interface WaitingProps {
  readonly fetched: Fetched<unknown>;
  readonly what: string;
}

/** While there is nothing to show, or where there is nothing. */
export function Waiting({ fetched, what }: WaitingProps) {
  switch (fetched.kind) {
    case 'missing':
      return <p role="alert">There is no {what} at this address. Check it with whoever sent it.</p>;
    case 'failed':
      return <p role="alert">{fetched.message}</p>;
    case 'loading':
    case 'here':
      return <p role="status">Fetching the {what} …</p>;
  }
}
