'use client';
/**
 * Everything drawn inside the frame, from the back: claims, single runs, intervals, means, theory.
 * A handful of paths however many points, and drawn again only when the picture or the frame changes.
 */
import { memo, useId } from 'react';
import type { Panel } from '../../compute/studies/study.ts';
import type { ClaimView, Region } from '../../server/protocol.ts';
import { ClaimMark } from './claim-mark.tsx';
import { colorOf, dashOf, strokesOf, theoryColorOf } from './palette.ts';
import styles from './panel-chart.module.css';
import { bandPath, barsPath, dotsPath, linePath, marked, markersPath } from './paths.ts';
import type { MeanLine, Picture, RawLine, TheoryLine } from './picture.ts';
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
  const { ramp } = picture;
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
          <ClaimMark key={claim.id} {...{ claim, at }} isOn={claim.id === highlighted} />
        ))}
        <Runs lines={picture.raw} at={at} dots={dots} ramp={ramp} />
        {!dots &&
          picture.means.map((line) => <Band key={line.key} line={line} at={at} ramp={ramp} />)}
        {dots &&
          picture.theory.map((line) => <Theory key={line.key} line={line} at={at} ramp={ramp} />)}
        {picture.means.map((line) => (
          <Mean key={line.key} line={line} at={at} ramp={ramp} />
        ))}
        {!dots &&
          picture.theory.map((line) => <Theory key={line.key} line={line} at={at} ramp={ramp} />)}
        {!dots &&
          picture.means.map((line) => (
            <CurveMarkers key={line.key} line={line} at={at} ramp={ramp} />
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
  readonly ramp: number | undefined;
}

/** One path a colour, and one for what is provisional: curves dotted, points hollow. */
function Runs({ lines, at, dots, ramp }: RunsProps) {
  const alike = new Map<string, RawLine[]>();
  for (const line of lines) {
    const key = `${line.series} ${line.verified}`;
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
          style={{ stroke: colorOf(series, ramp) }}
        />
        {dots && !verified && <path className={styles.rawHollow} d={d} />}
      </g>
    );
  });
}

interface MeanProps {
  readonly line: MeanLine;
  readonly at: Projection;
  /** Steps of the ordered palette, or undefined. */
  readonly ramp: number | undefined;
}

function Band({ line, at, ramp }: MeanProps) {
  return (
    <path
      className={styles.band}
      d={bandPath(line.points, at)}
      style={{ fill: colorOf(line.series, ramp) }}
    />
  );
}

function MeanCurve({ line, at, ramp }: MeanProps) {
  return (
    <path
      d={linePath(line.points, at)}
      style={{ stroke: colorOf(line.series, ramp) }}
      strokeWidth={2.5}
      strokeDasharray={strokesOf(line.strokes ?? 0)}
      data-mean={line.name}
    />
  );
}

/** Solid once all of its cell is verified, hollow before. */
function markOf({ series, verified }: MeanLine, ramp: number | undefined) {
  const stroke = colorOf(series, ramp);
  return verified ? { stroke, fill: stroke } : { stroke };
}

function CurveMarkers({ line, at, ramp }: MeanProps) {
  return (
    <path
      className={styles.mean}
      d={markersPath(line.series, marked(line.points, line.series, at), at, 4)}
      style={markOf(line, ramp)}
      strokeWidth={2}
    />
  );
}

function MeanMarkers({ line, at, ramp }: MeanProps) {
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
}

interface TheoryProps {
  readonly line: TheoryLine;
  readonly at: Projection;
  readonly ramp: number | undefined;
}

/** Dashes in an edge of paper, so that they show over dense runs and on the mean itself. */
function Theory({ line, at, ramp }: TheoryProps) {
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
}
