'use client';
/** Of log axes: every decade marked, and its 2 … 9 lightly, whatever of them is labelled. */
import { memo } from 'react';
import type { Panel } from '../../compute/studies/study.ts';
import styles from './panel-chart.module.css';
import type { Projection } from './projection.ts';
import { decadesIn, type Scale } from './scale.ts';

interface Props {
  readonly panel: Panel;
  readonly x: Scale;
  readonly y: Scale;
  readonly at: Projection;
}

const [LONG, SHORT] = [8, 4];

export const LogTicks = memo(function LogTicks({ panel, x, y, at }: Props) {
  const { area } = at;
  const bottom = area.y + area.height;
  const along = (values: readonly number[], size: number) =>
    values.map((v) => `M${at.px(v).toFixed(1)} ${bottom}v${-size}`).join('');
  const up = (values: readonly number[], size: number) =>
    values.map((v) => `M${area.x} ${at.py(v).toFixed(1)}h${size}`).join('');
  const [alongX, upY] = [panel.x.scale === 'log', panel.y.scale === 'log'];
  const decades = `${alongX ? along(decadesIn(x), LONG) : ''}${upY ? up(decadesIn(y), LONG) : ''}`;
  const minor = `${along(x.minor ?? [], SHORT)}${up(y.minor ?? [], SHORT)}`;
  return (
    <g fill="none">
      <path d={minor} className={styles.minor} />
      <path d={decades} className={styles.decade} />
    </g>
  );
});
