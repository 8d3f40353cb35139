'use client';
/** The drawing of parallel coordinates: a few paths however many runs, and an axis that is dragged along. */
import { type PointerEvent, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { type SweepSummary, shortNumber, valueWords } from './axes.ts';
import {
  type Brushes,
  brushOf,
  choicesOf,
  keyOf,
  type ParallelLine,
  type ParallelScale,
  partOf,
} from './parallel.ts';
import { withBrush } from './range-fields.tsx';
import { lineColor } from './sequential.ts';
import styles from './sweep.module.css';

interface Props {
  readonly scales: readonly ParallelScale[];
  readonly lines: readonly ParallelLine[];
  readonly chosen: readonly boolean[];
  readonly brushes: Brushes;
  /** What the lines are coloured by. */
  readonly colors: SweepSummary | undefined;
  readonly onBrushes: (brushes: Brushes) => void;
}

const [TOP, ALONG, BOTTOM, SIDE] = [58, 230, 14, 56] as const;
/** Axes are at least so far apart; narrower screens scroll. */
const APART = 118;
/** Shades of the lines: a path each. */
const SHADES = 9;
/** Where a run without a value passes, below the axis, and what that takes. */
const [NONE, BELOW] = [TOP + ALONG + 22, 20] as const;
/** Pixels of a drag that are none. */
const PRESS = 4;

const yOf = (part: number) => TOP + (1 - part) * ALONG;

export function ParallelChart(props: Props) {
  const { scales, lines, chosen, brushes, colors, onBrushes } = props;
  const box = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(720);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const watch = new ResizeObserver(([entry]) => setRoom(entry?.contentRect.width ?? 720));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  const gap = Math.max(APART, (room - 2 * SIDE) / Math.max(1, scales.length - 1));
  const width = 2 * SIDE + gap * (scales.length - 1);
  const none = lines.some(({ parts }) => parts.includes(null));
  const height = TOP + ALONG + BOTTOM + (none ? BELOW : 0);
  const colored = scales.findIndex((s) => s.axis === colors);
  const paths = useMemo(
    () => pathsOf(lines, chosen, colored, (i) => SIDE + i * gap),
    [lines, chosen, colored, gap],
  );
  return (
    <div ref={box} className={styles.scroll}>
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={`${lines.length} runs over ${scales.length} axes. Ranges can be typed below, and a table follows.`}
        fill="none"
      >
        {paths.map(({ key, d, color }) => (
          <path
            key={key}
            d={d}
            className={color === null ? styles.lineOff : styles.lineOn}
            style={color === null ? undefined : { stroke: color }}
          />
        ))}
        {none && (
          <text x={SIDE + 7} y={NONE + 4} className={styles.mark}>
            no value
          </text>
        )}
        {scales.map((scale, i) => (
          <AxisBar
            key={keyOf(scale.axis)}
            scale={scale}
            x={SIDE + i * gap}
            brushes={brushes}
            onBrushes={onBrushes}
          />
        ))}
      </svg>
    </div>
  );
}

/** One path a shade; those outside of a range are one grey path behind them. */
function pathsOf(
  lines: readonly ParallelLine[],
  chosen: readonly boolean[],
  colored: number,
  x: (axis: number) => number,
) {
  const shades = Array.from({ length: SHADES + 1 }, () => [] as string[]);
  for (const [i, { parts }] of lines.entries()) {
    const d = parts
      .map((part, axis) => {
        const y = part === null ? NONE : yOf(part);
        return `${axis === 0 ? 'M' : 'L'}${x(axis).toFixed(1)} ${y.toFixed(1)}`;
      })
      .join('');
    const part = parts[colored];
    const shade = part === null || part === undefined ? 0 : Math.round(part * (SHADES - 1));
    shades[chosen[i] ? shade + 1 : 0]?.push(d);
  }
  return shades.flatMap((all, i) =>
    all.length === 0
      ? []
      : [
          {
            key: i === 0 ? 'outside' : `shade ${i}`,
            d: all.join(''),
            color: i === 0 ? null : lineColor((i - 1) / (SHADES - 1)),
          },
        ],
  );
}

interface AxisProps {
  readonly scale: ParallelScale;
  readonly x: number;
  readonly brushes: Brushes;
  readonly onBrushes: (brushes: Brushes) => void;
}

function AxisBar({ scale, x, brushes, onBrushes }: AxisProps) {
  const { axis } = scale;
  const start = useRef<number | null>(null);
  const [drag, setDrag] = useState<readonly [number, number] | null>(null);
  const brush = brushes[keyOf(axis)];
  const partAt = (event: PointerEvent<SVGRectElement>) => {
    const { top } = event.currentTarget.getBoundingClientRect();
    return 1 - (event.clientY - top - TOP) / ALONG;
  };
  const stop = () => {
    start.current = null;
    setDrag(null);
  };
  return (
    <g>
      <AxisName label={axis.label} x={x} />
      <path d={`M${x} ${TOP}V${TOP + ALONG}`} className={styles.axis} />
      {marksOf(scale).map(({ part, text }) => (
        <g key={text}>
          <path d={`M${x - 4} ${yOf(part)}h8`} className={styles.axis} />
          <text x={x + 7} y={yOf(part) + 4} className={styles.mark}>
            {text}
          </text>
        </g>
      ))}
      {(drag === null ? spansOf(scale, brush) : [drag]).map(([low, high]) => (
        <rect
          key={low}
          x={x - 8}
          width={16}
          y={yOf(high) - 4}
          height={yOf(low) - yOf(high) + 8}
          rx={4}
          className={styles.brush}
        />
      ))}
      <rect
        x={x - 16}
        y={0}
        width={32}
        height={TOP + ALONG + BOTTOM}
        fill="transparent"
        className={styles.handle}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          start.current = partAt(event);
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          if (start.current === null) return;
          const ends = [start.current, partAt(event)].map((p) => Math.min(1, Math.max(0, p)));
          setDrag([Math.min(...ends), Math.max(...ends)]);
        }}
        onPointerUp={(event) => {
          const from = start.current;
          stop();
          if (from === null) return;
          const to = partAt(event);
          const none = Math.abs(to - from) * ALONG < PRESS;
          onBrushes(withBrush(brushes, axis, none ? null : brushOf(scale, from, to)));
        }}
        onPointerCancel={stop}
      >
        <title>{axis.label}: drag for a range, press to clear it</title>
      </rect>
    </g>
  );
}

