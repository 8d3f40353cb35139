'use client';
/**
 * One panel: raw runs faint, cell means with intervals, the theory dashed, claims as rectangles. It
 * draws aggregates and computes no statistics. Recharts gives axes and scales; everything with many
 * points is one path each, because Recharts remounts every symbol at every change.
 */
import {
  Component,
  type PointerEvent,
  type ReactNode,
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
  useXAxisScale,
  useYAxisScale,
  XAxis,
  YAxis,
} from 'recharts';
import type { Panel, Study } from '../../compute/studies/study.ts';
import type { CellView, ClaimView, Region, RunView } from '../../server/protocol.ts';
import { colorOf } from './palette.ts';
import styles from './panel-chart.module.css';
import { isDrawable, scaleOf, tickLabel } from './scale.ts';

export interface PanelChartProps {
  readonly study: Study;
  readonly panel: Panel;
  readonly isNull: boolean;
  readonly cells: readonly CellView[];
  readonly runs: readonly RunView[];
  readonly claims: readonly ClaimView[];
  /** Cell to isolate, or null for all. */
  readonly isolated: number | null;
  /** Claim to highlight, or null. */
  readonly highlighted: string | null;
  /** Region being marked, or null. */
  readonly selection: Region | null;
  /** Called when a region was dragged with the pointer; absent: read-only. */
  readonly onSelect?: (region: Region) => void;
  /** Link to a run's point file. */
  readonly pointHref: (runId: string) => string;
}

type Points = readonly (readonly [number, number])[];
interface Line {
  readonly key: string;
  readonly name: string;
  readonly color: string;
  readonly points: Points;
}
interface MeanLine extends Line {
  readonly band: readonly (readonly [number, number, number])[];
  readonly n: readonly number[];
}
interface Picture {
  readonly theory: readonly Line[];
  readonly raw: readonly (Line & { readonly run: string })[];
  readonly means: readonly MeanLine[];
  readonly leftOut: number;
}

function pictureOf(props: PanelChartProps): Picture {
  const { study, panel, isNull, cells, runs, isolated } = props;
  let leftOut = 0;
  const shown = cells.filter((c) => isolated === null || c.index === isolated);
  const names = [...new Set(cells.flatMap((c) => (c.lines[panel.id] ?? []).map((l) => l.line)))];
  const theoryTraces = panel.theory(
    cells.map((c) => c.config),
    { null: isNull },
  );
  for (const t of theoryTraces) if (t.cell !== null && !names.includes(t.line)) names.push(t.line);
  const colorFor = (cell: number, line: string) =>
    colorOf(panel.colorBy === 'cell' ? cell : Math.max(0, names.indexOf(line)));
  const drawable = (x: readonly number[], y: readonly number[]): Points =>
    x.flatMap((v, i) => {
      const w = y[i] ?? Number.NaN;
      const ok = isDrawable(panel.x, v) && isDrawable(panel.y, w);
      if (!ok) leftOut += 1;
      return ok ? [[v, w] as const] : [];
    });
  const varying = study.params.filter((p) => new Set(cells.map((c) => c.config[p.name])).size > 1);
  const cellName = (c: CellView) =>
    varying.map((p) => `${p.symbol ?? p.label} = ${c.config[p.name]}`).join(', ');
  const label = (c: CellView, line: string, lines: number) =>
    [cellName(c), lines > 1 ? line : ''].filter(Boolean).join(' · ') || line;
  return {
    theory: theoryTraces
      .filter((t) => t.cell === null || isolated === null || cells[t.cell]?.index === isolated)
      .map((t) => ({
        key: `${t.cell}/${t.line}`,
        name: t.line,
        color: t.cell === null ? 'var(--text, currentColor)' : colorFor(t.cell, t.line),
        points: drawable(t.x, t.y),
      })),
    raw: runs
      .filter((r) => isolated === null || r.cell === isolated)
      .flatMap((r) =>
        (r.traces[panel.id] ?? []).map((t) => ({
          ...{ key: `${r.id}/${t.line}`, run: r.id, name: `seed ${r.seed}, ${t.line}` },
          ...{ color: colorFor(r.cell, t.line), points: drawable(t.x, t.y) },
        })),
      ),
    means: shown.flatMap((c) =>
      (c.lines[panel.id] ?? []).map((l) => ({
        key: `${c.index}/${l.line}`,
        name: label(c, l.line, (c.lines[panel.id] ?? []).length),
        color: colorFor(c.index, l.line),
        points: drawable(l.x, l.mean),
        band: l.x.flatMap((x, i) => {
          const [lo, hi] = [l.lo[i] ?? null, l.hi[i] ?? null];
          return lo === null || hi === null || !isDrawable(panel.x, x)
            ? []
            : [[x, lo, hi] as const];
        }),
        n: l.n,
      })),
    ),
    leftOut,
  };
}

