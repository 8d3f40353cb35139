'use client';
/** The panels of a study's figure with what people marked on them: in a room, a snapshot or a report. */
import { useMemo } from 'react';
import type { Study } from '../../compute/studies/study.ts';
import type { CellView, ClaimView, Region, RunView } from '../../server/protocol.ts';
import type { PointAnchor } from '../charts/claim-spot.ts';
import type { DrawnFit } from '../charts/picture.ts';
import { PanelFigure } from '../ui/panel-figure.tsx';
import { PauseButton } from '../view/pause-button.tsx';
import type { Updates } from '../view/use-updates.ts';
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
  /** Fitted laws that are drawn. */
  readonly fits?: readonly DrawnFit[];
  readonly view: ViewState;
  /** Changes the view; absent: it cannot be changed, and there is no toolbar. */
  readonly onView?: ChangeView;
  /** Live updates that can be paused; absent: what is shown does not change by itself. */
  readonly updates?: Updates;
  /** Claim to highlight, or null. */
  readonly highlighted: string | null;
  /** Region being marked, and where; or null. */
  readonly marked: { readonly panel: string; readonly region: Region } | null;
  /** Called when a region was dragged with the pointer; absent: read-only. Keep it the same object. */
  readonly onSelect?: (panel: string, region: Region) => void;
  /** Called when a run is opened, in place of the link to its point file. Keep it the same object. */
  readonly onRun?: (runId: string) => void;
  /** Called with a pressed point that somebody wants to claim something about. Keep it the same object. */
  readonly onPoint?: (point: PointAnchor) => void;
  /** Called with the claim that is pointed at, or null. Keep it the same object. */
  readonly onClaim?: (claim: string | null) => void;
}

const NO_CLAIMS: readonly ClaimView[] = [];
const NO_FITS: readonly DrawnFit[] = [];

export function Figure(props: FigureProps) {
  const { study, isNull, cells, runs, claims, fits = NO_FITS, view, highlighted, marked } = props;
  const { onSelect, onView, onRun, onPoint, onClaim, updates } = props;
  // A link may name a cell that this investigation does not have.
  const isolated = cells.some((c) => c.index === view.cell) ? view.cell : null;
  // Charts are dear to draw: while somebody types or a claim is hovered, what the others get is the
  // same object as before, and they stay as they are.
  const claimsOf = useMemo(() => groupByPanel(claims, panelOfClaim), [claims]);
  const fitsOf = useMemo(() => groupByPanel(fits, ({ panel }) => panel), [fits]);
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
        fits={fitsOf.get(panel.id) ?? NO_FITS}
        highlighted={here.some((c) => c.id === highlighted) ? highlighted : null}
        selection={marked?.panel === panel.id ? marked.region : null}
        {...(select === undefined ? {} : { onSelect: select })}
        {...(onView === undefined ? {} : { onView })}
        {...(onRun === undefined ? {} : { onRun })}
        {...(onPoint === undefined ? {} : { onPoint })}
        {...(onClaim === undefined ? {} : { onClaim })}
      />
    );
  });
  return (
    <>
      {onView !== undefined && (
        <ViewToolbar {...{ study, cells, view, onView }}>
          {updates !== undefined && <PauseButton updates={updates} />}
        </ViewToolbar>
      )}
      {panels}
    </>
  );
}

function pointHref(runId: string): string {
  return `/api/runs/${encodeURIComponent(runId)}/point.json`;
}

/** What is about a number of the analysis stands on the verdict's card. */
const panelOfClaim = ({ anchor }: ClaimView) => (anchor.kind === 'fit' ? null : anchor.panel);

function groupByPanel<T>(
  items: readonly T[],
  panelOf: (item: T) => string | null,
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const panel = panelOf(item);
    if (panel === null) continue;
    const group = groups.get(panel);
    if (group === undefined) groups.set(panel, [item]);
    else group.push(item);
  }
  return groups;
}
