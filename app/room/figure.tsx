'use client';
/** The panels of a study's figure with what people marked on them: in a room, a snapshot or a report. */
import { useMemo } from 'react';
import type { Study } from '../../compute/studies/study.ts';
import type { CellView, ClaimView, Region, RunView } from '../../server/protocol.ts';
import type { DrawnFit } from '../charts/picture.ts';
import { PanelFigure } from '../ui/panel-figure.tsx';

export interface FigureProps {
  readonly study: Study;
  readonly isNull: boolean;
  readonly cells: readonly CellView[];
  readonly runs: readonly RunView[];
  /** Those that are drawn. */
  readonly claims: readonly ClaimView[];
  /** Fitted laws that are drawn. */
  readonly fits?: readonly DrawnFit[];
  /** Cell to isolate, or null for all. */
  readonly isolated: number | null;
  /** Claim to highlight, or null. */
  readonly highlighted: string | null;
  /** Region being marked, and where; or null. */
  readonly marked: { readonly panel: string; readonly region: Region } | null;
  /** Called when a region was dragged with the pointer; absent: read-only. Keep it the same object. */
  readonly onSelect?: (panel: string, region: Region) => void;
}

const NO_CLAIMS: readonly ClaimView[] = [];
const NO_FITS: readonly DrawnFit[] = [];

export function Figure(props: FigureProps) {
  const { study, isNull, cells, runs, claims, isolated, highlighted, marked, onSelect } = props;
  const { fits = NO_FITS } = props;
  // Charts are dear to draw: while somebody types or a claim is hovered, what the others get is the
  // same object as before, and they stay as they are.
  const claimsOf = useMemo(() => groupByPanel(claims), [claims]);
  const fitsOf = useMemo(() => groupByPanel(fits), [fits]);
  const selectOn = useMemo(
    () =>
      new Map(
        study.panels.map(({ id }) => [id, (region: Region) => onSelect?.(id, region)] as const),
      ),
    [study, onSelect],
  );
  return study.panels.map((panel) => {
    const here = claimsOf.get(panel.id) ?? NO_CLAIMS;
    const select = onSelect === undefined ? undefined : selectOn.get(panel.id);
    return (
      <PanelFigure
        key={panel.id}
        {...{ study, panel, isNull, cells, runs, isolated, pointHref }}
        claims={here}
        fits={fitsOf.get(panel.id) ?? NO_FITS}
        highlighted={here.some((c) => c.id === highlighted) ? highlighted : null}
        selection={marked?.panel === panel.id ? marked.region : null}
        {...(select === undefined ? {} : { onSelect: select })}
      />
    );
  });
}

function pointHref(runId: string): string {
  return `/api/runs/${encodeURIComponent(runId)}/point.json`;
}

function groupByPanel<T extends { readonly panel: string }>(
  items: readonly T[],
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(item.panel);
    if (group === undefined) groups.set(item.panel, [item]);
    else group.push(item);
  }
  return groups;
}
