/**
 * The page of `charts.ts`: one panel of a figure with made-up runs, ours or a plain Recharts scatter of
 * the same points, and what can be done to it: a result more, a pointer that moves, a zoom that pans.
 */
import { useState } from 'react';
import { flushSync } from 'react-dom';
import { createRoot, type Root } from 'react-dom/client';
import { ErrorBar, Scatter, ScatterChart, XAxis, YAxis } from 'recharts';
import '../../app/globals.css';
import { PanelFigure } from '../../app/ui/panel-figure.tsx';
import { DEFAULT_VIEW, type ViewState, withPanel } from '../../app/view/view-state.ts';
import { deepLinear } from '../../compute/studies/deep-linear.ts';
import type { Panel, Study } from '../../compute/studies/study.ts';
import type { CellView, RunView } from '../../server/protocol.ts';

export type Side = 'ours' | 'recharts';
/** Milliseconds, one number a measurement. */
export type Times = readonly number[];

const POINTS_A_RUN = 5;
const CELLS = 50;

const panel: Panel = {
  ...{ id: 'bench', title: 'Bench', caption: 'Made-up runs.', draw: 'points', colorBy: 'cell' },
  x: { label: 'x', scale: 'log', include: [1, 1_000] },
  y: { label: 'y', scale: 'log', include: [1e-3, 10] },
  observe: () => [],
  theory: () => [{ cell: null, line: 'law', x: [1, 1_000], y: [1, 1e-2] }],
};
const study: Study = { ...deepLinear, panels: [panel] };

/** Between 0 and 1, the same in every repeat. */
const noise = (n: number) => (Math.sin(n * 12.9898) * 43758.5453) % 1;
const xAt = (cell: number, i: number) => 1.2 * 600 ** ((cell + i / POINTS_A_RUN) / CELLS);
const yAt = (x: number, n: number) => x ** (-2 / 3) * Math.exp(0.6 * noise(n));

function runOf(n: number): RunView {
  const cell = n % CELLS;
  const x = Array.from({ length: POINTS_A_RUN }, (_, i) => xAt(cell, i));
  return {
    ...{ id: `r${n}`, cell, seed: n, outcome: { kind: 'completed' }, by: '', device: '' },
    ...{ backend: 'wasm', verified: true, summary: {} },
    traces: { bench: [{ line: 'l', x, y: x.map((at, i) => yAt(at, n * POINTS_A_RUN + i)) }] },
  };
}

function cellOf(index: number, done: number): CellView {
  const x = [xAt(index, 0), xAt(index, 3)];
  const mean = x.map((at) => at ** (-2 / 3) * (1 + 0.1 * noise(done)));
  const ends = (factor: number) => mean.map((m) => m * factor);
  const line = { line: 'l', x, mean, lo: ends(0.9), hi: ends(1.1), n: x.map(() => done) };
  const config = { learningRate: 0.001 * (index + 1) };
  return { index, config, done, of: 1_000, diverged: 0, lines: { bench: [line] } };
}

interface State {
  readonly runs: readonly RunView[];
  readonly cells: readonly CellView[];
  readonly view: ViewState;
}

let root: Root | null = null;
let change: ((to: (state: State) => State) => void) | null = null;
const never = () => {};

function Bench({ side, first }: { readonly side: Side; readonly first: State }) {
  const [state, setState] = useState(first);
  change = setState;
  if (side === 'recharts') return <Naive {...state} />;
  return (
    <PanelFigure
      {...{ study, panel, isNull: false, isolated: null, highlighted: null, selection: null }}
      {...{ cells: state.cells, runs: state.runs, view: state.view, claims: NONE }}
      {...{ pointHref, onView: never }}
    />
  );
}

const NONE = [] as const;
const pointHref = (id: string) => `#${id}`;

function Naive({ runs, cells }: State) {
  const points = runs.flatMap((r) =>
    (r.traces.bench ?? []).flatMap((t) => t.x.map((x, i) => ({ x, y: t.y[i] }))),
  );
  const means = cells.flatMap((c) =>
    (c.lines.bench ?? []).flatMap((l) =>
      l.x.map((x, i) => ({ x, y: l.mean[i], error: 0.1 * (l.mean[i] ?? 0) })),
    ),
  );
  return (
    <ScatterChart width={860} height={400}>
      <XAxis type="number" dataKey="x" scale="log" domain={[1, 1_000]} allowDataOverflow />
      <YAxis type="number" dataKey="y" scale="log" domain={[1e-3, 10]} allowDataOverflow />
      <Scatter data={points} isAnimationActive={false} fill="#0072b2" />
      <Scatter data={means} isAnimationActive={false} fill="#000">
        <ErrorBar dataKey="error" />
      </Scatter>
    </ScatterChart>
  );
}

const nextFrame = () => new Promise<number>((done) => requestAnimationFrame(done));

/** Runs the work of one frame after another, and says how long each frame took. */
async function frames(count: number, work: (i: number) => void): Promise<Times> {
  const times: number[] = [];
  let before = await nextFrame();
  for (let i = 0; i < count; i++) {
    work(i);
    const now = await nextFrame();
    times.push(now - before);
    before = now;
  }
  return times;
}

const bench = {
  /** A panel with so many points. */
  async mount(side: Side, points: number): Promise<void> {
    root?.unmount();
    document.body.replaceChildren();
    const place = document.createElement('main');
    place.style.width = '900px';
    document.body.append(place);
    const runs = Array.from({ length: points / POINTS_A_RUN }, (_, n) => runOf(n));
    const cells = Array.from({ length: CELLS }, (_, i) => cellOf(i, 1));
    root = createRoot(place);
    root.render(<Bench side={side} first={{ runs, cells, view: DEFAULT_VIEW }} />);
    for (let i = 0; i < 200 && place.querySelector('svg path') === null; i++) await nextFrame();
    await nextFrame();
  },
  /** One accepted run after another: script, style and layout of each, in milliseconds. */
  async append(count: number): Promise<Times> {
    const times: number[] = [];
    for (let i = 0; i < count; i++) {
      const from = performance.now();
      flushSync(() =>
        change?.((s) => {
          const run = runOf(s.runs.length);
          const cells = s.cells.map((c) =>
            c.index === run.cell ? cellOf(c.index, c.done + 1) : c,
          );
          return { ...s, runs: [...s.runs, run], cells };
        }),
      );
      document.body.getBoundingClientRect();
      times.push(performance.now() - from);
      await nextFrame();
    }
    return times;
  },
  /** A pointer that goes over the chart, a move a frame. */
  hover(count: number): Promise<Times> {
    const surface = document.querySelector('rect[fill="transparent"]') ?? document.body;
    const box = surface.getBoundingClientRect();
    return frames(count, (i) => {
      const clientX = box.left + (box.width * (i + 0.5)) / count;
      const clientY = box.top + box.height * (0.5 + 0.3 * Math.sin(i / 5));
      surface.dispatchEvent(
        new PointerEvent('pointermove', { clientX, clientY, bubbles: true, pointerType: 'mouse' }),
      );
    });
  },
  /** A zoom that moves along x, a step a frame: every point has a new place. */
  pan(count: number): Promise<Times> {
    return frames(count, (i) => {
      const x = [1 + i / 4, 400 + i] as const;
      flushSync(() => change?.((s) => ({ ...s, view: withPanel(s.view, panel.id, { x }) })));
    });
  },
};

declare global {
  var charts: typeof bench;
}
globalThis.charts = bench;
