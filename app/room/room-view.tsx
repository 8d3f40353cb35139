'use client';
/** The room: header, progress, verdict and donating beside the figure, coverage and claims below. */
import { useMemo, useState } from 'react';
import type { Study } from '../../compute/studies/study.ts';
import type { ClaimView, Presence, Region, RoomSnapshot } from '../../server/protocol.ts';
import type { RoomState } from '../net/room-state.ts';
import { PanelFigure } from '../ui/panel-figure.tsx';
import { type ClaimDraft, draftRegion, emptyDraft, regionDraft } from './claim-draft.ts';
import { Claims } from './claims.tsx';
import { Coverage } from './coverage.tsx';
import { DonatePanel } from './donate-panel.tsx';
import { Exports } from './exports.tsx';
import { People } from './people.tsx';
import { ProgressStrip } from './progress-strip.tsx';
import { RoomHeader } from './room-header.tsx';
import styles from './room-view.module.css';
import { VerdictCard } from './verdict-card.tsx';

interface Props {
  readonly study: Study;
  readonly state: RoomState;
  readonly self: RoomSnapshot['self'];
  readonly presence: Presence;
  readonly renamed: (nickname: string) => void;
}

const NO_CLAIMS: readonly ClaimView[] = [];

export function RoomView({ study, state, self, presence, renamed }: Props) {
  const { investigation, cells, runs, analysis, progress } = state;
  const [isolated, setIsolated] = useState<number | null>(null);
  const [highlighted, setHighlighted] = useState<string | null>(null);
  const [draft, setDraft] = useState<ClaimDraft>(() => emptyDraft(study.panels[0]?.id ?? ''));
  const claims = useMemo(() => state.claims.filter((c) => !c.withdrawn), [state.claims]);
  // Charts are dear to draw: while somebody types or a claim is hovered, what the others get is the
  // same object as before, and they stay as they are.
  const claimsOf = useMemo(() => groupByPanel(claims), [claims]);
  const selectOn = useMemo(
    () =>
      new Map(
        study.panels.map(({ id }) => [
          id,
          (region: Region) => setDraft((d) => regionDraft(d, id, region)),
        ]),
      ),
    [study],
  );
  const { panel: markedPanel, x0, x1, y0, y1 } = draft;
  const marked = useMemo(
    () => draftRegion({ panel: markedPanel, x0, x1, y0, y1, text: '' }, study),
    [markedPanel, x0, x1, y0, y1, study],
  );
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
        {study.panels.map((panel) => {
          const here = claimsOf.get(panel.id) ?? NO_CLAIMS;
          const onSelect = selectOn.get(panel.id);
          return (
            <PanelFigure
              key={panel.id}
              study={study}
              panel={panel}
              isNull={investigation.null}
              cells={cells}
              runs={runs}
              claims={here}
              isolated={isolated}
              highlighted={here.some((c) => c.id === highlighted) ? highlighted : null}
              selection={
                marked.kind === 'region' && markedPanel === panel.id ? marked.region : null
              }
              {...(onSelect === undefined ? {} : { onSelect })}
              pointHref={pointHref}
            />
          );
        })}
        <div className={styles.below}>
          <Coverage
            study={study}
            investigation={investigation}
            cells={cells}
            runs={runs}
            members={presence.members}
            isolated={isolated}
            onIsolate={setIsolated}
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
        <Exports code={investigation.code} />
      </div>
    </div>
  );
}

function pointHref(runId: string): string {
  return `/api/runs/${encodeURIComponent(runId)}/point.json`;
}

function groupByPanel(claims: readonly ClaimView[]): ReadonlyMap<string, readonly ClaimView[]> {
  const groups = new Map<string, ClaimView[]>();
  for (const claim of claims) {
    const group = groups.get(claim.panel);
    if (group === undefined) groups.set(claim.panel, [claim]);
    else group.push(claim);
  }
  return groups;
}
