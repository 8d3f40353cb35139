/** A room's figure for another site, live. */
import { notFound } from 'next/navigation';
import { RoomCode } from '../../../../server/vocabulary.ts';
import { EmbedRoom } from '../../embed.tsx';

interface Props {
  readonly params: Promise<{ readonly code: string }>;
}

export default async function EmbedRoomPage({ params }: Props) {
  const code = RoomCode.safeParse((await params).code);
  if (!code.success) notFound();
  return <EmbedRoom code={code.data} />;
}
