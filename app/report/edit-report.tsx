'use client';
/** Fetches the report that is to be edited. */
import type { ReportView } from '../../server/protocol.ts';
import { useFetched } from '../share/fetched.ts';
import { Waiting } from '../share/source.tsx';
import { MessagePage } from '../ui/message-page.tsx';
import { ReportEditor } from './report-editor.tsx';

export function EditReport({ id }: { readonly id: string }) {
  const fetched = useFetched<ReportView>(`/api/reports/${encodeURIComponent(id)}/report.json`);
  if (fetched.kind === 'here') {
    return <ReportEditor code={fetched.value.code} report={fetched.value} />;
  }
  return (
    <MessagePage title="Edit a report">
      <Waiting fetched={fetched} what="report" />
    </MessagePage>
  );
}