export function PanelChart(props: PanelChartProps) {
  return (
    <ChartBoundary>
      <Chart {...props} />
    </ChartBoundary>
  );
}

function Chart(props: PanelChartProps) {
  const { panel, claims, highlighted, selection, onSelect } = props;
  const picture = useMemo(() => pictureOf(props), [props]);
  const [reading, setReading] = useState('');
  const points = [...picture.theory, ...picture.means, ...picture.raw].flatMap((l) => l.points);
  const x = scaleOf(
    panel.x,
    points.map(([v]) => v),
  );
  const y = scaleOf(
    panel.y,
    points.map(([, v]) => v),
  );
  const axisText = (axis: Panel['x']) =>
    axis.unit === undefined ? axis.label : `${axis.label} (${axis.unit})`;
  const domain = (d: readonly [number, number]): [number, number] => [d[0], d[1]];
  return (
    <div className={styles.chart}>
      <div
        className={styles.frame}
        role="img"
        aria-label={`${panel.title}. ${panel.caption} A table follows.`}
      >
        <ResponsiveContainer
          width="100%"
          height="100%"
          initialDimension={{ width: 640, height: 360 }}
        >
          <ComposedChart data={NO_DATA} margin={MARGIN} accessibilityLayer={false}>
            <CartesianGrid stroke="var(--chart-grid, light-dark(#e6e6e6, #333))" />
            <XAxis
              type="number"
              dataKey="x"
              scale={panel.x.scale}
              domain={domain(x.domain)}
              ticks={[...x.ticks]}
              tickFormatter={tickLabel}
              allowDataOverflow
              stroke="currentColor"
              tick={TICK}
              label={{
                value: axisText(panel.x),
                position: 'insideBottom',
                offset: -14,
                fill: 'currentColor',
                fontSize: 12,
              }}
            />
            <YAxis
              type="number"
              scale={panel.y.scale}
              domain={domain(y.domain)}
              ticks={[...y.ticks]}
              tickFormatter={tickLabel}
              allowDataOverflow
              width={64}
              stroke="currentColor"
              tick={TICK}
              label={{
                value: axisText(panel.y),
                angle: -90,
                position: 'insideLeft',
                fill: 'currentColor',
                fontSize: 12,
                style: { textAnchor: 'middle' },
              }}
            />
            <Layer
              {...{ panel, picture, claims, highlighted, selection, setReading }}
              xDomain={x.domain}
              yDomain={y.domain}
              {...(onSelect === undefined ? {} : { onSelect })}
            />
          </ComposedChart>
        </ResponsiveContainer>
      </div>
      <p className={styles.reading}>{reading || ' '}</p>
      <Legend panel={panel} picture={picture} />
      {picture.leftOut > 0 && (
        <p className={styles.note}>
          {picture.leftOut} points cannot stand on these axes (zero, negative or not finite) and are
          left out.
        </p>
      )}
      <DataTable panel={panel} picture={picture} />
    </div>
  );
}

const NO_DATA: readonly { x: number }[] = [{ x: 1 }];
const MARGIN = { top: 12, right: 16, bottom: 24, left: 12 };
const TICK = { fill: 'currentColor', fontSize: 12 };

interface LayerProps
  extends Pick<PanelChartProps, 'panel' | 'claims' | 'highlighted' | 'selection' | 'onSelect'> {
  readonly picture: Picture;
  readonly xDomain: readonly [number, number];
  readonly yDomain: readonly [number, number];
  readonly setReading: (text: string) => void;
}

