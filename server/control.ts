/** What only the owner of an investigation may do to it (R2). */
import type { Database } from '../db/open.ts';
import { extendInvestigation } from './extend.ts';
import { findInvestigation, steerInvestigation } from './investigations.ts';
import type { InvestigationState, Refusal, RequestValue } from './protocol.ts';
import { refuse } from './refusal.ts';

/** Pauses, resumes, concludes or extends. */
export async function controlInvestigation(
  db: Database,
  device: string,
  input: RequestValue<'investigation.control'>,
): Promise<{ readonly state: InvestigationState } | Refusal> {
  const found = await findInvestigation(db, input.code);
  if (found === null) return refuse('not-found', `There is no room ${input.code}.`);
  if (found.owner !== device) return refuse('not-allowed');
  return input.action === 'extend'
    ? await extendInvestigation(db, found, input)
    : await steerInvestigation(db, found, input.action);
}
