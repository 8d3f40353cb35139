/** Refusals: returned, never thrown, with a sentence for people. */
import type { Refusal } from './protocol.ts';
import type { RefusalReason } from './vocabulary.ts';

const SENTENCES: Record<RefusalReason, string> = {
  'bad-message': 'The message was not understood. Reload the page to get its current version.',
  'not-found': 'There is nothing by that name here.',
  'not-allowed': 'Only the owner of the investigation may do that.',
  'bad-grid': 'The grid cannot be run as it is.',
  'no-work': 'Every run is taken or done. This goes on by itself when there is work.',
  'not-running': 'The investigation is not running now.',
  'lease-lost': 'Somebody else computes these runs now; yours were handed on.',
  'lease-expired': 'The time for these runs is over; they were handed on.',
  'invalid-result': 'The result did not fit what was asked for.',
  'too-many': 'Too many messages in a short time. Wait a moment.',
  stopped: 'This version of the study was stopped by whoever runs this coordinator.',
  closing: 'This coordinator is being restarted. This goes on by itself in a moment.',
  internal: 'The coordinator failed at this. Try again; if it stays, tell whoever runs it.',
};

/** A refusal with its usual sentence, or a better one. */
export function refuse(reason: RefusalReason, message?: string, retryInMs?: number): Refusal {
  const wait = retryInMs === undefined ? {} : { retryInMs };
  return { ok: false, reason, message: message ?? SENTENCES[reason], ...wait };
}
