'use client';
/**
 * What a sweep says as a whole: each run as a line over all parameters and summaries, the mean of a summary over
 * two parameters, and which regime each cell is in. Loaded only where parameters vary.
 */
import { type KeyboardEvent, useId, useMemo, useRef, useState } from 'react';
import type { Study } from '../../../compute/studies/study.ts';
import type { CellView, RunView } from '../../../server/protocol.ts';
import { ChartBoundary } from '../chart-boundary.tsx';
import { type SweepParam, type SweepSummary, sweepParams, sweepSummaries } from './axes.ts';
import { HeatMapView } from './heat-map.tsx';
import { ParallelView } from './parallel-view.tsx';
import { PhaseMapView } from './phase-map.tsx';
import styles from './sweep.module.css';

export interface SweepProps {
  readonly study: Study;
  readonly isNull: boolean;
  readonly cells: readonly CellView[];
  readonly runs: readonly RunView[];
  /** Shows one cell alone in the figure. */
  readonly onCell: (cell: number) => void;
}

export interface SweepViewProps extends SweepProps {
  /** Those that vary. */
  readonly params: readonly SweepParam[];
  readonly summaries: readonly SweepSummary[];
}

const VIEWS = [
  {
    id: 'heat',
    label: 'Heat map',
    about: 'The mean of a number over two parameters; all others are averaged over.',
    View: HeatMapView,
  },
  {
    id: 'parallel',
    label: 'All parameters',
    about:
      'Each run is a line over its parameters and results. Drag over an axis, or type two numbers, to see which runs lie there.',
    View: ParallelView,
  },
  {
    id: 'phases',
    label: 'Phase diagram',
    about: 'Which regime each cell is in, by what was measured; lines are the theory’s.',
    View: PhaseMapView,
  },
] as const;

export function Sweep(props: SweepProps) {
  const { study, cells, runs } = props;
  const id = useId();
  const [open, setOpen] = useState<(typeof VIEWS)[number]['id']>('heat');
  const tabs = useRef(new Map<string, HTMLButtonElement>());
  const params = useMemo(() => sweepParams(study, cells), [study, cells]);
  const summaries = useMemo(() => sweepSummaries(study, runs), [study, runs]);
  const view = VIEWS.find((v) => v.id === open) ?? VIEWS[0];
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const next = VIEWS[(VIEWS.indexOf(view) + step + VIEWS.length) % VIEWS.length] ?? view;
    setOpen(next.id);
    tabs.current.get(next.id)?.focus();
    event.preventDefault();
  };
  return (
    <section className={`card ${styles.sweep}`} aria-labelledby={id}>
      <h2 id={id} className={styles.title}>
        Sweep
      </h2>
      <div
        className={styles.tabs}
        role="tablist"
        aria-label="Views of the sweep"
        onKeyDown={onKeyDown}
      >
        {VIEWS.map(({ id: name, label }) => (
          <button
            key={name}
            ref={(el) => {
              if (el === null) tabs.current.delete(name);
              else tabs.current.set(name, el);
            }}
            type="button"
            role="tab"
            id={`${id}-${name}`}
            aria-controls={`${id}-panel`}
            aria-selected={name === open}
            tabIndex={name === open ? 0 : -1}
            className={`button small ${styles.tab}`}
            onClick={() => setOpen(name)}
          >
            {label}
          </button>
        ))}
      </div>
      <div
        className={styles.panel}
        role="tabpanel"
        id={`${id}-panel`}
        aria-labelledby={`${id}-${open}`}
      >
        <p className="hint">{view.about}</p>
        <ChartBoundary key={open}>
          <view.View {...props} params={params} summaries={summaries} />
        </ChartBoundary>
      </div>
    </section>
  );
}
