'use client';
/** A ring round the point that is read; follows the reading alone. */
import { useContext } from 'react';
import styles from './panel-chart.module.css';
import type { Picture } from './picture.ts';
import { inFrame, type Projection } from './projection.ts';
import { ReadingContext } from './reading.ts';
import { lineAt, pointAt } from './spot.ts';

interface Props {
  readonly picture: Picture;
  readonly at: Projection;
}

export function SpotMarker({ picture, at }: Props) {
  const reading = useContext(ReadingContext);
  if (reading.kind === 'none') return null;
  const line = lineAt(picture, reading.spot);
  const point = line && pointAt(line.points, reading.spot.x);
  if (line === undefined || point === undefined || !inFrame(point, at)) return null;
  const where = { cx: at.px(point.x), cy: at.py(point.y) };
  return (
    <g fill="none" pointerEvents="none">
      <circle {...where} r={9} className={styles.ringEdge} />
      <circle
        {...where}
        r={9}
        className={reading.kind === 'passing' ? styles.ring : styles.ringOn}
      />
    </g>
  );
}
