/** A claim being written: what it is about, typed or taken from a chart, and its text. Pure. */
import type { Axis, Study } from '../../compute/studies/study.ts';
import type { Anchor, ClaimView, Region } from '../../server/protocol.ts';
import { formatNumber } from '../ui/text.ts';

export type About = Anchor['kind'];
type PointAnchor = Extract<Anchor, { kind: 'point' }>;

export interface ClaimDraft {
  readonly about: About;
  /** Of a region and of a range. */
  readonly panel: string;
  readonly x0: string;
  readonly x1: string;
  readonly y0: string;
  readonly y1: string;
  /** Taken from a chart; null while none is. */
  readonly point: PointAnchor | null;
  /** Name of a fitted number, or null for the verdict. */
  readonly fit: string | null;
  readonly text: string;
}

export type AnchorReading =
  | { readonly kind: 'empty' | 'wrong'; readonly message: string }
  | { readonly kind: 'anchor'; readonly anchor: Anchor };

export function emptyDraft(panel: string): ClaimDraft {
  return {
    ...{ about: 'region', panel, x0: '', x1: '', y0: '', y1: '' },
    ...{ point: null, fit: null, text: '' },
  };
}

/** The draft with a region that was marked on a chart; its text stays, and a range stays a range. */
export function regionDraft(draft: ClaimDraft, panel: string, region: Region): ClaimDraft {
  return {
    ...draft,
    about: draft.about === 'range' ? 'range' : 'region',
    panel,
    ...{ x0: typed(region.x[0]), x1: typed(region.x[1]) },
    ...{ y0: typed(region.y[0]), y1: typed(region.y[1]) },
  };
}

/** The draft about this; its text stays. */
export function anchorDraft(draft: ClaimDraft, anchor: Anchor): ClaimDraft {
  switch (anchor.kind) {
    case 'region':
      return regionDraft({ ...draft, about: 'region' }, anchor.panel, anchor.region);
    case 'range': {
      const [x0, x1] = [typed(anchor.x[0]), typed(anchor.x[1])];
      return { ...draft, about: 'range', panel: anchor.panel, x0, x1 };
    }
    case 'point':
      return { ...draft, about: 'point', panel: anchor.panel, point: anchor };
    case 'fit':
      return { ...draft, about: 'fit', fit: anchor.fit };
  }
}

/** What the draft is about, as the coordinator wants it; ends may be typed in either order. */
export function draftAnchor(draft: ClaimDraft, study: Study): AnchorReading {
  const { panel, point, fit } = draft;
  switch (draft.about) {
    case 'point':
      return point === null
        ? { kind: 'empty', message: 'Press a point on a chart, then “Claim about this point”.' }
        : { kind: 'anchor', anchor: point };
    case 'fit':
      return { kind: 'anchor', anchor: { kind: 'fit', fit } };
    case 'range':
    case 'region': {
      const axes = study.panels.find((p) => p.id === panel);
      const x = endsOf(draft.x0, draft.x1, axes?.x);
      if (typeof x === 'string') return { kind: wordFor(draft), message: x };
      if (draft.about === 'range') return { kind: 'anchor', anchor: { kind: 'range', panel, x } };
      const y = endsOf(draft.y0, draft.y1, axes?.y);
      if (typeof y === 'string') return { kind: wordFor(draft), message: y };
      return { kind: 'anchor', anchor: { kind: 'region', panel, region: { x, y } } };
    }
  }
}

/** The region to outline on a chart while the draft is written: of a range, all of y. */
export function draftRegion(
  draft: Pick<ClaimDraft, 'about' | 'panel' | 'x0' | 'x1' | 'y0' | 'y1'>,
  study: Study,
): Region | null {
  const read = draftAnchor({ ...draft, point: null, fit: null, text: '' }, study);
  if (read.kind !== 'anchor') return null;
  if (read.anchor.kind === 'region') return read.anchor.region;
  if (read.anchor.kind !== 'range') return null;
  return { x: read.anchor.x, y: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] };
}

/** The draft of a claim that is edited. */
export function draftOf({ anchor, text }: ClaimView, panel: string): ClaimDraft {
  return { ...anchorDraft(emptyDraft(panel), anchor), text };
}

/** Whether two drafts are about the same, so that a claim need not be anchored anew. */
export function sameAnchor(a: ClaimDraft, b: ClaimDraft): boolean {
  return JSON.stringify({ ...a, text: '' }) === JSON.stringify({ ...b, text: '' });
}

/** Where a claim stands, in words. */
export function anchorWords(
  anchor: Anchor,
  study: Study,
  fits: Readonly<Record<string, { readonly label: string }>>,
): string {
  if (anchor.kind === 'fit') {
    if (anchor.fit === null) return 'The verdict';
    return `Fitted number: ${fits[anchor.fit]?.label ?? anchor.fit}`;
  }
  const title = study.panels.find((p) => p.id === anchor.panel)?.title ?? anchor.panel;
  const span = ([lo, hi]: readonly [number, number]) =>
    `${formatNumber(lo)} to ${formatNumber(hi)}`;
  switch (anchor.kind) {
    case 'region':
      return `${title}: x ${span(anchor.region.x)}, y ${span(anchor.region.y)}`;
    case 'range':
      return `${title}: x ${span(anchor.x)}`;
    case 'point': {
      const whose = anchor.of.kind === 'run' ? 'a run' : 'the mean of a cell';
      const [x, y] = [formatNumber(anchor.x), formatNumber(anchor.y)];
      return `${title}: ${whose} at x ${x}, y ${y}`;
    }
  }
}

const typed = (v: number) => (Number.isFinite(v) ? String(Number(v.toPrecision(4))) : '');

/** Nothing typed yet is no mistake. */
function wordFor({ x0, x1, y0, y1, about }: ClaimDraft): 'empty' | 'wrong' {
  const ends = about === 'range' ? [x0, x1] : [x0, x1, y0, y1];
  return ends.every((end) => end.trim() === '') ? 'empty' : 'wrong';
}

/** Two typed ends as an interval, or what is wrong with them. */
function endsOf(from: string, to: string, axis: Axis | undefined): [number, number] | string {
  const ends = [from, to].map((end) => end.trim());
  if (ends.some((end) => end === '')) {
    return 'Drag over a chart to mark it, or type all of its ends.';
  }
  const [a = Number.NaN, b = Number.NaN] = ends.map((end) => Number(end.replace('−', '-')));
  if (!Number.isFinite(a) || !Number.isFinite(b)) return 'The ends must be numbers.';
  const [lo, hi] = [Math.min(a, b), Math.max(a, b)];
  if (axis?.scale === 'log' && lo <= 0) return 'On a logarithmic axis, the ends must be above 0.';
  return [lo, hi];
}
