/** How a snapshot is cited, in one line. Pure. */
import type { SnapshotView } from '../../server/protocol.ts';

/** Who took it and who opened the investigation, title, day, address, hash. */
export function citation({ about, content }: SnapshotView, address: string): string {
  const { takenBy, takenAt, title, investigation, study, sequence } = content;
  const authors = [...new Set([takenBy, investigation.openedBy])].join(', ');
  const day = takenAt.slice(0, 10);
  return `${authors} (${day}). ${title}. Manyhands snapshot ${about.id} of “${investigation.title}” (${study.id} ${study.version}, sequence ${sequence}). ${address} SHA-256 ${about.sha256}`;
}
