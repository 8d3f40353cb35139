'use client';
/**
 * All squares at once, for grids too large for a row each: one canvas, one stop of the Tab key. Arrows walk the
 * squares, Enter or a press isolates the cell, and what a square is stands in the line below.
 */
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { CellView } from '../../server/protocol.ts';
import styles from './coverage.module.css';
import {
  extentWords,
  type Place,
  type SquareState,
  type Squares,
  type StripLayout,
  squareWords,
  stripsOf,
  walked,
} from './coverage-squares.ts';

interface Props {
  readonly cells: readonly CellView[];
  readonly seeds: readonly number[];
  readonly squares: Squares;
  /** Index of the cell that is trained next, or null. */
  readonly next: number | null;
  readonly isolated: number | null;
  readonly nameOf: (cell: CellView) => string;
  readonly onIsolate: (cell: number | null) => void;
}

const FIRST_WIDTH = 480;

export function CoverageMap(props: Props) {
  const { cells, seeds, squares, next, isolated, nameOf, onIsolate } = props;
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [across, setAcross] = useState(FIRST_WIDTH);
  const [dark, setDark] = useState(false);
  const [at, setAt] = useState<Place | null>(null);
  const strips = stripsOf(cells.length, seeds.length, across);

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const watch = new ResizeObserver(([entry]) =>
      setAcross(Math.floor(entry?.contentRect.width ?? FIRST_WIDTH)),
    );
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  useEffect(() => {
    const scheme = window.matchMedia('(prefers-color-scheme: dark)');
    const follow = () => setDark(scheme.matches);
    follow();
    scheme.addEventListener('change', follow);
    return () => scheme.removeEventListener('change', follow);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `dark` changes the colours that are read.
  useEffect(() => {
    if (canvas.current === null) return;
    const layout = stripsOf(cells.length, seeds.length, across);
    draw(canvas.current, layout, { cells, seeds, squares, next, isolated, at });
  }, [cells, seeds, squares, next, isolated, at, across, dark]);

  const choose = ({ cell }: Place) => {
    const index = cells[cell]?.index ?? null;
    onIsolate(index === isolated ? null : index);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Enter' || event.key === ' ') {
      if (at !== null) choose(at);
    } else if (event.key === 'Escape') setAt(null);
    else {
      const moved = walked(event.key, at, cells.length, seeds.length, strips.perLine);
      if (moved === null) return;
      setAt(moved);
      const { y } = strips.place(moved.cell, moved.seed);
      if (box.current !== null) keepInView(box.current, y);
    }
    event.preventDefault();
  };
  const under = (event: { nativeEvent: { offsetX: number; offsetY: number } }) =>
    strips.under(event.nativeEvent.offsetX, event.nativeEvent.offsetY);
  const cell = at === null ? undefined : cells[at.cell];
  const square =
    at === null || cell === undefined ? null : squares.at(cell.index, seeds[at.seed] ?? 0);

  return (
    <div className={styles.whole}>
      <div
        ref={box}
        className={styles.canvasBox}
        role="application"
        aria-roledescription="coverage map"
        aria-label={`${extentWords(cells.length, seeds.length)}. Arrow keys walk, Enter shows a cell alone. Rows with counts follow.`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: an application takes keys, and so focus.
        tabIndex={0}
        onKeyDown={onKeyDown}
        onBlur={() => setAt(null)}
      >
        <div aria-hidden="true">
          <canvas
            ref={canvas}
            className={styles.canvas}
            style={{ width: strips.width, height: strips.height }}
            onPointerMove={(event) => setAt(under(event))}
            onPointerLeave={() => setAt(null)}
            onClick={(event) => {
              const place = under(event);
              if (place !== null) choose(place);
            }}
          />
        </div>
      </div>
      <p className={styles.reading} aria-live="polite">
        {square === null || cell === undefined
          ? 'Point at a square, or walk with the arrow keys.'
          : `${nameOf(cell)}. ${squareWords(square)}.`}
      </p>
    </div>
  );
}

function keepInView(box: HTMLElement, y: number): void {
  const [top, height] = [box.scrollTop, box.clientHeight];
  if (y < top) box.scrollTop = y;
  else if (y > top + height - 24) box.scrollTop = y - height + 24;
}

interface Drawn extends Pick<Props, 'cells' | 'seeds' | 'squares' | 'next' | 'isolated'> {
  readonly at: Place | null;
}

function draw(canvas: HTMLCanvasElement, strips: StripLayout, drawn: Drawn): void {
  const context = canvas.getContext('2d');
  if (context === null) return;
  const { cells, seeds, squares, next, isolated, at } = drawn;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(strips.width * ratio);
  canvas.height = Math.round(strips.height * ratio);
  context.scale(ratio, ratio);
  const css = getComputedStyle(canvas);
  const paint: Paint = {
    accent: css.getPropertyValue('--map-accent'),
    fails: css.getPropertyValue('--map-fails'),
    rule: css.getPropertyValue('--map-rule'),
    ink: css.color,
  };
  for (const [c, cell] of cells.entries()) {
    for (const [s, seed] of seeds.entries()) {
      const { x, y } = strips.place(c, s);
      context.globalAlpha = isolated === null || isolated === cell.index ? 1 : 0.35;
      drawSquare(context, squares.at(cell.index, seed).state, x, y, strips.size, paint);
    }
    context.globalAlpha = 1;
    if (cell.index === next) {
      const { x, y } = strips.place(c, 0);
      context.strokeStyle = paint.ink;
      context.lineWidth = 2;
      context.setLineDash([4, 2]);
      context.strokeRect(x, y - 0.5, seeds.length * strips.size, strips.size + 1);
      context.setLineDash([]);
    }
  }
  if (at !== null) {
    const { x, y } = strips.place(at.cell, at.seed);
    context.strokeStyle = paint.ink;
    context.lineWidth = 2;
    context.strokeRect(x, y, strips.size, strips.size);
  }
}

interface Paint {
  readonly accent: string;
  readonly fails: string;
  readonly rule: string;
  readonly ink: string;
}

/** Shapes as in the legend: full, hollow, crossed, half, struck through, a dot. */
function drawSquare(
  context: CanvasRenderingContext2D,
  state: SquareState,
  left: number,
  top: number,
  size: number,
  { accent, fails, rule }: Paint,
): void {
  const [x, y, side] = [left + 0.5, top + 0.5, size - 1];
  const line = Math.max(1, size / 6);
  context.lineWidth = line;
  context.fillStyle = accent;
  switch (state) {
    case 'verified':
      context.fillRect(x, y, side, side);
      return;
    case 'provisional':
      context.strokeStyle = accent;
      context.strokeRect(x + line / 2, y + line / 2, side - line, side - line);
      return;
    case 'training':
      context.fillRect(x, y + side / 2, side, side / 2);
      return;
    case 'diverged':
      context.strokeStyle = fails;
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(x + side, y + side);
      context.moveTo(x + side, y);
      context.lineTo(x, y + side);
      context.stroke();
      return;
    case 'withdrawn':
      context.strokeStyle = fails;
      context.beginPath();
      context.moveTo(x, y + side);
      context.lineTo(x + side, y);
      context.stroke();
      return;
    case 'waiting':
      context.fillStyle = rule;
      context.fillRect(x + side / 2 - line, y + side / 2 - line, 2 * line, 2 * line);
      return;
  }
}
