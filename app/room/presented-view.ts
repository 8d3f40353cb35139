/**
 * What a presenter looks at, read off the page, and put on the page of who follows. The state of the
 * view in the address is carried as it is; what in the address is a person's own is not.
 */
import type { PresentedView } from '../../server/protocol.ts';
import { LIMITS } from '../../server/vocabulary.ts';

/** Parameters of an address that say who somebody is, what her browser can or has open, and never travel. */
const OWN = ['invite', 'view', 'software-gpu', 'run'];

/** The parameters of an address that are the view's, as text; none if they are too many to pass on. */
export function viewParams(search: string): string {
  const params = new URLSearchParams(search);
  for (const name of OWN) params.delete(name);
  const text = params.toString();
  return text.length <= LIMITS.viewParams ? text : '';
}

/** The search of a follower's address: the presenter's view with her own parameters. */
export function searchWith(view: string, ownSearch: string): string {
  const params = new URLSearchParams(view);
  const own = new URLSearchParams(ownSearch);
  for (const name of OWN) {
    params.delete(name);
    for (const value of own.getAll(name)) params.append(name, value);
  }
  return params.toString();
}

/** A panel's place in the window: pixels from its top. */
export interface Placed {
  readonly panel: string;
  readonly top: number;
  readonly bottom: number;
}

/** The panel of which most is seen in a window of this height; null while none is. */
export function panelInView(panels: readonly Placed[], height: number): string | null {
  let [best, most] = [null as string | null, 0];
  for (const { panel, top, bottom } of panels) {
    const seen = Math.min(bottom, height) - Math.max(top, 0);
    if (seen > most) [best, most] = [panel, seen];
  }
  return best;
}

export const sameView = (a: PresentedView, b: PresentedView): boolean =>
  a.panel === b.panel && a.cell === b.cell && a.claim === b.claim && a.params === b.params;
