/** The room of one investigation. The code is read leniently, as it was typed or scanned. */
import type { Metadata } from 'next';
import { InvitationCode, RoomCode } from '../../../server/vocabulary.ts';
import { Room, UnknownRoom } from '../../room/room.tsx';
import { MessagePage } from '../../ui/message-page.tsx';
import { formatCode } from '../../ui/text.ts';

interface Props {
  readonly params: Promise<{ readonly code: string }>;
  /** `invite` admits with a role, `view` to watch. */
  readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const code = RoomCode.safeParse((await params).code);
  return { title: code.success ? `Room ${formatCode(code.data)}` : 'Unknown room' };
}

export default async function RoomPage({ params, searchParams }: Props) {
  const code = RoomCode.safeParse((await params).code);
  if (!code.success) return <UnknownRoom message={null} />;
  const { invite, view } = await searchParams;
  const given = invite ?? view;
  const invitation = given === undefined ? null : InvitationCode.safeParse(given);
  if (invitation !== null && !invitation.success) {
    return (
      <MessagePage title="This invitation is not complete">
        <p>An invitation has twelve letters or digits. Copy the whole link from whoever sent it.</p>
      </MessagePage>
    );
  }
  return <Room key={code.data} code={code.data} invitation={invitation?.data ?? null} />;
}
