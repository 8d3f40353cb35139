import { describe, expect, it } from 'vitest';
import { studies } from '../../compute/studies/registry.ts';
import type { Anchor, ClaimView } from '../../server/protocol.ts';
import {
  anchorDraft,
  anchorWords,
  draftAnchor,
  draftOf,
  draftRegion,
  emptyDraft,
  regionDraft,
  sameAnchor,
} from './claim-draft.ts';

const study = studies[0];
if (study === undefined) throw new Error('There is no study.');
const panel = study.panels[0]?.id ?? '';
const base = emptyDraft(panel);
const point: Anchor = {
  ...{ kind: 'point', panel, of: { kind: 'cell', cell: 1 }, line: 'l', x: 3, y: 0.5 },
};

describe('what a claim is about', () => {
  it('is empty until something is typed, and wants all ends', () => {
    expect(draftAnchor(base, study).kind).toBe('empty');
    expect(draftAnchor({ ...base, x0: '1' }, study).kind).toBe('wrong');
    expect(draftAnchor({ ...base, x0: '1', x1: '2' }, study).kind).toBe('wrong');
    expect(draftAnchor({ ...base, about: 'point' }, study).kind).toBe('empty');
  });

  it('reads numbers in either order', () => {
    const typed = { ...base, x0: '5', x1: '1', y0: '2', y1: '3' };
    expect(draftAnchor(typed, study)).toEqual({
      kind: 'anchor',
      anchor: { kind: 'region', panel, region: { x: [1, 5], y: [2, 3] } },
    });
    expect(draftAnchor({ ...typed, about: 'range' }, study)).toEqual({
      kind: 'anchor',
      anchor: { kind: 'range', panel, x: [1, 5] },
    });
  });

  it('refuses what is no number, and what a logarithmic axis cannot show', () => {
    expect(draftAnchor({ ...base, x0: 'a', x1: '1', y0: '2', y1: '3' }, study).kind).toBe('wrong');
    const log = study.panels.find((p) => p.x.scale === 'log' || p.y.scale === 'log');
    const draft = { ...base, panel: log?.id ?? '', x0: '-1', x1: '1', y0: '-1', y1: '1' };
    expect(draftAnchor(draft, study).kind).toBe(log === undefined ? 'anchor' : 'wrong');
  });

  it('takes a marked region to four digits and keeps the text', () => {
    const marked = regionDraft({ ...base, text: 'look' }, panel, { x: [1.23456, 2], y: [3, 4] });
    expect(marked).toMatchObject({ about: 'region', x0: '1.235', x1: '2', text: 'look' });
    expect(draftRegion(marked, study)).toEqual({ x: [1.235, 2], y: [3, 4] });
  });

  it('keeps a range a range while it is marked, and outlines it over all of y', () => {
    const region = { x: [1, 2] as [number, number], y: [3, 4] as [number, number] };
    const marked = regionDraft({ ...base, about: 'range' }, panel, region);
    expect(marked.about).toBe('range');
    expect(draftRegion(marked, study)?.y).toEqual([-Infinity, Infinity]);
  });

  it('is the same as before where an edit leaves it alone, though its ends were shortened', () => {
    const anchor: Anchor = { kind: 'region', panel, region: { x: [1.23456, 2], y: [3, 4] } };
    const before = draftOf({ anchor, text: 'a' } as ClaimView, panel);
    expect(sameAnchor({ ...before, text: 'b' }, before)).toBe(true);
    expect(sameAnchor({ ...before, x0: '1.2' }, before)).toBe(false);
    expect(sameAnchor(anchorDraft(before, point), before)).toBe(false);
  });

  it('says where it is in words', () => {
    const title = study.panels[0]?.title ?? '';
    expect(anchorWords(point, study, {})).toBe(`${title}: the mean of a cell at x 3, y 0.5`);
    expect(anchorWords({ kind: 'fit', fit: null }, study, {})).toBe('The verdict');
    expect(anchorWords({ kind: 'fit', fit: 'a' }, study, { a: { label: 'Slope' } })).toBe(
      'Fitted number: Slope',
    );
  });
});
