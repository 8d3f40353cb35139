'use client';
/** One panel of a study's figure in its frame: title, what to look for, the chart. */
import { memo, useId } from 'react';
import { PanelChart, type PanelChartProps } from '../charts/panel-chart.tsx';
import styles from './panel-figure.module.css';

export const PanelFigure = memo(function PanelFigure(props: PanelChartProps) {
  const id = useId();
  return (
    <section className={`card ${styles.figure}`} aria-labelledby={id} data-panel={props.panel.id}>
      <div className={styles.head}>
        <h3 id={id} className={styles.title}>
          {props.panel.title}
        </h3>
        <p className="hint">{props.panel.caption}</p>
      </div>
      <PanelChart {...props} />
    </section>
  );
});