/** Everything inside the plot area, by the scales of Recharts. */
function Layer({
  panel,
  picture,
  claims,
  highlighted,
  selection,
  onSelect,
  xDomain,
  yDomain,
  setReading,
}: LayerProps) {
  const area = usePlotArea();
  const xScale = useXAxisScale();
  const yScale = useYAxisScale();
  const clip = useId();
  const start = useRef<readonly [number, number] | null>(null);
  const [drag, setDrag] = useState<readonly [number, number, number, number] | null>(null);
  if (area === undefined || xScale === undefined || yScale === undefined) return null;
  const px = (v: number) => Number(xScale(v));
  // Bars may reach below a log axis: they end at the floor of the domain.
  const py = (v: number) => Number(yScale(panel.y.scale === 'log' ? Math.max(v, yDomain[0]) : v));
  const path = (line: Points) =>
    line
      .map(([a, b], i) => `${i === 0 ? 'M' : 'L'}${px(a).toFixed(1)} ${py(b).toFixed(1)}`)
      .join('');
  const unplace = (
    at: number,
    from: number,
    length: number,
    [lo, hi]: readonly [number, number],
    log: boolean,
  ) => {
    const t = (at - from) / length;
    return log ? lo * (hi / lo) ** t : lo + t * (hi - lo);
  };
  const dataX = (at: number) => unplace(at, area.x, area.width, xDomain, panel.x.scale === 'log');
  const dataY = (at: number) =>
    unplace(area.y + area.height - at, 0, area.height, yDomain, panel.y.scale === 'log');
  const local = (event: PointerEvent<SVGRectElement>): readonly [number, number] => {
    const box = event.currentTarget.getBoundingClientRect();
    return [area.x + event.clientX - box.left, area.y + event.clientY - box.top];
  };
  const rectOf = ({ x, y }: Region) => {
    const clampX = (v: number) => px(Math.min(Math.max(v, xDomain[0]), xDomain[1]));
    const clampY = (v: number) => py(Math.min(Math.max(v, yDomain[0]), yDomain[1]));
    const [left, right, top, bottom] = [clampX(x[0]), clampX(x[1]), clampY(y[1]), clampY(y[0])];
    return { x: left, y: top, width: Math.max(1, right - left), height: Math.max(1, bottom - top) };
  };
  const read = ([ax, ay]: readonly [number, number]) => {
    let best: { text: string; distance: number } | null = null;
    for (const line of [...picture.means, ...picture.raw]) {
      for (const [a, b] of line.points) {
        const distance = Math.hypot(px(a) - ax, py(b) - ay);
        if (distance < (best?.distance ?? 24))
          best = { distance, text: `${line.name}: ${tickLabel(a)}, ${Number(b.toPrecision(4))}` };
      }
    }
    setReading(best?.text ?? '');
  };
  const end = (event: PointerEvent<SVGRectElement>) => {
    const from = start.current;
    start.current = null;
    setDrag(null);
    if (from === null || onSelect === undefined) return;
    const to = local(event);
    if (Math.abs(to[0] - from[0]) < 6 || Math.abs(to[1] - from[1]) < 6) return;
    const xs = [dataX(from[0]), dataX(to[0])].sort((a, b) => a - b);
    const ys = [dataY(from[1]), dataY(to[1])].sort((a, b) => a - b);
    onSelect({ x: [xs[0] ?? 0, xs[1] ?? 0], y: [ys[0] ?? 0, ys[1] ?? 0] });
  };
  const dots = panel.draw === 'points';
  return (
    <g>
      <clipPath id={clip}>
        <rect {...area} />
      </clipPath>
      <g clipPath={`url(#${clip})`}>
        {claims.map((claim) => (
          <rect
            key={claim.id}
            {...rectOf(claim.region)}
            className={claim.id === highlighted ? styles.claimOn : styles.claim}
          />
        ))}
        {picture.raw.map((line) =>
          dots ? (
            line.points.map(([a, b]) => (
              <circle
                key={`${line.key} ${a}`}
                cx={px(a)}
                cy={py(b)}
                r={3}
                fill={line.color}
                opacity={0.3}
              />
            ))
          ) : (
            <path
              key={line.key}
              d={path(line.points)}
              fill="none"
              stroke={line.color}
              strokeWidth={1}
              opacity={0.22}
            />
          ),
        )}
        {picture.means.map((line) =>
          dots ? (
            line.band.map(([a, lo, hi]) => (
              <path
                key={`${line.key} ${a}`}
                d={`M${px(a)} ${py(lo)}V${py(hi)}m-4 0h8M${px(a) - 4} ${py(lo)}h8`}
                stroke={line.color}
                fill="none"
                strokeWidth={1.5}
              />
            ))
          ) : (
            <path
              key={line.key}
              d={`${path(line.band.map(([a, , hi]) => [a, hi] as const))}${path([...line.band].reverse().map(([a, lo]) => [a, lo] as const)).replace('M', 'L')}Z`}
              fill={line.color}
              opacity={line.band.length > 1 ? 0.13 : 0}
            />
          ),
        )}
        {picture.theory.map((line) => (
          <path
            key={line.key}
            d={path(line.points)}
            fill="none"
            stroke={line.color}
            strokeWidth={1.75}
            strokeDasharray="6 4"
            data-theory={line.name}
          />
        ))}
        {picture.means.map((line) =>
          dots ? (
            line.points.map(([a, b]) => (
              <circle
                key={`${line.key} ${a}`}
                cx={px(a)}
                cy={py(b)}
                r={5}
                className={styles.mean}
                stroke={line.color}
              />
            ))
          ) : (
            <path
              key={line.key}
              d={path(line.points)}
              fill="none"
              stroke={line.color}
              strokeWidth={2}
              data-mean={line.name}
            />
          ),
        )}
        {selection !== null && <rect {...rectOf(selection)} className={styles.selection} />}
        {drag !== null && (
          <rect
            x={Math.min(drag[0], drag[2])}
            y={Math.min(drag[1], drag[3])}
            width={Math.abs(drag[2] - drag[0])}
            height={Math.abs(drag[3] - drag[1])}
            className={styles.selection}
          />
        )}
      </g>
      <rect
        {...area}
        fill="transparent"
        className={styles.surface}
        onPointerDown={(event) => {
          // A finger scrolls the page; a mouse or pen marks a region.
          if (onSelect === undefined || event.pointerType === 'touch') return;
          event.currentTarget.setPointerCapture(event.pointerId);
          start.current = local(event);
        }}
        onPointerMove={(event) => {
          const at = local(event);
          if (start.current !== null) setDrag([...start.current, ...at]);
          else read(at);
        }}
        onPointerUp={end}
        onPointerLeave={() => setReading('')}
      />
    </g>
  );
}

