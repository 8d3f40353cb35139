/** Which claims are listed, and in what order. Pure. */
import type { ClaimView } from '../../server/protocol.ts';

export const FILTERS = ['all', 'open', 'resolved', 'changed', 'mine'] as const;
export type Filter = (typeof FILTERS)[number];
export const SORTS = ['newest', 'oldest', 'answered'] as const;
export type Sort = (typeof SORTS)[number];

export const FILTER_WORDS: Readonly<Record<Filter, string>> = {
  ...{ all: 'All', open: 'Open', resolved: 'Resolved' },
  ...{ changed: 'Evidence changed', mine: 'Mine' },
};
export const SORT_WORDS: Readonly<Record<Sort, string>> = {
  ...{ newest: 'Newest first', oldest: 'Oldest first', answered: 'Latest word first' },
};

/** @param self public id of this device */
export function passes(claim: ClaimView, filter: Filter, self: string): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'open':
      return claim.resolved === null;
    case 'resolved':
      return claim.resolved !== null;
    case 'changed':
      return claim.changed.length > 0;
    case 'mine':
      return claim.author === self;
  }
}

export function sorted(claims: readonly ClaimView[], sort: Sort): ClaimView[] {
  const at = sort === 'answered' ? lastWord : ({ at: made }: ClaimView) => made;
  const ascending = [...claims].sort((a, b) => at(a).localeCompare(at(b)));
  return sort === 'oldest' ? ascending : ascending.reverse();
}

/** When somebody last wrote something there. ISO dates sort as they read. */
function lastWord({ versionAt, replies }: ClaimView): string {
  return replies.reduce((last, { at }) => (at > last ? at : last), versionAt);
}

/** Whether a claim or one of its replies names this device. */
export function names(claim: ClaimView, self: string): boolean {
  return [claim, ...claim.replies].some(({ mentions }) => mentions.some(({ id }) => id === self));
}
