'use client';
/**
 * The axes, by Recharts, and what is inside them. Recharts draws no data here: it remounts every
 * symbol at every change, so the data are paths of ours and a canvas, placed by its plot area and the
 * domains that it was given. The axes are drawn again only when they change: what is inside comes by a
 * context past them.
 */
import {
  createContext,
  memo,
  type RefObject,
  useCallback,
  useContext,
  useId,
  useMemo,
  useRef,
  useState,
} from 'react';
import {
  CartesianGrid,
  ComposedChart,
  ResponsiveContainer,
  usePlotArea,
  XAxis,
  YAxis,
} from 'recharts';
import type { Axis, Panel } from '../../compute/studies/study.ts';
import type { ClaimView, Region } from '../../server/protocol.ts';
import type { PanelView } from '../view/view-state.ts';
import { ChartLayer } from './chart-layer.tsx';
import { claimAt } from './claim-spot.ts';
import { type FrameFits, sameScale, scalesOf } from './figure-scales.ts';
import { LogTicks } from './log-ticks.tsx';
import { Marking, type Tool } from './marking.tsx';
import { type KeptIndex, pointerIndex } from './nearest.ts';
import styles from './panel-chart.module.css';
import { PanelOverlayContext } from './panel-overlay.ts';
import type { Picture } from './picture.ts';
import { projectionOf } from './projection.ts';
import type { ReadingEvent } from './reading.ts';
import { OverlayLines } from './replayed-lines.tsx';
import { RunTrail } from './run-trail.tsx';
import { RunsLayer } from './runs-layer.tsx';
import { type Scale, tickLabels } from './scale.ts';
import { SpotMarker } from './spot-marker.tsx';
import type { Zoom } from './zoom.ts';

export interface ChartFrameProps {
  readonly panel: Panel;
  readonly picture: Picture;
  /** The picture whose points the axes hold: its own, or that of all facets. */
  readonly extent: Picture;
  readonly zoom: PanelView;
  readonly claims: readonly ClaimView[];
  readonly highlighted: string | null;
  readonly selection: Region | null;
  readonly tool: Tool;
  readonly dispatch: (event: ReadingEvent) => void;
  readonly onRegion?: (region: Region) => void;
  readonly onZoom: (to: Zoom) => void;
  /** Called with the claim that is pointed at, or null. Keep it the same object. */
  readonly onClaim?: (claim: string | null) => void;
}

const NO_DATA: readonly { x: number }[] = [{ x: 1 }];
const MARGIN = { top: 12, right: 16, bottom: 24, left: 12 };
const TICK = { fill: 'currentColor', fontSize: 12 };
const INITIAL = { width: 640, height: 360 };
const Y_WIDTH = 64;
/** Pixels that a tick's label takes along its axis, with air. */
const [LABEL_WIDTH, LABEL_HEIGHT] = [52, 44];

interface Inner extends ChartFrameProps {
  readonly canvas: RefObject<HTMLCanvasElement | null>;
}

const InnerContext = createContext<Inner | null>(null);

export const ChartFrame = memo(function ChartFrame(props: ChartFrameProps) {
  const { panel, extent, zoom } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [fits, setFits] = useState(() => ticksFor(INITIAL.width, INITIAL.height));
  const scales = useMemo(() => scalesOf(panel, extent, zoom, fits), [panel, extent, zoom, fits]);
  const x = useSameScale(scales.x);
  const y = useSameScale(scales.y);
  const onResize = useCallback(
    (width: number, height: number) =>
      setFits((before) => {
        const now = ticksFor(width, height);
        return now.x === before.x && now.y === before.y ? before : now;
      }),
    [],
  );
  return (
    <InnerContext value={{ ...props, canvas }}>
      <canvas ref={canvas} className={styles.runs} />
      <Axes {...{ panel, x, y, onResize }} />
    </InnerContext>
  );
});

/** The scale of before while it draws the same axis. */
function useSameScale(now: Scale): Scale {
  const [kept, setKept] = useState(now);
  if (kept === now || sameScale(kept, now)) return kept;
  setKept(now);
  return now;
}

interface AxesProps {
  readonly panel: Panel;
  readonly x: Scale;
  readonly y: Scale;
  readonly onResize: (width: number, height: number) => void;
}

