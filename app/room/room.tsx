'use client';
/** A room from its code: joining, refused, or in. */
import Link from 'next/link';
import { Suspense, useEffect } from 'react';
import { rememberRoom } from '../net/recent-rooms.ts';
import type { Room as RoomNow } from '../net/room-store.ts';
import { useRoom } from '../net/use-room.ts';
import { useStudy } from '../studies/use-study.ts';
import { JoinForm } from '../ui/join-form.tsx';
import { MessagePage } from '../ui/message-page.tsx';
import { formatCode } from '../ui/text.ts';
import { RoomView } from './room-view.tsx';

interface Props {
  readonly code: string;
  /** Of the link that led here, or null. */
  readonly invitation: string | null;
}

export function Room({ code, invitation }: Props) {
  const { room, renamed } = useRoom(code, invitation);
  const view = room.kind === 'in' ? room.state.investigation : null;
  const title = view?.title;
  const study = view?.study;
  useEffect(() => {
    if (title === undefined || study === undefined) return;
    rememberRoom({ code, title, study, at: new Date().toISOString() });
  }, [code, title, study]);

  switch (room.kind) {
    case 'joining':
      return (
        <MessagePage title={`Joining ${formatCode(code)} …`}>
          <p role="status">Asking the coordinator for everything that the room has so far.</p>
        </MessagePage>
      );
    case 'refused':
      if (room.missing) return <UnknownRoom message={room.message} />;
      return (
        <MessagePage title="You could not join this room">
          <p>{room.message}</p>
          {invitation === null ? null : (
            <p>
              Or <a href={`/i/${code}`}>try without the invitation</a>: that works while the room’s
              door is open.
            </p>
          )}
          <button type="button" className="button primary" onClick={() => window.location.reload()}>
            Try again
          </button>
        </MessagePage>
      );
    case 'in':
      return (
        <Suspense fallback={<MessagePage title="Fetching the study …">{null}</MessagePage>}>
          <Inside room={room} renamed={renamed} />
        </Suspense>
      );
  }
}

interface InsideProps {
  readonly room: Extract<RoomNow, { readonly kind: 'in' }>;
  readonly renamed: (nickname: string) => void;
}

function Inside({ room, renamed }: InsideProps) {
  const { code, study } = room.state.investigation;
  const known = useStudy(study);
  if (known === null) {
    return (
      <MessagePage title="This study is not known here">
        <p>
          The investigation uses “{study}”, which this version of Manyhands does not have. Its
          results can still be exported.
        </p>
        <a className="button" href={`/api/investigations/${code}/results.csv`} download>
          Export CSV
        </a>
      </MessagePage>
    );
  }
  const { state, self, presence, waiting } = room;
  return <RoomView study={known} {...{ state, self, presence, waiting, renamed }} />;
}

/** For a code that no room has, or that cannot be one. */
export function UnknownRoom({ message }: { readonly message: string | null }) {
  return (
    <MessagePage title="There is no room with this code">
      <p>{message ?? 'A room code has six letters or digits.'} Check it with whoever sent it:</p>
      <JoinForm />
      <p>
        Or <Link href="/#studies">choose a study</Link> and open an investigation of your own.
      </p>
    </MessagePage>
  );
}
