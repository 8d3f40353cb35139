'use client';
/** A panel of pictures: one block a cell, with the run that it shows; live as runs arrive, and saved like a chart. */
import { useId, useMemo, useRef, useState } from 'react';
import type { Panel } from '../../compute/studies/study.ts';
import { plural } from '../ui/text.ts';
import { ChartBoundary } from './chart-boundary.tsx';
import { type ImageBlock, imageBlocks, seedsOf } from './images.ts';
import styles from './images-panel.module.css';
import type { PanelChartProps } from './panel-chart.tsx';
import type { ChartFormat } from './save-chart.ts';

/** A picture's side in the units of its block, and what lies between. */
const [SHOT, GAP] = [32, 3];

export function ImagesPanel(props: PanelChartProps) {
  return (
    <ChartBoundary>
      <Images {...props} />
    </ChartBoundary>
  );
}

function Images({ study, panel, cells, runs, isolated, onRun, pointHref }: PanelChartProps) {
  const [seed, setSeed] = useState<number | null>(null);
  const [problem, setProblem] = useState('');
  const root = useRef<HTMLDivElement>(null);
  const seeds = useMemo(() => seedsOf({ panel, runs }), [panel, runs]);
  const blocks = useMemo(
    () => imageBlocks({ study, panel, cells, runs, isolated, seed }),
    [study, panel, cells, runs, isolated, seed],
  );
  const save = async (format: ChartFormat) => {
    const { saveChart } = await import('./save-chart.ts');
    const name = `${study.id}-${panel.id}`;
    if (root.current === null) return;
    await saveChart(root.current, { title: panel.title, name, format }).then(
      () => setProblem(''),
      () =>
        setProblem('The browser could not make a file of these pictures. Try the other format.'),
    );
  };
  if (blocks.length === 0)
    return <p className={styles.empty}>No picture until the first run is in.</p>;
  return (
    <div className={styles.images}>
      {seeds.length > 1 && <SeedChoice seeds={seeds} onSeed={setSeed} />}
      <div ref={root} className={styles.blocks}>
        {blocks.map((block) => (
          <Block key={block.cell} {...{ block, panel, pointHref }} {...(onRun ? { onRun } : {})} />
        ))}
      </div>
      <div className={styles.tools}>
        {(['svg', 'png'] as const).map((format) => (
          <button
            key={format}
            type="button"
            className="button small"
            onClick={() => void save(format)}
          >
            Save as {format.toUpperCase()}
          </button>
        ))}
        {problem !== '' && <p role="alert">{problem}</p>}
      </div>
    </div>
  );
}

function SeedChoice(props: { seeds: readonly number[]; onSeed: (seed: number) => void }) {
  const id = useId();
  return (
    <p className={styles.choice}>
      <label htmlFor={id}>Runs of seed</label>
      <select id={id} onChange={(event) => props.onSeed(Number(event.target.value))}>
        {props.seeds.map((seed) => (
          <option key={seed}>{seed}</option>
        ))}
      </select>
    </p>
  );
}

interface BlockProps {
  readonly block: ImageBlock;
  readonly panel: Panel;
  readonly pointHref: (runId: string) => string;
  readonly onRun?: (runId: string) => void;
}

function Block({ block, panel, pointHref, onRun }: BlockProps) {
  const { name, run, rows, verified } = block;
  const across = Math.max(...rows.map((row) => row.length));
  const ratio = (panel.image?.height ?? 1) / (panel.image?.width ?? 1);
  const [stepX, stepY] = [SHOT + GAP, SHOT * ratio + GAP];
  const count = rows.reduce((n, row) => n + row.length, 0);
  const words = `${name}: ${plural(count, 'picture')} in ${plural(rows.length, 'row')}`;
  return (
    <figure className={styles.block}>
      <figcaption className={styles.caption}>
        {name}
        {verified ? '' : ' (provisional)'}
      </figcaption>
      <div data-drawing={name}>
        {/* biome-ignore lint/a11y/useSemanticElements: a group of images that is one drawing, saved as such. */}
        <svg
          viewBox={`0 0 ${across * stepX - GAP} ${rows.length * stepY - GAP}`}
          className={styles.shots}
          role="group"
          aria-label={words}
        >
          {rows.map((row, r) =>
            row.map(({ line, href }, c) => (
              <image
                key={line}
                {...{ href, x: c * stepX, y: r * stepY, width: SHOT, height: SHOT * ratio }}
                preserveAspectRatio="none"
                className={styles.shot}
                style={{ imageRendering: 'pixelated' }}
                aria-label={line}
              >
                <title>{line}</title>
              </image>
            )),
          )}
        </svg>
      </div>
      {onRun === undefined ? (
        <a className={styles.open} href={pointHref(run)}>
          Its run<span className="visually-hidden"> ({name})</span>
        </a>
      ) : (
        <button type="button" className={styles.open} onClick={() => onRun(run)}>
          Open its run<span className="visually-hidden"> ({name})</span>
        </button>
      )}
    </figure>
  );
}
