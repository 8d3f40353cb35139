'use client';
/** The room: header, progress, verdict and donating beside the figure, coverage and claims below. */
import { useCallback, useMemo, useState } from 'react';
import type { Study } from '../../compute/studies/study.ts';
import type { Presence, Region, RoomSnapshot } from '../../server/protocol.ts';
import { type Overlay, OverlayContext } from '../charts/overlay.tsx';
import type { RoomState } from '../net/room-state.ts';
import { useViewState } from '../view/use-view-state.ts';
import { type ClaimDraft, draftRegion, emptyDraft, regionDraft } from './claim-draft.ts';
import { Claims } from './claims.tsx';
import { Coverage } from './coverage.tsx';
import { DonatePanel } from './donate-panel.tsx';
import { Exports } from './exports.tsx';
import { Figure } from './figure.tsx';
import { People } from './people.tsx';
import { PointSheet } from './point-sheet.tsx';
import { ProgressStrip } from './progress-strip.tsx';
import { RoomHeader } from './room-header.tsx';
import styles from './room-view.module.css';
import { useRunInLink } from './use-run-in-link.ts';
import { VerdictCard } from './verdict-card.tsx';

interface Props {
  readonly study: Study;
  readonly state: RoomState;
  readonly self: RoomSnapshot['self'];
  readonly presence: Presence;
  readonly renamed: (nickname: string) => void;
}

export function RoomView({ study, state, self, presence, renamed }: Props) {
  const { investigation, cells, runs, analysis, progress } = state;
  const [view, onView] = useViewState(study);
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
  const [openedRun, openRun] = useRunInLink();
  const [overlay, setOverlay] = useState<Overlay | null>(null);
  const left = progress.ofRuns - progress.runs;

  return (
    <div className={`wrap ${styles.room}`}>
      <RoomHeader study={study} investigation={investigation} role={self.role} />
      <ProgressStrip progress={progress} presence={presence} state={investigation.state} />
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
        <OverlayContext value={overlay}>
          <Figure
            {...{ study, cells, runs, claims, view, onView, highlighted, marked, onSelect }}
            isNull={investigation.null}
            onRun={openRun}
          />
        </OverlayContext>
        <div className={styles.below}>
          <Coverage
            study={study}
            investigation={investigation}
            cells={cells}
            runs={runs}
            members={presence.members}
            isolated={view.cell}
            onRun={openRun}
            onIsolate={(cell) => onView((v) => ({ ...v, cell }))}
          />
          <Claims
            study={study}
            code={investigation.code}
            evidence={state.seq}
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
        <Exports
          code={investigation.code}
          study={study}
          role={self.role}
          title={investigation.title}
        />
      </div>
      {openedRun === null ? null : (
        <PointSheet
          run={openedRun}
          study={study}
          onClose={() => openRun(null)}
          onOverlay={setOverlay}
        />
      )}
    </div>
  );
}
