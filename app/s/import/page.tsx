/** Where the file of a snapshot from another server is taken in. */
import type { Metadata } from 'next';
import { ImportForm } from '../import-form.tsx';

export const metadata: Metadata = { title: 'Import a snapshot' };

export default function ImportPage() {
  return <ImportForm />;
}
