'use client';
/** What can be done with a chart: take a tool for dragging, type a range, show all of it again. */
import { type FormEvent, useId, useState } from 'react';
import type { Axis, Panel } from '../../compute/studies/study.ts';
import type { PanelView, Span } from '../view/view-state.ts';
import type { Tool } from './marking.tsx';
import styles from './panel-chart.module.css';
import { typedRange, type Zoom } from './zoom.ts';

interface Props {
  readonly panel: Panel;
  readonly zoom: PanelView;
  /** What is shown without a zoom. */
  readonly shown: { readonly x: Span; readonly y: Span };
  readonly tool: Tool;
  readonly onTool: (tool: Tool) => void;
  /** Whether regions can be marked. */
  readonly marks: boolean;
  /** Absent: the chart cannot be zoomed. */
  readonly onZoom?: (to: Zoom) => void;
}

export function ChartTools({ panel, zoom, shown, tool, onTool, marks, onZoom }: Props) {
  const [typing, setTyping] = useState(false);
  const isZoomed = zoom.x !== null || zoom.y !== null;
  const take = (which: Tool) => onTool(tool === which ? 'none' : which);
  return (
    <div className={styles.tools}>
      {marks && (
        <button
          type="button"
          className="button small"
          aria-pressed={tool === 'mark'}
          onClick={() => take('mark')}
        >
          Mark a region
        </button>
      )}
      {onZoom !== undefined && (
        <>
          <button
            type="button"
            className="button small"
            aria-pressed={tool === 'zoom'}
            onClick={() => take('zoom')}
          >
            Zoom
          </button>
          <button
            type="button"
            className="button small"
            aria-expanded={typing}
            onClick={() => setTyping(!typing)}
          >
            Range
          </button>
          {isZoomed && (
            <button
              type="button"
              className="button small"
              onClick={() => onZoom({ x: null, y: null })}
            >
              Reset zoom
            </button>
          )}
          {typing && (
            <RangeForm
              // A zoom by drag is what the fields then say.
              key={JSON.stringify([zoom.x, zoom.y])}
              {...{ panel, zoom, shown, onZoom }}
              onClose={() => setTyping(false)}
            />
          )}
        </>
      )}
    </div>
  );
}

interface RangeProps {
  readonly panel: Panel;
  readonly zoom: PanelView;
  readonly shown: { readonly x: Span; readonly y: Span };
  readonly onZoom: (to: Zoom) => void;
  readonly onClose: () => void;
}

const AXES = ['x', 'y'] as const;

function RangeForm({ panel, zoom, shown, onZoom, onClose }: RangeProps) {
  const id = useId();
  const [texts, setTexts] = useState(() => ({ x: textsOf(zoom.x), y: textsOf(zoom.y) }));
  const [error, setError] = useState<string | null>(null);
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    const read = (axis: 'x' | 'y') =>
      typedRange(panel[axis], ...texts[axis], zoom[axis] ?? shown[axis]);
    const [x, y] = [read('x'), read('y')];
    const wrong = [x, y].find((r) => r.kind === 'error');
    setError(wrong?.kind === 'error' ? wrong.message : null);
    if (x.kind === 'error' || y.kind === 'error') return;
    onZoom({ x: x.kind === 'span' ? x.span : null, y: y.kind === 'span' ? y.span : null });
  };
  return (
    <form className={styles.range} onSubmit={onSubmit} aria-label={`Range of ${panel.title}`}>
      <div className={styles.ends}>
        {AXES.flatMap((axis) =>
          [0, 1].map((end) => (
            <div key={`${axis}${end}`}>
              <label className="hint" htmlFor={`${id}${axis}${end}`}>
                {nameOf(panel[axis], axis)} {end === 0 ? 'from' : 'to'}
              </label>
              <input
                id={`${id}${axis}${end}`}
                className="field"
                inputMode="text"
                autoComplete="off"
                placeholder={String(Number((shown[axis][end] ?? 0).toPrecision(4)))}
                value={texts[axis][end]}
                aria-describedby={error === null ? undefined : `${id}error`}
                onChange={(e) => {
                  const { value } = e.target;
                  setTexts((t) => ({
                    ...t,
                    [axis]: end === 0 ? [value, t[axis][1]] : [t[axis][0], value],
                  }));
                }}
              />
            </div>
          )),
        )}
      </div>
      {error !== null && (
        <p id={`${id}error`} role="alert" className="error">
          {error}
        </p>
      )}
      <div className={styles.rangeButtons}>
        <button type="submit" className="button small primary">
          Show this range
        </button>
        <button type="button" className="button small" onClick={onClose}>
          Close
        </button>
      </div>
    </form>
  );
}

const nameOf = (axis: Axis, which: 'x' | 'y') =>
  `${which === 'x' ? 'Across' : 'Up'}: ${axis.label}`;

const textsOf = (span: Span | null): [string, string] =>
  span === null
    ? ['', '']
    : [String(Number(span[0].toPrecision(6))), String(Number(span[1].toPrecision(6)))];
