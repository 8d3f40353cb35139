/** A snapshot: a room as it was frozen, to be read and cited. */
import type { Metadata } from 'next';
import { SnapshotId } from '../../../server/protocol.ts';
import { MessagePage } from '../../ui/message-page.tsx';
import { SnapshotPage } from '../snapshot-page.tsx';

interface Props {
  readonly params: Promise<{ readonly id: string }>;
}

export const metadata: Metadata = { title: 'Snapshot' };

export default async function Page({ params }: Props) {
  const id = SnapshotId.safeParse((await params).id);
  if (id.success) return <SnapshotPage id={id.data} />;
  return (
    <MessagePage title="There is no such snapshot">
      <p>
        The address of a snapshot ends in sixteen letters and digits. Check it with whoever sent it.
      </p>
    </MessagePage>
  );
}
