'use client';
/** One panel of a study's figure in its frame: title, what to look for, the chart. */
import dynamic from 'next/dynamic';
import { memo, useId } from 'react';
import type { PanelChartProps } from '../charts/panel-chart.tsx';
import styles from './panel-figure.module.css';

/** Charts weigh more than all else of a page, which can be read, joined and donated to before they are here. */
const PanelChart = dynamic(() => import('../charts/panel-chart.tsx').then((m) => m.PanelChart), {
  ssr: false,
  loading: () => <div className={styles.waiting} />,
});

/** Apart, for hardly any study has pictures. */
const ImagesPanel = dynamic(() => import('../charts/images-panel.tsx').then((m) => m.ImagesPanel), {
  ssr: false,
  loading: () => <div className={styles.waiting} />,
});

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
      {props.panel.draw === 'images' ? <ImagesPanel {...props} /> : <PanelChart {...props} />}
    </section>
  );
});
