'use client';
/** Before and after my runs: verdict, fits and means without those that this device trained, and with them. */
import { useDeferredValue, useEffect, useMemo, useState } from 'react';
import type { Study, Verdict } from '../../compute/studies/study.ts';
import type { RoomState } from '../net/room-state.ts';
import { formatCell, formatNumber, plural, variedParams } from '../ui/text.ts';
import styles from './my-share.module.css';
import { type Mean, type Share, shareOf } from './my-share.ts';

interface Props {
  readonly study: Study;
  readonly state: RoomState;
  /** Public id of this device. */
  readonly self: string;
  /** Told of the comparison while it is shown, so that the figure draws it; null: it is not shown. */
  readonly onShare: (share: Share | null) => void;
}

export function MyShare({ study, state, self, onShare }: Props) {
  const [isOn, setOn] = useState(false);
  // An analysis may take a tenth of a second: typing goes first.
  const late = useDeferredValue(state);
  const share = useMemo(() => {
    if (!isOn || late.loading !== null) return null;
    const { cells, runs, investigation, progress } = late;
    const room = { isNull: investigation.null, cells, runs, expected: progress.ofRuns };
    return shareOf(study, room, self);
  }, [isOn, study, late, self]);
  useEffect(() => onShare(share), [share, onShare]);
  return (
    <section className={`card ${styles.card}`} aria-labelledby="my-share">
      <h2 id="my-share" className={styles.title}>
        Before and after my runs
      </h2>
      <label className={styles.toggle}>
        <input type="checkbox" checked={isOn} onChange={(e) => setOn(e.currentTarget.checked)} />
        Compare with the room without them
      </label>
      {isOn && late.loading !== null ? (
        <p className="hint">The runs of this room are still coming in.</p>
      ) : isOn && share === null ? (
        <p className="hint">
          This device has trained none of the runs that are in. Donate, and see here what your runs
          change.
        </p>
      ) : null}
      {share === null ? null : <Comparison share={share} study={study} state={late} />}
    </section>
  );
}

interface ComparisonProps {
  readonly share: Share;
  readonly study: Study;
  readonly state: RoomState;
}

function Comparison({ share, study, state }: ComparisonProps) {
  const { before, after, mine, all, means } = share;
  const varied = variedParams(state.investigation.grid.params, study.stages);
  const nameOf = (index: number) => {
    const config = state.cells.find((c) => c.index === index)?.config;
    return config === undefined ? '' : formatCell(study.params, varied, config);
  };
  const changed = Object.keys(after.fits).filter((key) => {
    const [was, is] = [before.fits[key], after.fits[key]];
    return ranged(was) !== ranged(is);
  });
  return (
    <>
      <p className="hint">
        This device trained {plural(mine, 'run')} of {all}.
      </p>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Number</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">Verdict</th>
            <td>{verdictWords(before.verdict)}</td>
            <td>{verdictWords(after.verdict)}</td>
          </tr>
          {changed.map((key) => (
            <tr key={key}>
              <th scope="row">{after.fits[key]?.label}</th>
              <td>{ranged(before.fits[key])}</td>
              <td>{ranged(after.fits[key])}</td>
            </tr>
          ))}
          {means.map(({ cell, before: was, after: is }) => (
            <tr key={cell}>
              <th scope="row">
                Mean of {study.effect}, {nameOf(cell)}
              </th>
              <td>{meanWords(was)}</td>
              <td>{meanWords(is)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {Object.values(before.fits).some((fit) => fit.curve !== undefined) ? (
        <p className="hint">The figure draws the law as it was before, dotted.</p>
      ) : null}
    </>
  );
}

type Number95 = { readonly value: number; readonly interval: readonly [number, number] | null };

const ranged = (number: Number95 | undefined): string =>
  number === undefined
    ? 'none yet'
    : `${formatNumber(number.value, 3)}${number.interval === null ? '' : ` [${formatNumber(number.interval[0], 3)}, ${formatNumber(number.interval[1], 3)}]`}`;

const verdictWords = ({ state, value, interval }: Verdict): string =>
  value === null ? state : `${state}, ${ranged({ value, interval })}`;

const meanWords = ({ mean, interval, runs }: Mean): string =>
  runs === 0 ? 'no run' : `${ranged({ value: mean, interval })}, ${plural(runs, 'run')}`;