const Axes = memo(function Axes({ panel, x, y, onResize }: AxesProps) {
  return (
    <ResponsiveContainer width="100%" height="100%" initialDimension={INITIAL} onResize={onResize}>
      <ComposedChart data={NO_DATA} margin={MARGIN} accessibilityLayer={false}>
        <CartesianGrid stroke="var(--rule)" />
        <XAxis
          type="number"
          dataKey="x"
          scale={panel.x.scale}
          domain={[...x.domain]}
          ticks={[...x.ticks]}
          tickFormatter={tickLabels(x.ticks)}
          interval={0}
          allowDataOverflow
          stroke="currentColor"
          tick={TICK}
          label={{ ...LABEL, value: textOf(panel.x), position: 'insideBottom', offset: -14 }}
        />
        <YAxis
          type="number"
          scale={panel.y.scale}
          domain={[...y.domain]}
          ticks={[...y.ticks]}
          tickFormatter={tickLabels(y.ticks)}
          interval={0}
          allowDataOverflow
          width={Y_WIDTH}
          stroke="currentColor"
          tick={TICK}
          label={{ ...LABEL, ...UPRIGHT, value: textOf(panel.y), position: 'insideLeft' }}
        />
        <Inside x={x} y={y} />
      </ComposedChart>
    </ResponsiveContainer>
  );
});

const LABEL = { fill: 'currentColor', fontSize: 12 };
const UPRIGHT = { angle: -90, style: { textAnchor: 'middle' } } as const;

function textOf(axis: Axis): string {
  return axis.unit === undefined ? axis.label : `${axis.label} (${axis.unit})`;
}

function ticksFor(width: number, height: number): FrameFits {
  const [across, up] = [
    width - Y_WIDTH - MARGIN.left - MARGIN.right,
    height - MARGIN.top - MARGIN.bottom,
  ];
  const between = (n: number) => Math.min(9, Math.max(3, Math.floor(n)));
  return { x: between(across / LABEL_WIDTH), y: between(up / LABEL_HEIGHT) };
}

/** What lies in the plot area, once Recharts has measured it. */
function Inside({ x, y }: { readonly x: Scale; readonly y: Scale }) {
  const inner = useContext(InnerContext);
  const area = usePlotArea();
  const { x: left = 0, y: top = 0, width = 0, height = 0 } = area ?? {};
  if (inner === null || width <= 0 || height <= 0) return null;
  return <Drawing {...{ inner, x, y, left, top, width, height }} />;
}

interface DrawingProps {
  readonly inner: Inner;
  readonly x: Scale;
  readonly y: Scale;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

function Drawing({ inner, x, y, left, top, width, height }: DrawingProps) {
  const { panel, picture, canvas, tool, dispatch, onRegion, onZoom, onClaim } = inner;
  const { claims, highlighted, selection } = inner;
  const overlay = useContext(PanelOverlayContext);
  const clip = useId();
  const at = useMemo(
    () => projectionOf(panel, x, y, { x: left, y: top, width, height }),
    [panel, x, y, left, top, width, height],
  );
  const [memory] = useState<KeptIndex>(() => ({ kept: null }));
  const spotAt = useMemo(() => pointerIndex(picture, at, memory), [picture, at, memory]);
  const dots = panel.draw === 'points';
  const { theory, means, fits, ramp } = picture;
  return (
    <>
      <clipPath id={clip}>
        <rect {...at.area} />
      </clipPath>
      <LogTicks {...{ panel, x, y, at }} />
      <RunsLayer {...{ canvas, at, dots, ramp }} lines={picture.raw} />
      <ChartLayer
        {...{ dots, theory, means, fits, ramp, at, clip, claims, highlighted, selection }}
      />
      <RunTrail {...{ panel, picture, at, clip }} />
      <OverlayLines {...{ panel, at, clip }} />
      <SpotMarker {...{ picture, at }} />
      <Marking
        {...{ at, spotAt, dispatch, tool, onZoom }}
        {...(onRegion === undefined ? {} : { onRegion })}
        {...(onClaim === undefined
          ? {}
          : { onPixel: (pixel) => onClaim(pixel === null ? null : claimAt(claims, pixel, at)) })}
      />
      {overlay?.(panel.id, at)}
    </>
  );
}
