import { expect, test } from 'vitest';
import type { SnapshotView } from '../../server/protocol.ts';
import { citation } from './citation.ts';

test('a citation names authors once, the day, the address and the hash', () => {
  const view = {
    about: { id: '0123456789abcdef', sha256: 'f'.repeat(64) },
    content: {
      ...{ takenBy: 'Ada', takenAt: '2026-11-25T03:00:00.000Z', title: 'Lesson one', sequence: 7 },
      investigation: { openedBy: 'Ada', title: 'Edge' },
      study: { id: 'edge-of-stability', version: '3' },
    },
  } as unknown as SnapshotView;
  expect(citation(view, 'https://example.org/s/0123456789abcdef')).toBe(
    `Ada (2026-11-25). Lesson one. Manyhands snapshot 0123456789abcdef of “Edge” (edge-of-stability 3, sequence 7). https://example.org/s/0123456789abcdef SHA-256 ${'f'.repeat(64)}`,
  );
});
