'use client';
/**
 * The axes, by Recharts, and what is inside them. Recharts draws no data here: it remounts every
 * symbol at every change, so the data are paths of ours, placed by its plot area and the domains
 * that it was given. It is memoised, for a chart is dear to draw and readings change with every move.
 */
import { memo, useMemo, useState } from 'react';
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
import { ChartLayer } from './chart-layer.tsx';
import { Marking } from './marking.tsx';
import { pointerIndex } from './nearest.ts';
import type { Picture } from './picture.ts';
import { projectionOf } from './projection.ts';
import type { ReadingEvent } from './reading.ts';
import { type Scale, scaleOf, tickLabels } from './scale.ts';
import { SpotMarker } from './spot-marker.tsx';

export interface ChartFrameProps {
  readonly panel: Panel;
  readonly picture: Picture;
  readonly claims: readonly ClaimView[];
  readonly highlighted: string | null;
  readonly selection: Region | null;
  readonly armed: boolean;
  readonly dispatch: (event: ReadingEvent) => void;
  readonly onRegion?: (region: Region) => void;
}

const NO_DATA: readonly { x: number }[] = [{ x: 1 }];
const MARGIN = { top: 12, right: 16, bottom: 24, left: 12 };
const TICK = { fill: 'currentColor', fontSize: 12 };
const INITIAL = { width: 640, height: 360 };
const Y_WIDTH = 64;
/** Pixels that a tick's label takes along its axis, with air. */
const [LABEL_WIDTH, LABEL_HEIGHT] = [52, 44];

export const ChartFrame = memo(function ChartFrame(props: ChartFrameProps) {
  const { panel, picture } = props;
  const [fits, setFits] = useState(() => ticksFor(INITIAL.width, INITIAL.height));
  const { x, y } = useMemo(() => {
    const { theory, means, raw, fits: laws } = picture;
    const points = [...theory, ...means, ...raw, ...laws].flatMap((l) => l.points);
    const [xs, ys] = [points.map((p) => p.x), points.map((p) => p.y)];
    return {
      // A curve begins and ends at the frame; points lie inside of it.
      x: scaleOf(panel.x, xs, { pad: panel.draw === 'points', ticks: fits.x }),
      y: scaleOf(panel.y, ys, { pad: true, ticks: fits.y }),
    };
  }, [panel, picture, fits.x, fits.y]);
  return (
    <ResponsiveContainer
      width="100%"
      height="100%"
      initialDimension={INITIAL}
      onResize={(width, height) =>
        setFits((before) => {
          const now = ticksFor(width, height);
          return now.x === before.x && now.y === before.y ? before : now;
        })
      }
    >
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
        <Inside {...props} x={x} y={y} />
      </ComposedChart>
    </ResponsiveContainer>
  );
});

const LABEL = { fill: 'currentColor', fontSize: 12 };
const UPRIGHT = { angle: -90, style: { textAnchor: 'middle' } } as const;

function textOf(axis: Axis): string {
  return axis.unit === undefined ? axis.label : `${axis.label} (${axis.unit})`;
}

function ticksFor(width: number, height: number): { readonly x: number; readonly y: number } {
  const [across, up] = [
    width - Y_WIDTH - MARGIN.left - MARGIN.right,
    height - MARGIN.top - MARGIN.bottom,
  ];
  const between = (n: number) => Math.min(9, Math.max(3, Math.floor(n)));
  return { x: between(across / LABEL_WIDTH), y: between(up / LABEL_HEIGHT) };
}

interface InsideProps extends ChartFrameProps {
  readonly x: Scale;
  readonly y: Scale;
}

/** What lies in the plot area, once Recharts has measured it. */
function Inside({ panel, picture, x, y, armed, dispatch, onRegion, ...marks }: InsideProps) {
  const area = usePlotArea();
  const { x: left = 0, y: top = 0, width = 0, height = 0 } = area ?? {};
  const at = useMemo(
    () => projectionOf(panel, x, y, { x: left, y: top, width, height }),
    [panel, x, y, left, top, width, height],
  );
  const spotAt = useMemo(() => pointerIndex(picture, at), [picture, at]);
  if (width <= 0 || height <= 0) return null;
  const { claims, highlighted, selection } = marks;
  return (
    <>
      <ChartLayer {...{ panel, picture, at, claims, highlighted, selection }} />
      <SpotMarker {...{ panel, picture, at }} />
      <Marking
        {...{ at, spotAt, dispatch, armed }}
        {...(onRegion === undefined ? {} : { onRegion })}
      />
    </>
  );
}
