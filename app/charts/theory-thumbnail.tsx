/** A small drawing of what the theory predicts, for a card: pure SVG, rendered on the server. */
import { cellsOf } from '../../compute/studies/grid.ts';
import type { Study } from '../../compute/studies/study.ts';
import { colorOf } from './palette.ts';
import { isDrawable, scaleOf } from './scale.ts';

const [WIDTH, HEIGHT, PAD] = [240, 120, 10];

export function TheoryThumbnail({ study }: { readonly study: Study }) {
  const cells = cellsOf(study, study.grids.default);
  // The panel whose theory says most: the one with the most predicted points.
  const panels = study.panels.map((panel) => ({
    panel,
    traces: panel.theory(cells, { null: false }),
  }));
  const size = (p: (typeof panels)[number]) => p.traces.reduce((n, t) => n + t.x.length, 0);
  const [best] = [...panels].sort((a, b) => size(b) - size(a));
  if (best === undefined) return null;
  const { panel } = best;
  const traces = best.traces.filter((t) => t.cell === null || t.cell === 0);
  const x = scaleOf(
    panel.x,
    traces.flatMap((t) => [...t.x]),
  );
  const y = scaleOf(
    panel.y,
    traces.flatMap((t) => [...t.y]),
  );
  const place = (v: number, { domain: [lo, hi] }: typeof x, log: boolean) =>
    log ? Math.log(v / lo) / Math.log(hi / lo) : (v - lo) / (hi - lo);
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`${panel.title}: ${panel.caption}`}
      width="100%"
    >
      <title>{panel.title}</title>
      {traces.map((trace, i) => (
        <polyline
          key={`${trace.line} ${trace.cell}`}
          fill="none"
          stroke={colorOf(i)}
          strokeWidth={2}
          strokeLinejoin="round"
          points={trace.x
            .map((v, k) => [v, trace.y[k] ?? Number.NaN] as const)
            .filter(([a, b]) => isDrawable(panel.x, a) && isDrawable(panel.y, b))
            .map(([a, b]) => {
              const px = PAD + place(a, x, panel.x.scale === 'log') * (WIDTH - 2 * PAD);
              const py = HEIGHT - PAD - place(b, y, panel.y.scale === 'log') * (HEIGHT - 2 * PAD);
              return `${px.toFixed(1)},${py.toFixed(1)}`;
            })
            .join(' ')}
        />
      ))}
    </svg>
  );
}
