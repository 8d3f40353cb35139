/** The room of one investigation. The code is read leniently, as it was typed or scanned. */
import type { Metadata } from 'next';
import { RoomCode } from '../../../server/protocol.ts';
import { Room, UnknownRoom } from '../../room/room.tsx';
import { formatCode } from '../../ui/text.ts';

interface Props {
  readonly params: Promise<{ readonly code: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const code = RoomCode.safeParse((await params).code);
  return { title: code.success ? `Room ${formatCode(code.data)}` : 'Unknown room' };
}

export default async function RoomPage({ params }: Props) {
  const code = RoomCode.safeParse((await params).code);
  return code.success ? <Room key={code.data} code={code.data} /> : <UnknownRoom message={null} />;
}
