'use client';
/**
 * One panel: single runs faint, means with intervals, the theory dashed, claims as rectangles, in one
 * chart or one for each value of a parameter. A region is marked and a range zoomed by dragging or by
 * typing, and the same numbers are in a table.
 */
import { useCallback, useMemo, useState } from 'react';
import type { ClaimView, Region } from '../../server/protocol.ts';
import type { ChangeView } from '../view/use-view-state.ts';
import { DEFAULT_VIEW, panelView, type ViewState, withPanel } from '../view/view-state.ts';
import { ChartBoundary } from './chart-boundary.tsx';
import { ChartTools } from './chart-tools.tsx';
import { DataTable } from './data-table.tsx';
import { facetsOf } from './facets.ts';
import { scalesOf } from './figure-scales.ts';
import { LeftOutList } from './left-out-list.tsx';
import { Legend } from './legend.tsx';
import type { Tool } from './marking.tsx';
import styles from './panel-chart.module.css';
import { type PictureInput, pictureMemory, pictureOf } from './picture.ts';
import { ReadableChart } from './readable-chart.tsx';
import { stretched, type Zoom } from './zoom.ts';

export interface PanelChartProps extends Omit<PictureInput, 'view'> {
  /** Absent: the default view. */
  readonly view?: ViewState;
  /** Changes the view; absent: the chart cannot be zoomed. */
  readonly onView?: ChangeView;
  readonly claims: readonly ClaimView[];
  /** Claim to highlight, or null. */
  readonly highlighted: string | null;
  /** Region being marked, or null. */
  readonly selection: Region | null;
  /** Called when a region was dragged with the pointer; absent: read-only. */
  readonly onSelect?: (region: Region) => void;
  /** Link to a run's point file. */
  readonly pointHref: (runId: string) => string;
  /** Opens a run in place of that link. */
  readonly onRun?: (runId: string) => void;
}

export function PanelChart(props: PanelChartProps) {
  return (
    <ChartBoundary>
      <Chart {...props} />
    </ChartBoundary>
  );
}

const SOME_TICKS = { x: 7, y: 7 };

function Chart(props: PanelChartProps) {
  const { study, panel, isNull, cells, runs, isolated, view = DEFAULT_VIEW } = props;
  const { claims, highlighted, selection, onSelect, onView, pointHref, onRun } = props;
  const [memory] = useState(pictureMemory);
  const [tool, setTool] = useState<Tool>('none');
  const input = useMemo(
    () => ({ study, panel, isNull, cells, runs, isolated, view }),
    [study, panel, isNull, cells, runs, isolated, view],
  );
  const picture = useMemo(() => pictureOf(input, memory), [input, memory]);
  const facets = useMemo(() => {
    const param = study.params.find((p) => p.name === view.facet && !view.pooled.includes(p.name));
    return facetsOf(picture, param ?? null, cells);
  }, [picture, study, view, cells]);
  const zoom = panelView(view, panel.id);
  const onRegion = useCallback(
    (region: Region) => {
      setTool('none');
      onSelect?.(region);
    },
    [onSelect],
  );
  const onZoom = useCallback(
    (to: Zoom) => onView?.((v) => withPanel(v, panel.id, to)),
    [onView, panel],
  );
  const empty = picture.theory.length + picture.means.length + picture.raw.length === 0;
  // What is shown by numbers of one kind of frame: the domains do not hang on how many ticks fit.
  const { x, y } = useMemo(
    () => scalesOf(panel, picture, { x: null, y: null }, SOME_TICKS),
    [panel, picture],
  );
  const onZoomStep = (factor: number | null, about: number | null) => {
    const now = { x: zoom.x ?? x.domain, y: zoom.y ?? y.domain };
    onZoom(
      factor === null
        ? { x: null, y: null }
        : { x: stretched(panel.x, now.x, factor, about ?? undefined) },
    );
  };
  return (
    <div className={styles.chart}>
      {empty ? (
        <p className={`${styles.frame} ${styles.empty}`}>{nothingIn(view)}</p>
      ) : (
        <>
          <div className={facets.length > 1 ? styles.facets : undefined}>
            {facets.map(({ key, name, picture: own }) => (
              <ReadableChart
                key={key}
                {...{ name, panel, zoom, claims, highlighted, selection, tool, onZoom, pointHref }}
                picture={own}
                extent={picture}
                small={facets.length > 1}
                onTool={setTool}
                {...(onView === undefined ? {} : { onZoomStep })}
                {...(onSelect === undefined ? {} : { onRegion })}
                {...(onRun === undefined ? {} : { onRun })}
              />
            ))}
          </div>
          <ChartTools
            {...{ panel, zoom, tool }}
            shown={{ x: x.domain, y: y.domain }}
            onTool={setTool}
            marks={onSelect !== undefined}
            {...(onView === undefined ? {} : { onZoom })}
          />
          <Legend panel={panel} picture={picture} />
        </>
      )}
      <LeftOutList input={input} points={picture.leftOut} />
      <DataTable panel={panel} picture={picture} />
    </div>
  );
}

function nothingIn({ runs, means, theory }: ViewState): string {
  return runs && means && theory
    ? 'Nothing here until the first run is in.'
    : 'Nothing here of what “More” shows: tick runs, means or theory.';
}
