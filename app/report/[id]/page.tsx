/** A report for reading. */
import type { Metadata } from 'next';
import { ReportPage } from '../report-page.tsx';

interface Props {
  readonly params: Promise<{ readonly id: string }>;
}

export const metadata: Metadata = { title: 'Report' };

export default async function Page({ params }: Props) {
  return <ReportPage id={(await params).id} />;
}
