'use client';
/** The evidence that a report's charts show: its snapshot's, or the room's as it comes. */
import type { ReactNode } from 'react';
import type { Evidence } from '../share/evidence.ts';
import { FromRoom, FromSnapshot } from '../share/source.tsx';

interface Props {
  readonly code: string;
  readonly snapshot: string | null;
  readonly children: (evidence: Evidence) => ReactNode;
}

export function FromSource({ code, snapshot, children }: Props) {
  return snapshot === null ? (
    <FromRoom code={code}>{children}</FromRoom>
  ) : (
    <FromSnapshot id={snapshot}>{children}</FromSnapshot>
  );
}