function Legend({ panel, picture }: { readonly panel: Panel; readonly picture: Picture }) {
  const hues = new Map<string, string>();
  for (const line of picture.means)
    hues.set(
      panel.colorBy === 'line' ? line.key.split('/').slice(1).join('/') : line.name,
      line.color,
    );
  if (panel.colorBy === 'line') for (const line of picture.theory) hues.set(line.name, line.color);
  return (
    <ul className={styles.legend}>
      <li>
        <svg width="24" height="8" aria-hidden="true">
          <path d="M0 4h24" stroke="currentColor" strokeWidth="1.75" strokeDasharray="6 4" />
        </svg>{' '}
        theory
      </li>
      <li>
        <svg width="24" height="8" aria-hidden="true">
          <path d="M0 4h24" stroke="currentColor" strokeWidth="2" />
        </svg>{' '}
        cell mean, 95% interval
      </li>
      <li>
        <svg width="24" height="8" aria-hidden="true">
          <path d="M0 4h24" stroke="currentColor" opacity="0.35" />
        </svg>{' '}
        single runs
      </li>
      {[...hues].slice(0, 12).map(([name, color]) => (
        <li key={name}>
          <span className={styles.swatch} style={{ background: color }} /> {name}
        </li>
      ))}
    </ul>
  );
}

/** The same numbers as text: means and intervals, at most a dozen rows a line. */
function DataTable({ panel, picture }: { readonly panel: Panel; readonly picture: Picture }) {
  const rows = picture.means.flatMap((line) => {
    const every = Math.max(1, Math.ceil(line.points.length / 12));
    return line.points.flatMap(([x, mean], i) =>
      i % every === 0 || i === line.points.length - 1
        ? [{ line, x, mean, band: line.band.find(([a]) => a === x), n: line.n[i] }]
        : [],
    );
  });
  const short = (v: number) => String(Number(v.toPrecision(4)));
  return (
    <details className={styles.table}>
      <summary>Table of {panel.title.toLowerCase()}</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">Line</th>
            <th scope="col">{panel.x.label}</th>
            <th scope="col">Mean: {panel.y.label}</th>
            <th scope="col">95% interval</th>
            <th scope="col">Runs</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ line, x, mean, band, n }) => (
            <tr key={`${line.key} ${x}`}>
              <th scope="row">{line.name}</th>
              <td>{short(x)}</td>
              <td>{short(mean)}</td>
              <td>{band === undefined ? 'one run' : `${short(band[1])} to ${short(band[2])}`}</td>
              <td>{n}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <p className={styles.note}>No result has arrived yet.</p>}
    </details>
  );
}

/** A chart that fails must not take the room with it. */
class ChartBoundary extends Component<
  { readonly children: ReactNode },
  { readonly failed: boolean }
> {
  override state = { failed: false };
  static getDerivedStateFromError() {
    return { failed: true };
  }
  override render() {
    return this.state.failed ? (
      <p role="alert">
        This chart could not be drawn. The data are safe; reload the page, or export them.
      </p>
    ) : (
      this.props.children
    );
  }
}
