'use client';
/** Paints the single runs onto the canvas that lies behind the chart, and again when the page turns dark. */
import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react';
import type { RawLine } from './picture.ts';
import type { Projection } from './projection.ts';
import { createRunsPainter, type RunsPainter } from './runs-painter.ts';

interface Props {
  readonly canvas: RefObject<HTMLCanvasElement | null>;
  readonly lines: readonly RawLine[];
  readonly at: Projection;
  readonly dots: boolean;
  readonly ramp: number | undefined;
}

export function RunsLayer({ canvas, lines, at, dots, ramp }: Props) {
  const painter = useRef<RunsPainter | null>(null);
  useLayoutEffect(() => {
    if (canvas.current === null) return;
    painter.current ??= createRunsPainter(canvas.current);
    painter.current.paint({ lines, at, dots, ramp });
  }, [canvas, lines, at, dots, ramp]);
  useEffect(() => {
    const dark = window.matchMedia('(prefers-color-scheme: dark)');
    const recolor = () => painter.current?.recolor();
    dark.addEventListener('change', recolor);
    return () => dark.removeEventListener('change', recolor);
  }, []);
  return null;
}
