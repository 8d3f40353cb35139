'use client';
/**
 * Everything drawn inside the frame but the single runs, which lie behind: claims, intervals, means,
 * theory. A handful of paths however many points, and drawn again only when they or the frame change.
 */
import { memo } from 'react';
import type { ClaimView, Region } from '../../server/protocol.ts';
import { colorOf, dashOf, strokesOf, theoryColorOf } from './palette.ts';
import styles from './panel-chart.module.css';
import { bandPath, barsPath, linePath, marked, markersPath } from './paths.ts';
import type { MeanLine, Picture, TheoryLine } from './picture.ts';
import { type Projection, rectOf } from './projection.ts';

interface Props {
  readonly dots: boolean;
  readonly theory: Picture['theory'];
  readonly means: Picture['means'];
  /** Steps of the ordered palette, or undefined. */
  readonly ramp: number | undefined;
  readonly at: Projection;
  /** Id of the clip path of the frame. */
  readonly clip: string;
  readonly claims: readonly ClaimView[];
  readonly highlighted: string | null;
  readonly selection: Region | null;
}

export const ChartLayer = memo(function ChartLayer(props: Props) {
  const { dots, theory, means, ramp, at, clip, claims, highlighted, selection } = props;
  const Mean = dots ? MeanMarkers : MeanCurve;
  const predicted = theory.map((line) => <Theory key={line.key} line={line} at={at} ramp={ramp} />);
  return (
    <g clipPath={`url(#${clip})`} fill="none" strokeLinejoin="round">
      {claims.map((claim) => (
        <rect
          key={claim.id}
          {...rectOf(claim.region, at)}
          className={claim.id === highlighted ? styles.claimOn : styles.claim}
        />
      ))}
      {!dots && means.map((line) => <Band key={line.key} line={line} at={at} ramp={ramp} />)}
      {dots && predicted}
      {means.map((line) => (
        <Mean key={line.key} line={line} at={at} ramp={ramp} />
      ))}
      {!dots && predicted}
      {!dots &&
        means.map((line) => <CurveMarkers key={line.key} line={line} at={at} ramp={ramp} />)}
      {selection !== null && <rect {...rectOf(selection, at)} className={styles.selection} />}
    </g>
  );
});

interface MeanProps {
  readonly line: MeanLine;
  readonly at: Projection;
  /** Steps of the ordered palette, or undefined. */
  readonly ramp: number | undefined;
}

const Band = memo(function Band({ line, at, ramp }: MeanProps) {
  return (
    <path
      className={styles.band}
      d={bandPath(line.points, at)}
      style={{ fill: colorOf(line.series, ramp) }}
    />
  );
});

const MeanCurve = memo(function MeanCurve({ line, at, ramp }: MeanProps) {
  return (
    <path
      d={linePath(line.points, at)}
      style={{ stroke: colorOf(line.series, ramp) }}
      strokeWidth={2.5}
      strokeDasharray={strokesOf(line.strokes ?? 0)}
      data-mean={line.name}
    />
  );
});

/** Solid once all of its cell is verified, hollow before. */
function markOf({ series, verified }: MeanLine, ramp: number | undefined) {
  const stroke = colorOf(series, ramp);
  return verified ? { stroke, fill: stroke } : { stroke };
}

const CurveMarkers = memo(function CurveMarkers({ line, at, ramp }: MeanProps) {
  return (
    <path
      className={styles.mean}
      d={markersPath(line.series, marked(line.points, line.series, at), at, 4)}
      style={markOf(line, ramp)}
      strokeWidth={2}
    />
  );
});

const MeanMarkers = memo(function MeanMarkers({ line, at, ramp }: MeanProps) {
  const stroke = colorOf(line.series, ramp);
  return (
    <>
      <path d={barsPath(line.points, at)} style={{ stroke }} strokeWidth={1.5} />
      <path
        className={styles.mean}
        d={markersPath(line.series, line.points, at, 5)}
        style={markOf(line, ramp)}
        strokeWidth={2.5}
        data-mean={line.name}
      />
    </>
  );
});

interface TheoryProps {
  readonly line: TheoryLine;
  readonly at: Projection;
  readonly ramp: number | undefined;
}

/** Dashes in an edge of paper, so that they show over dense runs and on the mean itself. */
const Theory = memo(function Theory({ line, at, ramp }: TheoryProps) {
  const d = linePath(line.points, at);
  const strokeDasharray = dashOf(line.dash);
  const stroke = line.series === null ? 'var(--ink)' : theoryColorOf(line.series, ramp);
  return (
    <>
      <path className={styles.theoryEdge} d={d} strokeDasharray={strokeDasharray} />
      <path
        d={d}
        style={{ stroke }}
        strokeWidth={1.75}
        strokeDasharray={strokeDasharray}
        data-theory={line.name}
      />
    </>
  );
});
