/** A report for editing. */
import type { Metadata } from 'next';
import { EditReport } from '../../edit-report.tsx';

interface Props {
  readonly params: Promise<{ readonly id: string }>;
}

export const metadata: Metadata = { title: 'Edit a report' };

export default async function Page({ params }: Props) {
  return <EditReport id={(await params).id} />;
}
