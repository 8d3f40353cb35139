/** A new report of the room that the address names. */
import type { Metadata } from 'next';
import { RoomCode } from '../../../server/vocabulary.ts';
import { UnknownRoom } from '../../room/room.tsx';
import { ReportEditor } from '../report-editor.tsx';

interface Props {
  readonly searchParams: Promise<{ readonly room?: string | string[] }>;
}

export const metadata: Metadata = { title: 'Write a report' };

export default async function Page({ searchParams }: Props) {
  const code = RoomCode.safeParse((await searchParams).room);
  if (!code.success) return <UnknownRoom message={null} />;
  return <ReportEditor code={code.data} report={null} />;
}
