/** Steering an investigation; permissions.ts has seen that the role of who asks may (R2). */
import type { Database } from '../db/open.ts';
import { extendInvestigation } from './extend.ts';
import { findInvestigation, steerInvestigation } from './investigations.ts';
import type { InvestigationState, Refusal, RequestValue } from './protocol.ts';
import { refuse } from './refusal.ts';

/** Pauses, resumes, concludes or extends. */
export async function controlInvestigation(
  db: Database,
  input: RequestValue<'investigation.control'>,
): Promise<{ readonly state: InvestigationState } | Refusal> {
  const found = await findInvestigation(db, input.code);
  if (found === null) return refuse('not-found', `There is no room ${input.code}.`);
  return input.action === 'extend'
    ? await extendInvestigation(db, found, input)
    : await steerInvestigation(db, found, input.action);
}
