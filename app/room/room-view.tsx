'use client';
/** The room: header, progress, verdict and donating beside the figure, coverage and claims below. */
import dynamic from 'next/dynamic';
import { useCallback, useMemo, useState } from 'react';
import type { Study } from '../../compute/studies/study.ts';
import type { Anchor, Presence, Region, RoomSnapshot } from '../../server/protocol.ts';
import { mayAct } from '../../server/vocabulary.ts';
import { PanelOverlayContext } from '../charts/panel-overlay.ts';
import { type Overlay, OverlayContext } from '../charts/replayed-lines.tsx';
import type { RoomState } from '../net/room-state.ts';
import { formatCount, plural, variedParams } from '../ui/text.ts';
import { LiveSummary } from '../view/live-summary.tsx';
import { useUpdates } from '../view/use-updates.ts';
import { useViewState } from '../view/use-view-state.ts';
import {
  anchorDraft,
  type ClaimDraft,
  draftRegion,
  emptyDraft,
  regionDraft,
} from './claim-draft.ts';
import { ClaimMarks } from './claim-marks.tsx';
import { Claims } from './claims.tsx';
import { Coverage } from './coverage.tsx';
import { DonatePanel } from './donate-panel.tsx';
import { Exports } from './exports.tsx';
import { Figure } from './figure.tsx';
import { drawnFits } from './fit-lines.ts';
import type { Share } from './my-share.ts';
import { MyShare } from './my-share-card.tsx';
import { People } from './people.tsx';
import { PointSheet } from './point-sheet.tsx';
import { PresenterBar } from './presenter-bar.tsx';
import { ProgressStrip } from './progress-strip.tsx';
import { RoomHeader } from './room-header.tsx';
import styles from './room-view.module.css';
import { useCursors } from './use-cursors.tsx';
import { RoleContext } from './use-may.ts';
import { usePresenting } from './use-presenting.ts';
import { useRunInLink } from './use-run-in-link.ts';
import { VerdictCard } from './verdict-card.tsx';

const Sweep = dynamic(() => import('../charts/sweep/sweep.tsx').then((m) => m.Sweep), {
  ssr: false,
});

interface Props {
  readonly study: Study;
  readonly state: RoomState;
  readonly self: RoomSnapshot['self'];
  readonly presence: Presence;
  /** Results that wait while the room is frozen. */
  readonly waiting: number;
  readonly renamed: (nickname: string) => void;
}

