import { describe, expect, it } from 'vitest';
import { studies } from '../../compute/studies/registry.ts';
import { draftRegion, emptyDraft, regionDraft } from './claim-draft.ts';

const study = studies[0];
if (study === undefined) throw new Error('There is no study.');
const panel = study.panels[0]?.id ?? '';
const base = emptyDraft(panel);

describe('the region of a claim', () => {
  it('is empty until something is typed, and wants all four ends', () => {
    expect(draftRegion(base, study).kind).toBe('empty');
    expect(draftRegion({ ...base, x0: '1' }, study).kind).toBe('wrong');
  });

  it('reads numbers in either order', () => {
    expect(draftRegion({ ...base, x0: '5', x1: '1', y0: '2', y1: '3' }, study)).toEqual({
      kind: 'region',
      region: { x: [1, 5], y: [2, 3] },
    });
  });

  it('refuses what is no number', () => {
    expect(draftRegion({ ...base, x0: 'a', x1: '1', y0: '2', y1: '3' }, study).kind).toBe('wrong');
  });

  it('refuses what a logarithmic axis cannot show', () => {
    const log = study.panels.find((p) => p.x.scale === 'log' || p.y.scale === 'log');
    const draft = { ...base, panel: log?.id ?? '', x0: '-1', x1: '1', y0: '-1', y1: '1' };
    expect(draftRegion(draft, study).kind).toBe(log === undefined ? 'region' : 'wrong');
  });

  it('takes a marked region to four digits and keeps the text', () => {
    const marked = regionDraft({ ...base, text: 'look' }, panel, {
      x: [1.23456, 2],
      y: [3, 4],
    });
    expect(marked).toMatchObject({ x0: '1.235', x1: '2', text: 'look' });
    expect(draftRegion(marked, study)).toEqual({
      kind: 'region',
      region: { x: [1.235, 2], y: [3, 4] },
    });
  });
});
