/** Steering an investigation, by whose role may (R2). */
import type { Database } from '../db/open.ts';
import { extendInvestigation } from './extend.ts';
import { findInvestigation, steerInvestigation } from './investigations.ts';
import type { InvestigationState, Refusal, RequestValue } from './protocol.ts';
import { refuse } from './refusal.ts';
import { refuseAct, roleIn } from './roles.ts';

/** Pauses, resumes, concludes or extends. */
export async function controlInvestigation(
  db: Database,
  device: string,
  input: RequestValue<'investigation.control'>,
): Promise<{ readonly state: InvestigationState } | Refusal> {
  const found = await findInvestigation(db, input.code);
  if (found === null) return refuse('not-found', `There is no room ${input.code}.`);
  const act = input.action === 'conclude' ? 'own' : 'steer';
  const refused = refuseAct(roleIn(found, device), act);
  if (refused !== null) return refused;
  return input.action === 'extend'
    ? await extendInvestigation(db, found, input)
    : await steerInvestigation(db, found, input.action);
}