export function RoomView({ study, state, self, presence, waiting, renamed }: Props) {
  const { investigation, claims, progress } = state;
  const { analysis, predictions, evidence: verdictOf } = state.verdict;
  const updates = useUpdates(state);
  const { cells, runs, seq } = updates.shown;
  const [view, onView] = useViewState(study);
  const isolate = useCallback((cell: number | null) => onView((v) => ({ ...v, cell })), [onView]);
  const [highlighted, setHighlighted] = useState<string | null>(null);
  const [draft, setDraft] = useState<ClaimDraft>(() => emptyDraft(study.panels[0]?.id ?? ''));
  const onSelect = useCallback(
    (panel: string, region: Region) => setDraft((d) => regionDraft(d, panel, region)),
    [],
  );
  const onClaimAbout = useCallback((anchor: Anchor) => {
    setDraft((d) => anchorDraft(d, anchor));
    document.getElementById('claims')?.scrollIntoView({ block: 'start' });
    document.querySelector<HTMLElement>('[aria-labelledby="claims"] textarea')?.focus();
  }, []);
  const annotates = mayAct(self.role, 'annotate');
  const { about, panel: markedPanel, x0, x1, y0, y1 } = draft;
  const marked = useMemo(() => {
    const region = draftRegion({ about, panel: markedPanel, x0, x1, y0, y1 }, study);
    return region === null ? null : { panel: markedPanel, region };
  }, [about, markedPanel, x0, x1, y0, y1, study]);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [share, setShare] = useState<Share | null>(null);
  const onDraw = useCallback(
    (key: string, isDrawn: boolean) =>
      setHidden((before) =>
        isDrawn ? new Set([...before].filter((k) => k !== key)) : new Set([...before, key]),
      ),
    [],
  );
  const fits = useMemo(
    () => drawnFits(analysis, predictions, share?.before ?? null, hidden),
    [analysis, predictions, share, hidden],
  );
  const [openedRun, openRun] = useRunInLink();
  const closeRun = useCallback(() => openRun(null), [openRun]);
  const [replayed, setReplayed] = useState<Overlay | null>(null);
  const left = progress.ofRuns - progress.runs;
  const { code, room } = investigation;
  const presenter = room.presenter?.id ?? null;
  const { follows, follow } = usePresenting(code, presenter, self.id, {
    ...{ isolated: view.cell, highlighted, onIsolate: isolate, onHighlight: setHighlighted },
  });
  const { overlay, pointer, setPointer } = useCursors(code, presence.members, self, presenter);

  return (
    <RoleContext value={self.role}>
      <div className={`wrap ${styles.room}`}>
        <RoomHeader study={study} investigation={investigation} role={self.role} self={self.id} />
        <ProgressStrip progress={progress} presence={presence} state={investigation.state} />
        <LiveSummary
          text={`${plural(progress.runs, 'run')} in, verdict ${analysis.verdict.state}`}
        />
        <div className={styles.top}>
          <VerdictCard
            {...{ study, hidden, onDraw }}
            state={{ ...state, analysis, predictions }}
            isBehind={verdictOf < state.evidence}
            marks={(fit) => (
              <ClaimMarks
                {...{ fit, claims, highlighted }}
                label={fit === null ? 'the verdict' : (analysis.fits[fit]?.label ?? fit)}
                onHighlight={setHighlighted}
                {...(annotates ? { onClaim: () => onClaimAbout({ kind: 'fit', fit }) } : {})}
              />
            )}
          />
          {mayAct(self.role, 'train') ? (
            <DonatePanel
              code={code}
              study={study}
              state={investigation.state}
              runsLeft={left}
              etaSeconds={presence.etaSeconds}
            />
          ) : null}
          <MyShare study={study} state={state} self={self.id} onShare={setShare} />
        </div>
        <section className={styles.figure} aria-label="Figure">
          {state.loading === null ? null : (
            <p className="hint">
              Means and verdict are of all {formatCount(progress.runs)} runs; single runs are
              coming: {formatCount(state.runs.length)} are here.
            </p>
          )}
          <OverlayContext value={replayed}>
            <PanelOverlayContext value={overlay}>
              <Figure
                {...{
                  study,
                  cells,
                  runs,
                  claims,
                  fits,
                  view,
                  onView,
                  updates,
                  highlighted,
                  marked,
                }}
                onRun={openRun}
                onClaim={setHighlighted}
                {...(annotates ? { onSelect, onPoint: onClaimAbout } : {})}
                isNull={investigation.null}
              />
            </PanelOverlayContext>
          </OverlayContext>
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
              onRun={openRun}
              onIsolate={isolate}
            />
            <Claims
              study={study}
              code={code}
              evidence={{ charts: seq, verdict: verdictOf }}
              fits={analysis.fits}
              claims={claims}
              withheld={state.withheld}
              waits={investigation.claimsWait}
              people={presence.members}
              self={self}
              draft={draft}
              onDraft={setDraft}
              highlighted={highlighted}
              onHighlight={setHighlighted}
            />
          </div>
        </section>
        <div className={styles.bottom}>
          <People
            {...{ presence, self, renamed, pointer }}
            anonymous={room.anonymous}
            onPointer={setPointer}
          />
          <Exports {...{ code, study }} role={self.role} title={investigation.title} />
        </div>
        {openedRun === null ? null : (
          <PointSheet run={openedRun} study={study} onClose={closeRun} onOverlay={setReplayed} />
        )}
      </div>
      <PresenterBar {...{ code, waiting, follows, follow }} settings={room} self={self.id} />
    </RoleContext>
  );
}
