/** What a figure, a verdict and a list of claims are drawn from, frozen or live. Pure. */
import type { Study } from '../../compute/studies/study.ts';
import type {
  CellView,
  ClaimView,
  Delta,
  RoomVerdict,
  RunView,
  SnapshotContent,
} from '../../server/protocol.ts';
import type { RoomState } from '../net/room-state.ts';

export interface Evidence {
  readonly study: Study;
  readonly isNull: boolean;
  readonly cells: readonly CellView[];
  readonly runs: readonly RunView[];
  readonly claims: readonly ClaimView[];
  readonly analysis: RoomVerdict['analysis'];
  readonly predictions: RoomVerdict['predictions'];
  readonly progress: Delta['progress'];
}

/** A room as it is now. */
export function liveEvidence(state: RoomState, study: Study): Evidence {
  const { investigation, cells, runs, claims, progress } = state;
  const { analysis, predictions } = state.verdict;
  const { null: isNull } = investigation;
  return { study, isNull, cells, runs, claims, analysis, predictions, progress };
}

/** A room as it was frozen: nothing is computed again, neither means nor the theory. */
export function frozenEvidence(content: SnapshotContent): Evidence {
  const { investigation, cells, runs, claims, analysis, predictions, progress } = content;
  const { null: isNull } = investigation;
  const study = frozenStudy(content);
  return { study, isNull, cells, runs, claims, analysis, predictions, progress };
}

/** The study of a snapshot, drawing what was frozen. It cannot be planned, summarised or analysed. */
function frozenStudy({
  study: { id, version, title, statement, params, panels },
}: SnapshotContent): Study {
  const never = (): never => {
    throw new Error('A frozen study computes nothing.');
  };
  return {
    ...{ id, version, title, statement, params, pillar: 'Simple laws', about: '', references: [] },
    student: { see: '', matters: '', wrong: '' },
    grids: { default: { params: {}, seeds: [] }, quick: { params: {}, seeds: [] } },
    nullCase: { label: '', explanation: '' },
    packSize: 1,
    panels: panels.map(({ theory, ...panel }) => ({
      ...{ ...panel, theory: () => theory, observe: () => [] },
    })),
    ...{ plan: never, summarise: never, analyse: never },
  };
}

/** Only these panels of a figure; all of them for null. */
export function onlyPanel(evidence: Evidence, panel: string | null): Evidence {
  if (panel === null) return evidence;
  const { study } = evidence;
  return { ...evidence, study: { ...study, panels: study.panels.filter((p) => p.id === panel) } };
}

/** No fit is hidden. */
export const NOTHING: ReadonlySet<string> = new Set();
