'use client';
/** The room: header, progress, verdict and donating beside the figure, coverage and claims below. */
import dynamic from 'next/dynamic';
import { useCallback, useMemo, useState } from 'react';
import type { Study } from '../../compute/studies/study.ts';
import type { Presence, Region, RoomSnapshot } from '../../server/protocol.ts';
import type { RoomState } from '../net/room-state.ts';
import { plural, variedParams } from '../ui/text.ts';
import { LiveSummary } from '../view/live-summary.tsx';
import { useUpdates } from '../view/use-updates.ts';
import { useViewState } from '../view/use-view-state.ts';
import { type ClaimDraft, draftRegion, emptyDraft, regionDraft } from './claim-draft.ts';
import { Claims } from './claims.tsx';
import { Coverage } from './coverage.tsx';
import { DonatePanel } from './donate-panel.tsx';
import { Exports } from './exports.tsx';
import { Figure } from './figure.tsx';
import { People } from './people.tsx';
import { ProgressStrip } from './progress-strip.tsx';
import { RoomHeader } from './room-header.tsx';
import styles from './room-view.module.css';
import { VerdictCard } from './verdict-card.tsx';

const Sweep = dynamic(() => import('../charts/sweep/sweep.tsx').then((m) => m.Sweep), {
  ssr: false,
});

interface Props {
  readonly study: Study;
  readonly state: RoomState;
  readonly self: RoomSnapshot['self'];
  readonly presence: Presence;
  readonly renamed: (nickname: string) => void;
}

export function RoomView({ study, state, self, presence, renamed }: Props) {
  const { investigation, analysis, progress } = state;
  const updates = useUpdates(state);
  const { cells, runs, seq } = updates.shown;
  const [view, onView] = useViewState(study);
  const isolate = useCallback((cell: number | null) => onView((v) => ({ ...v, cell })), [onView]);
  const [highlighted, setHighlighted] = useState<string | null>(null);
  const [draft, setDraft] = useState<ClaimDraft>(() => emptyDraft(study.panels[0]?.id ?? ''));
  const claims = useMemo(() => state.claims.filter((c) => !c.withdrawn), [state.claims]);
  const onSelect = useCallback(
    (panel: string, region: Region) => setDraft((d) => regionDraft(d, panel, region)),
    [],
  );
  const { panel: markedPanel, x0, x1, y0, y1 } = draft;
  const marked = useMemo(() => {
    const read = draftRegion({ panel: markedPanel, x0, x1, y0, y1, text: '' }, study);
    return read.kind === 'region' ? { panel: markedPanel, region: read.region } : null;
  }, [markedPanel, x0, x1, y0, y1, study]);
  const left = progress.ofRuns - progress.runs;

  return (
    <div className={`wrap ${styles.room}`}>
      <RoomHeader study={study} investigation={investigation} role={self.role} />
      <ProgressStrip progress={progress} presence={presence} state={investigation.state} />
      <LiveSummary text={`${plural(progress.runs, 'run')} in, verdict ${analysis.verdict.state}`} />
      <div className={styles.top}>
        <VerdictCard analysis={analysis} expected={progress.ofRuns} />
        <DonatePanel
          code={investigation.code}
          study={study}
          state={investigation.state}
          runsLeft={left}
          etaSeconds={presence.etaSeconds}
        />
      </div>
      <section className={styles.figure} aria-label="Figure">
        <Figure
          {...{ study, cells, runs, claims, view, onView, updates, highlighted, marked, onSelect }}
          isNull={investigation.null}
        />
        {variedParams(investigation.grid.params).length > 0 && (
          <Sweep {...{ study, cells, runs }} isNull={investigation.null} onCell={isolate} />
        )}
        <div className={styles.below}>
          <Coverage
            study={study}
            investigation={investigation}
            cells={state.cells}
            runs={state.runs}
            presence={presence}
            isolated={view.cell}
            onIsolate={isolate}
          />
          <Claims
            study={study}
            code={investigation.code}
            evidence={seq}
            claims={claims}
            self={self.id}
            draft={draft}
            onDraft={setDraft}
            onHighlight={setHighlighted}
          />
        </div>
      </section>
      <div className={styles.bottom}>
        <People presence={presence} self={self} renamed={renamed} />
        <Exports code={investigation.code} />
      </div>
    </div>
  );
}
