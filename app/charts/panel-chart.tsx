'use client';
/**
 * One panel: single runs faint, means with intervals, the theory dashed, claims as rectangles, in one
 * chart or one for each value of a parameter. A region is marked and a range zoomed by dragging or by
 * typing, and the same numbers are in a table.
 */
import { useCallback, useMemo, useRef, useState } from 'react';
import type { ClaimView, Region } from '../../server/protocol.ts';
import type { ChangeView } from '../view/use-view-state.ts';
import { DEFAULT_VIEW, panelView, type ViewState, withPanel } from '../view/view-state.ts';
import { ChartBoundary } from './chart-boundary.tsx';
import { ChartTools } from './chart-tools.tsx';
import type { PointAnchor } from './claim-spot.ts';
import { DataTable } from './data-table.tsx';
import { ModeNote, ModeSwitch } from './derived/mode-switch.tsx';
import type { Shown } from './derived/shown.ts';
import { useShown } from './derived/use-shown.ts';
import { facetsOf } from './facets.ts';
import { scalesOf } from './figure-scales.ts';
import { LeftOutList } from './left-out-list.tsx';
import { Legend } from './legend.tsx';
import type { Tool } from './marking.tsx';
import styles from './panel-chart.module.css';
import { type DrawnFit, type PictureInput, pictureMemory, pictureOf } from './picture.ts';
import { ReadableChart } from './readable-chart.tsx';
import type { ChartFormat } from './save-chart.ts';
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
  /** Called with a pressed point that somebody wants to claim something about. */
  readonly onPoint?: (point: PointAnchor) => void;
  /** Called with the claim that is pointed at, or null. Keep it the same object. */
  readonly onClaim?: (claim: string | null) => void;
}

export function PanelChart(props: PanelChartProps) {
  return (
    <ChartBoundary>
      <Chart {...props} />
    </ChartBoundary>
  );
}

const SOME_TICKS = { x: 7, y: 7 };
const NO_FITS: readonly DrawnFit[] = [];

function Chart(props: PanelChartProps) {
  const { study, isNull, cells, runs, fits = NO_FITS, isolated, view = DEFAULT_VIEW } = props;
  const { onView, pointHref, onRun, onClaim } = props;
  const [memory] = useState(pictureMemory);
  const [tool, setTool] = useState<Tool>('none');
  const input = useMemo(
    () => ({
      ...{ study, panel: props.panel, isNull, cells, runs, fits, isolated },
      // Residuals need the theory where it is hidden, too.
      view: { ...view, theory: true },
    }),
    [study, props.panel, isNull, cells, runs, fits, isolated, view],
  );
  const data = useMemo(() => pictureOf(input, memory), [input, memory]);
  const shown = useShown(input, data, view);
  const { panel, picture } = shown;
  const { claims, highlighted, selection, onSelect, onPoint } = marksOn(shown, props);
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
  const root = useRef<HTMLDivElement>(null);
  const onSave = async (format: ChartFormat) => {
    const { saveChart } = await import('./save-chart.ts');
    if (root.current !== null)
      await saveChart(root.current, {
        ...{ title: panel.title, name: `${study.id}-${panel.id}`, format },
      });
  };
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
      {onView !== undefined && (
        <ModeSwitch
          {...{ shown, title: panel.title }}
          // Another mode has other axes: what was zoomed to is not there.
          onMode={(mode) => onView((v) => withPanel(v, panel.id, { mode, x: null, y: null }))}
        />
      )}
      {empty ? (
        <p className={`${styles.frame} ${styles.empty}`}>{nothingIn(view)}</p>
      ) : (
        <div ref={root} className={styles.whole}>
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
                {...(onPoint === undefined ? {} : { onPoint })}
                {...(onClaim === undefined ? {} : { onClaim })}
              />
            ))}
          </div>
          <ChartTools
            {...{ panel, zoom, tool }}
            shown={{ x: x.domain, y: y.domain }}
            {...{ onSave }}
            onTool={setTool}
            marks={onSelect !== undefined}
            {...(onView === undefined ? {} : { onZoom })}
          />
          <Legend panel={panel} picture={picture} />
        </div>
      )}
      <ModeNote shown={shown} />
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

const NO_CLAIMS: readonly ClaimView[] = [];

/** What is claimed is of the data's axes: on others there is nothing of it to see or to mark. */
function marksOn(
  { mode }: Shown,
  { claims, highlighted, selection, onSelect, onPoint }: PanelChartProps,
): { [K in 'claims' | 'highlighted' | 'selection']: PanelChartProps[K] } & {
  readonly onSelect: PanelChartProps['onSelect'] | undefined;
  readonly onPoint: PanelChartProps['onPoint'] | undefined;
} {
  return mode === 'data'
    ? { claims, highlighted, selection, onSelect, onPoint }
    : {
        ...{ claims: NO_CLAIMS, highlighted: null, selection: null },
        ...{ onSelect: undefined, onPoint: undefined },
      };
}
