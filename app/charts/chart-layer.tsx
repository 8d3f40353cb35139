'use client';
/**
 * Everything drawn inside the frame, from the back: claims, single runs, intervals, means, theory.
 * A handful of paths however many points, and drawn again only when the picture or the frame changes.
 */
import { memo, useId } from 'react';
import type { Panel } from '../../compute/studies/study.ts';
import type { ClaimView, Region } from '../../server/protocol.ts';
import { colorOf, dashOf, theoryColorOf } from './palette.ts';
import styles from './panel-chart.module.css';
import { bandPath, barsPath, dotsPath, linePath, marked, markersPath } from './paths.ts';
import type { FitLine, MeanLine, Picture, RawLine, TheoryLine } from './picture.ts';
import { type Projection, rectOf } from './projection.ts';

interface Props {
  readonly panel: Panel;
  readonly picture: Picture;
  readonly at: Projection;
  readonly claims: readonly ClaimView[];
  readonly highlighted: string | null;
  readonly selection: Region | null;
}

export const ChartLayer = memo(function ChartLayer(props: Props) {
  const { panel, picture, at, claims, highlighted, selection } = props;
  const clip = useId();
  const dots = panel.draw === 'points';
  const Mean = dots ? MeanMarkers : MeanCurve;
  return (
    <g>
      <clipPath id={clip}>
        <rect {...at.area} />
      </clipPath>
      <g clipPath={`url(#${clip})`} fill="none" strokeLinejoin="round">
        {claims.map((claim) => (
          <rect
            key={claim.id}
            {...rectOf(claim.region, at)}
            className={claim.id === highlighted ? styles.claimOn : styles.claim}
          />
        ))}
        <Runs lines={picture.raw} at={at} dots={dots} />
        {!dots && picture.means.map((line) => <Band key={line.key} line={line} at={at} />)}
        {dots && picture.theory.map((line) => <Theory key={line.key} line={line} at={at} />)}
        {picture.means.map((line) => (
          <Mean key={line.key} line={line} at={at} />
        ))}
        {!dots && picture.theory.map((line) => <Theory key={line.key} line={line} at={at} />)}
        {!dots && picture.means.map((line) => <CurveMarkers key={line.key} line={line} at={at} />)}
        {picture.fits.map((line) => (
          <FitCurve key={line.key} line={line} at={at} />
        ))}
        {selection !== null && <rect {...rectOf(selection, at)} className={styles.selection} />}
      </g>
    </g>
  );
});

interface RunsProps {
  readonly lines: readonly RawLine[];
  readonly at: Projection;
  readonly dots: boolean;
}

/** One path a colour, and one for what is provisional: curves dotted, points hollow. */
function Runs({ lines, at, dots }: RunsProps) {
  const alike = new Map<string, RawLine[]>();
  for (const line of lines) {
    const key = `${colorOf(line.series)} ${line.verified}`;
    const same = alike.get(key);
    if (same === undefined) alike.set(key, [line]);
    else same.push(line);
  }
  return [...alike].map(([key, same]) => {
    const d = same.map(({ points }) => (dots ? dotsPath : linePath)(points, at)).join('');
    const [{ series, verified } = { series: 0, verified: true }] = same;
    return (
      <g key={key} data-verified={verified} data-raw={new Set(same.map((l) => l.run)).size}>
        <path
          className={dots ? styles.rawDots : styles.rawCurves}
          d={d}
          style={{ stroke: colorOf(series) }}
        />
        {dots && !verified && <path className={styles.rawHollow} d={d} />}
      </g>
    );
  });
}

interface MeanProps {
  readonly line: MeanLine;
  readonly at: Projection;
}

function Band({ line, at }: MeanProps) {
  return (
    <path
      className={styles.band}
      d={bandPath(line.points, at)}
      style={{ fill: colorOf(line.series) }}
    />
  );
}

function MeanCurve({ line, at }: MeanProps) {
  return (
    <path
      d={linePath(line.points, at)}
      style={{ stroke: colorOf(line.series) }}
      strokeWidth={2.5}
      data-mean={line.name}
    />
  );
}

/** Solid once all of its cell is verified, hollow before. */
function markOf({ series, verified }: MeanLine) {
  const stroke = colorOf(series);
  return verified ? { stroke, fill: stroke } : { stroke };
}

function CurveMarkers({ line, at }: MeanProps) {
  return (
    <path
      className={styles.mean}
      d={markersPath(line.series, marked(line.points, line.series, at), at, 4)}
      style={markOf(line)}
      strokeWidth={2}
    />
  );
}

function MeanMarkers({ line, at }: MeanProps) {
  const stroke = colorOf(line.series);
  return (
    <>
      <path d={barsPath(line.points, at)} style={{ stroke }} strokeWidth={1.5} />
      <path
        className={styles.mean}
        d={markersPath(line.series, line.points, at, 5)}
        style={markOf(line)}
        strokeWidth={2.5}
        data-mean={line.name}
      />
    </>
  );
}

/** A fitted law: a line of ink in its band; what it was before, thinner; what it predicted, an interval. */
function FitCurve({ line, at }: { readonly line: FitLine; readonly at: Projection }) {
  const { points, tone } = line;
  if (tone === 'predicted')
    return (
      <g data-fit={line.name} data-tone={tone}>
        <path className={styles.predictedEdge} d={barsPath(points, at)} />
        <path className={styles.predicted} d={barsPath(points, at)} />
      </g>
    );
  return (
    <g data-fit={line.name} data-tone={tone}>
      <path
        className={tone === 'now' ? styles.fitBand : styles.fitBandBefore}
        d={bandPath(points, at)}
      />
      <path className={styles.theoryEdge} d={linePath(points, at)} />
      <path className={tone === 'now' ? styles.fit : styles.fitBefore} d={linePath(points, at)} />
    </g>
  );
}

/** Dashes in an edge of paper, so that they show over dense runs and on the mean itself. */
function Theory({ line, at }: { readonly line: TheoryLine; readonly at: Projection }) {
  const d = linePath(line.points, at);
  const strokeDasharray = dashOf(line.dash);
  const stroke = line.series === null ? 'var(--ink)' : theoryColorOf(line.series);
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
}