/** At most two lines of a name, broken at a blank; the rest is in the table. */
function AxisName({ label, x }: { readonly label: string; readonly x: number }) {
  const lines: string[] = [''];
  for (const word of label.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + word.length >= LETTERS) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  const shown = lines.slice(0, 3);
  if (lines.length > 3) shown[2] = `${shown[2]}…`;
  return (
    <text className={styles.axisName} textAnchor="middle">
      {shown.map((line, i) => (
        <tspan key={line} x={x} y={TOP - 12 - (shown.length - 1 - i) * 14}>
          {line}
        </tspan>
      ))}
    </text>
  );
}

const LETTERS = 18;
/** Values of a parameter are marked one by one up to so many. */
const MARKED = 8;

function marksOf(scale: ParallelScale): { part: number; text: string }[] {
  const { axis, domain } = scale;
  if (axis.kind === 'param' && axis.values.length <= MARKED)
    return axis.values.map((value) => ({
      part: partOf(scale, axis.scale === 'choice' ? String(value) : value) ?? 0,
      text: valueWords(axis, value),
    }));
  return [0, 1].map((part) => ({ part, text: shortNumber(domain[part] ?? 0) }));
}

/** What a brush covers of its axis, in parts. */
function spansOf(scale: ParallelScale, brush: Brushes[string] | undefined): [number, number][] {
  if (brush === undefined) return [];
  const held = (v: number | null, open: number) =>
    Math.min(1, Math.max(0, (v === null ? open : partOf(scale, v)) ?? open));
  if (brush.kind === 'range') {
    const ends = [held(brush.from, 0), held(brush.to, 1)] as [number, number];
    return ends[0] <= ends[1] ? [ends] : [];
  }
  return (choicesOf(scale.axis) ?? []).flatMap((value) => {
    const part = partOf(scale, value) ?? 0;
    return brush.values.includes(value) ? [[part, part] as [number, number]] : [];
  });
}
