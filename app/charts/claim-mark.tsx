'use client';
/** Where a claim stands on a chart: a rectangle for a region, a band for a range, a ring for a point. */
import type { ClaimView } from '../../server/protocol.ts';
import { regionOfAnchor } from './claim-spot.ts';
import styles from './panel-chart.module.css';
import { type Projection, rectOf } from './projection.ts';

const RING = 9;

export function ClaimMark(props: {
  readonly claim: ClaimView;
  readonly at: Projection;
  readonly isOn: boolean;
}) {
  const { claim, at, isOn } = props;
  const { anchor } = claim;
  const className = isOn ? styles.claimOn : styles.claim;
  if (anchor.kind === 'point') {
    const [cx, cy] = [at.px(anchor.x), at.py(anchor.y)];
    return <circle {...{ cx, cy, className }} r={RING} data-claim={claim.id} />;
  }
  const region = regionOfAnchor(anchor);
  if (region === null) return null;
  return <rect {...rectOf(region, at)} className={className} data-claim={claim.id} />;
}
