'use client';
/**
 * The pointer over a chart: passing reads a point, a press without travel pins it, a drag marks a
 * region. A finger drags to scroll the page, unless the chart was told that it marks.
 */
import { type PointerEvent, useRef, useState } from 'react';
import type { Region } from '../../server/protocol.ts';
import styles from './panel-chart.module.css';
import { DRAG, type Projection, regionOf } from './projection.ts';
import type { ReadingEvent } from './reading.ts';
import type { Spot } from './spot.ts';

type Pixel = readonly [number, number];

interface Props {
  readonly at: Projection;
  readonly spotAt: (px: number, py: number) => Spot | null;
  readonly dispatch: (event: ReadingEvent) => void;
  /** The next drag of a finger marks. */
  readonly armed: boolean;
  /** Absent: read-only. */
  readonly onRegion?: (region: Region) => void;
  /** Where the pointer passes; null when it has left. */
  readonly onPixel?: (pixel: Pixel | null) => void;
}

export function Marking({ at, spotAt, dispatch, armed, onRegion, onPixel }: Props) {
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
  const marks = (event: PointerEvent) =>
    onRegion !== undefined && (event.pointerType !== 'touch' || armed);

  return (
    <g>
      {drag !== null && <DragRect drag={drag} />}
      <rect
        {...area}
        fill="transparent"
        className={onRegion === undefined ? undefined : styles.surface}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          start.current = local(event);
          if (marks(event)) event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          const here = local(event);
          if (start.current === null) {
            dispatch({ kind: 'pass', spot: spotAt(...here) });
            onPixel?.(here);
          } else if (marks(event)) setDrag([start.current, here]);
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
          const region = marks(event) ? regionOf(from, to, at) : null;
          if (region !== null) onRegion?.(region);
        }}
        // The browser took the pointer to scroll.
        onPointerCancel={stop}
        onPointerLeave={(event) => {
          if (!event.currentTarget.hasPointerCapture(event.pointerId)) start.current = null;
          dispatch({ kind: 'pass', spot: null });
          onPixel?.(null);
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
