'use client';
/** The room: header, progress, verdict and donating beside the figure, coverage and claims below. */
import { useCallback, useMemo, useState } from 'react';
import type { Study } from '../../compute/studies/study.ts';
import {
  type Anchor,
  mayAct,
  type Presence,
  type Region,
  type RoomSnapshot,
} from '../../server/protocol.ts';
import type { RoomState } from '../net/room-state.ts';
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

export function RoomView({ study, state, self, presence, renamed }: Props) {
  const { investigation, cells, runs, claims, analysis, progress } = state;
  const [isolated, setIsolated] = useState<number | null>(null);
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
  const left = progress.ofRuns - progress.runs;

  return (
    <div className={`wrap ${styles.room}`}>
      <RoomHeader study={study} investigation={investigation} role={self.role} />
      <ProgressStrip progress={progress} presence={presence} state={investigation.state} />
      <div className={styles.top}>
        <VerdictCard
          analysis={analysis}
          expected={progress.ofRuns}
          marks={(fit) => (
            <ClaimMarks
              {...{ fit, claims, highlighted }}
              label={fit === null ? 'the verdict' : (analysis.fits[fit]?.label ?? fit)}
              onHighlight={setHighlighted}
              {...(annotates ? { onClaim: () => onClaimAbout({ kind: 'fit', fit }) } : {})}
            />
          )}
        />
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
          {...{ study, cells, runs, claims, isolated, highlighted, marked }}
          isNull={investigation.null}
          onClaim={setHighlighted}
          {...(annotates ? { onSelect, onPoint: onClaimAbout } : {})}
        />
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
        <People presence={presence} self={self} renamed={renamed} />
        <Exports code={investigation.code} />
      </div>
    </div>
  );
}
