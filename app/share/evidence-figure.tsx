'use client';
/** The figure of some evidence, for reading: all panels or one, in the view of a link. */
import { useMemo, useState } from 'react';
import { Figure } from '../room/figure.tsx';
import { drawnFits } from '../room/fit-lines.ts';
import { parseView } from '../view/view-state.ts';
import { type Evidence, NOTHING, onlyPanel } from './evidence.ts';

interface Props {
  readonly evidence: Evidence;
  /** Id of the one panel, or null for all. */
  readonly panel: string | null;
  /** Query of the view to begin with. */
  readonly view: string;
  /** Whether the view can be changed: with the toolbar, for this page alone. */
  readonly tools: boolean;
  /** Opens a run that is pressed; absent: a link to its point file. Keep it the same object. */
  readonly onRun?: (run: string) => void;
}

export function EvidenceFigure({ evidence, panel, view: begin, tools, onRun }: Props) {
  const { study, isNull, cells, runs, claims } = useMemo(
    () => onlyPanel(evidence, panel),
    [evidence, panel],
  );
  const { analysis, predictions } = evidence;
  const fits = useMemo(
    () => drawnFits(analysis, predictions, null, NOTHING),
    [analysis, predictions],
  );
  const [view, setView] = useState(() => parseView(begin, study));
  if (study.panels.length === 0) {
    return <p role="alert">This figure has no panel “{panel}”.</p>;
  }
  return (
    <Figure
      {...{ study, isNull, cells, runs, claims, fits, view, highlighted: null, marked: null }}
      {...(tools ? { onView: setView } : {})}
      {...(onRun === undefined ? {} : { onRun })}
    />
  );
}
