/** A snapshot's figure for another site. */
import { notFound } from 'next/navigation';
import { SnapshotId } from '../../../../server/protocol.ts';
import { EmbedSnapshot } from '../../embed.tsx';

interface Props {
  readonly params: Promise<{ readonly id: string }>;
}

export default async function EmbedSnapshotPage({ params }: Props) {
  const id = SnapshotId.safeParse((await params).id);
  if (!id.success) notFound();
  return <EmbedSnapshot id={id.data} />;
}
