'use client';
/**
 * The pointer over a chart: passing reads a point, a press without travel pins it, a drag marks a
 * region or zooms, by the tool in hand. A finger drags to scroll the page, unless a tool was taken.
 */
import { type PointerEvent, useRef, useState } from 'react';
import type { Region } from '../../server/protocol.ts';
import styles from './panel-chart.module.css';
import { DRAG, type Projection, regionOf } from './projection.ts';
import type { ReadingEvent } from './reading.ts';
import type { Spot } from './spot.ts';
import { type Zoom, zoomBetween } from './zoom.ts';

type Pixel = readonly [number, number];

interface Props {
  readonly at: Projection;
  readonly spotAt: (px: number, py: number) => Spot | null;
  readonly dispatch: (event: ReadingEvent) => void;
  readonly tool: Tool;
  /** Absent: nothing can be marked. */
  readonly onRegion?: (region: Region) => void;
  readonly onZoom: (to: Zoom) => void;
}

/** What a drag does; with none in hand a mouse marks, and a finger scrolls. */
export type Tool = 'none' | 'mark' | 'zoom';

export function Marking({ at, spotAt, dispatch, tool, onRegion, onZoom }: Props) {
  const { area } = at;
  const start = useRef<Pixel | null>(null);
  const [drag, setDrag] = useState<readonly [Pixel, Pixel] | null>(null);

  const local = (event: PointerEvent<SVGRectElement>): Pixel => {
    const box = event.currentTarget.getBoundingClientRect();
    return [area.x + event.clientX - box.left, area.y + event.clientY - box.top];
  };
  const stop = () => {
    start.current = null;
    setDrag(null);
  };
  const drags = (event: PointerEvent) =>
    tool === 'zoom' ||
    (onRegion !== undefined && (event.pointerType !== 'touch' || tool === 'mark'));

  return (
    <g>
      {drag !== null && <DragRect drag={drag} />}
      <rect
        {...area}
        fill="transparent"
        className={onRegion === undefined && tool === 'none' ? undefined : styles.surface}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          start.current = local(event);
          if (drags(event)) event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          const here = local(event);
          if (start.current === null) dispatch({ kind: 'pass', spot: spotAt(...here) });
          else if (drags(event)) setDrag([start.current, here]);
        }}
        onPointerUp={(event) => {
          const from = start.current;
          stop();
          if (from === null) return;
          const to = local(event);
          if (Math.hypot(to[0] - from[0], to[1] - from[1]) < DRAG) {
            dispatch({ kind: 'press', spot: spotAt(...to) });
            return;
          }
          if (!drags(event)) return;
          if (tool === 'zoom') {
            onZoom(zoomBetween(from, to, at));
            return;
          }
          const region = regionOf(from, to, at);
          if (region !== null) onRegion?.(region);
        }}
        // The browser took the pointer to scroll.
        onPointerCancel={stop}
        onPointerLeave={(event) => {
          if (!event.currentTarget.hasPointerCapture(event.pointerId)) start.current = null;
          dispatch({ kind: 'pass', spot: null });
        }}
      />
    </g>
  );
}

function DragRect({ drag: [from, to] }: { readonly drag: readonly [Pixel, Pixel] }) {
  return (
    <rect
      x={Math.min(from[0], to[0])}
      y={Math.min(from[1], to[1])}
      width={Math.abs(to[0] - from[0])}
      height={Math.abs(to[1] - from[1])}
      className={styles.selection}
    />
  );
}
