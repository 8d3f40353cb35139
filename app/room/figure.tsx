'use client';
/** The panels of a study's figure with what people marked on them: in a room, a snapshot or a report. */
import { useMemo } from 'react';
import type { Study } from '../../compute/studies/study.ts';
import type { CellView, ClaimView, Region, RunView } from '../../server/protocol.ts';
import { PanelFigure } from '../ui/panel-figure.tsx';
import type { ChangeView } from '../view/use-view-state.ts';
import type { ViewState } from '../view/view-state.ts';
import { ViewToolbar } from '../view/view-toolbar.tsx';

export interface FigureProps {
  readonly study: Study;
  readonly isNull: boolean;
  readonly cells: readonly CellView[];
  readonly runs: readonly RunView[];
  /** Those that are drawn. */
  readonly claims: readonly ClaimView[];
  readonly view: ViewState;
  /** Changes the view; absent: it cannot be changed, and there is no toolbar. */
  readonly onView?: ChangeView;
  /** Claim to highlight, or null. */
  readonly highlighted: string | null;
  /** Region being marked, and where; or null. */
  readonly marked: { readonly panel: string; readonly region: Region } | null;
  /** Called when a region was dragged with the pointer; absent: read-only. Keep it the same object. */
  readonly onSelect?: (panel: string, region: Region) => void;
  /** Called when a run is opened, in place of the link to its point file. Keep it the same object. */
  readonly onRun?: (runId: string) => void;
}

const NO_CLAIMS: readonly ClaimView[] = [];

export function Figure(props: FigureProps) {
  const { study, isNull, cells, runs, claims, view, highlighted, marked } = props;
  const { onSelect, onView, onRun } = props;
  // A link may name a cell that this investigation does not have.
  const isolated = cells.some((c) => c.index === view.cell) ? view.cell : null;
  // Charts are dear to draw: while somebody types or a claim is hovered, what the others get is the
  // same object as before, and they stay as they are.
  const claimsOf = useMemo(() => groupByPanel(claims), [claims]);
  const selectOn = useMemo(
    () =>
      new Map(
        study.panels.map(({ id }) => [id, (region: Region) => onSelect?.(id, region)] as const),
      ),
    [study, onSelect],
  );
  const panels = study.panels.map((panel) => {
    const here = claimsOf.get(panel.id) ?? NO_CLAIMS;
    const select = onSelect === undefined ? undefined : selectOn.get(panel.id);
    return (
      <PanelFigure
        key={panel.id}
        {...{ study, panel, isNull, cells, runs, isolated, view, pointHref }}
        claims={here}
        highlighted={here.some((c) => c.id === highlighted) ? highlighted : null}
        selection={marked?.panel === panel.id ? marked.region : null}
        {...(select === undefined ? {} : { onSelect: select })}
        {...(onView === undefined ? {} : { onView })}
        {...(onRun === undefined ? {} : { onRun })}
      />
    );
  });
  return (
    <>
      {onView !== undefined && <ViewToolbar {...{ study, cells, view, onView }} />}
      {panels}
    </>
  );
}

function pointHref(runId: string): string {
  return `/api/runs/${encodeURIComponent(runId)}/point.json`;
}

function groupByPanel(claims: readonly ClaimView[]): ReadonlyMap<string, readonly ClaimView[]> {
  const groups = new Map<string, ClaimView[]>();
  for (const claim of claims) {
    const group = groups.get(claim.panel);
    if (group === undefined) groups.set(claim.panel, [claim]);
    else group.push(claim);
  }
  return groups;
}
