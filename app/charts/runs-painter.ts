/**
 * Single runs on a canvas behind the chart: tens of thousands of points would cost an SVG a second at
 * every append. What is painted stays, and lines that come after it are painted on top; everything is
 * painted anew only when the axes, the size or the colours change, or a line that was there did.
 */
import { addedFrom } from './added.ts';
import { colorOf, PROVISIONAL_DASH } from './palette.ts';
import type { Point, RawLine } from './picture.ts';
import type { Projection } from './projection.ts';

export interface RunsPainting {
  readonly lines: readonly RawLine[];
  /** The same object while nothing moves. */
  readonly at: Projection;
  readonly dots: boolean;
  /** Steps of the ordered palette, or undefined. */
  readonly ramp: number | undefined;
}

export interface RunsPainter {
  paint(painting: RunsPainting): void;
  /** Colours are no longer what they were: the page turned dark or light. */
  recolor(): void;
}

const DOT = 3;
const HOLLOW = 1.5;
const SOLID: readonly number[] = [];

/** How opaque a run is: a few must be seen at all, thousands must not be one blot. */
export function opacityFor(lines: number): number {
  if (lines <= 300) return 0.32;
  return lines <= 3_000 ? 0.2 : 0.12;
}

export function createRunsPainter(canvas: HTMLCanvasElement): RunsPainter {
  const context = canvas.getContext('2d');
  let done: RunsPainting | null = null;
  let colors = new Map<string, string>();
  let sprites = new Map<string, HTMLCanvasElement>();
  let scale = 1;

  /** What a CSS colour of ours is now: a canvas knows neither variables nor light-dark(). */
  const resolve = (css: string): string => {
    const known = colors.get(css);
    if (known !== undefined) return known;
    canvas.style.color = css;
    const value = getComputedStyle(canvas).color;
    colors.set(css, value);
    return value;
  };
  const sprite = (color: string, verified: boolean, opacity: number): HTMLCanvasElement => {
    const key = `${color} ${verified} ${opacity}`;
    const known = sprites.get(key);
    if (known !== undefined) return known;
    const size = Math.ceil(2 * (DOT + 1) * scale);
    const dot = document.createElement('canvas');
    dot.width = size;
    dot.height = size;
    const pen = dot.getContext('2d');
    const disc = (radius: number) => {
      pen?.beginPath();
      pen?.arc(size / 2, size / 2, radius * scale, 0, 2 * Math.PI);
      pen?.fill();
    };
    if (pen !== null) {
      pen.globalAlpha = opacity;
      pen.fillStyle = color;
      disc(DOT);
      if (!verified) {
        pen.globalAlpha = 1;
        pen.fillStyle = resolve('var(--surface)');
        disc(HOLLOW);
      }
    }
    sprites.set(key, dot);
    return dot;
  };
  const draw = (lines: readonly RawLine[], from: number, { at, dots, ramp }: RunsPainting) => {
    if (context === null) return;
    const opacity = opacityFor(lines.length);
    const { area, px, py } = at;
    const half = DOT + 1;
    for (let i = from; i < lines.length; i++) {
      const line = lines[i];
      if (line === undefined) continue;
      const color = resolve(colorOf(line.series, ramp));
      if (dots) {
        const image = sprite(color, line.verified, opacity);
        for (const p of line.points) {
          const [x, y] = [px(p.x) - area.x - half, py(p.y) - area.y - half];
          // On whole pixels of the screen a dot is copied; between them it would be filtered.
          context.drawImage(
            image,
            Math.round(x * scale) / scale,
            Math.round(y * scale) / scale,
            image.width / scale,
            image.height / scale,
          );
        }
        continue;
      }
      context.globalAlpha = opacity;
      context.strokeStyle = color;
      context.setLineDash([...(line.verified ? SOLID : PROVISIONAL_DASH)]);
      context.beginPath();
      trace(context, line.points, at);
      context.stroke();
      context.globalAlpha = 1;
    }
  };
  const whole = (painting: RunsPainting) => {
    const { x, y, width, height } = painting.at.area;
    scale = window.devicePixelRatio || 1;
    sprites = new Map();
    // Setting its size empties a canvas.
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    Object.assign(canvas.style, {
      ...{ left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` },
    });
    context?.setTransform(scale, 0, 0, scale, 0, 0);
    draw(painting.lines, 0, painting);
  };

  return {
    paint(painting) {
      const { lines, at, dots, ramp } = painting;
      const same =
        done?.at === at &&
        done.dots === dots &&
        done.ramp === ramp &&
        opacityFor(done.lines.length) === opacityFor(lines.length);
      const from = same && done !== null ? addedFrom(done.lines, lines) : null;
      if (from === null) whole(painting);
      else draw(lines, from, painting);
      done = painting;
      canvas.dataset.raw = String(lines.length);
    },
    recolor() {
      colors = new Map();
      if (done !== null) whole(done);
    },
  };
}

function trace(context: CanvasRenderingContext2D, points: readonly Point[], at: Projection): void {
  const { area, px, py } = at;
  for (const [i, p] of points.entries()) {
    const [x, y] = [px(p.x) - area.x, py(p.y) - area.y];
    if (i === 0) context.moveTo(x, y);
    else context.lineTo(x, y);
  }
}
