import { use } from 'react';
import { loadStudy } from '../../compute/studies/load.ts';
import type { Study } from '../../compute/studies/study.ts';

/** The study of that id, or null if this version has none. Suspends until it is here. */
export function useStudy(id: string): Study | null {
  return use(loadStudy(id));
}
