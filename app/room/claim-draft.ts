/** A claim being written: its panel, the four typed ends of its region, and its text. Pure. */
import type { Study } from '../../compute/studies/study.ts';
import type { Region } from '../../server/protocol.ts';

export interface ClaimDraft {
  readonly panel: string;
  readonly x0: string;
  readonly x1: string;
  readonly y0: string;
  readonly y1: string;
  readonly text: string;
}

export type RegionReading =
  | { readonly kind: 'empty' }
  | { readonly kind: 'wrong'; readonly message: string }
  | { readonly kind: 'region'; readonly region: Region };

export function emptyDraft(panel: string): ClaimDraft {
  return { panel, x0: '', x1: '', y0: '', y1: '', text: '' };
}

/** The draft with a region that was marked on a chart; its text stays. */
export function regionDraft(draft: ClaimDraft, panel: string, region: Region): ClaimDraft {
  const show = (v: number) => String(Number(v.toPrecision(4)));
  return {
    ...draft,
    panel,
    x0: show(region.x[0]),
    x1: show(region.x[1]),
    y0: show(region.y[0]),
    y1: show(region.y[1]),
  };
}

/** The region that the draft's numbers mean; ends may be typed in either order. */
export function draftRegion(draft: ClaimDraft, study: Study): RegionReading {
  const typed = [draft.x0, draft.x1, draft.y0, draft.y1].map((t) => t.trim());
  if (typed.every((t) => t === '')) return { kind: 'empty' };
  if (typed.some((t) => t === '')) {
    return { kind: 'wrong', message: 'Give all four ends of the region.' };
  }
  const [x0, x1, y0, y1] = typed.map((t) => Number(t.replace('−', '-')));
  if (x0 === undefined || x1 === undefined || y0 === undefined || y1 === undefined) {
    return { kind: 'empty' };
  }
  if (![x0, x1, y0, y1].every(Number.isFinite)) {
    return { kind: 'wrong', message: 'The ends of the region must be numbers.' };
  }
  const panel = study.panels.find((p) => p.id === draft.panel);
  const x: [number, number] = [Math.min(x0, x1), Math.max(x0, x1)];
  const y: [number, number] = [Math.min(y0, y1), Math.max(y0, y1)];
  if ((panel?.x.scale === 'log' && x[0] <= 0) || (panel?.y.scale === 'log' && y[0] <= 0)) {
    return { kind: 'wrong', message: 'On a logarithmic axis the region must lie above 0.' };
  }
  return { kind: 'region', region: { x, y } };
}
