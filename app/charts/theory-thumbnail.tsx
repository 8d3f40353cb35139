/** A small drawing of what the theory predicts, for a card: pure SVG, rendered on the server. */
import type { Study } from '../../compute/studies/study.ts';
import { thumbnailOf } from '../../compute/studies/thumbnail.ts';
import { LiveMeans } from '../gallery/live-means.tsx';
import { HEIGHT, miniatureOf, placed, WIDTH } from './miniature.ts';
import { colorOf } from './palette.ts';

export function TheoryThumbnail({ study }: { readonly study: Study }) {
  const { panel, theory } = thumbnailOf(study);
  const miniature = miniatureOf(
    panel,
    theory.flatMap((t) => t.x),
    theory.flatMap((t) => t.y),
  );
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`${panel.title}: ${panel.caption}`}
      width="100%"
    >
      <title>{panel.title}</title>
      {theory.map((trace, i) => (
        <polyline
          key={`${trace.line} ${trace.cell}`}
          fill="none"
          stroke={colorOf(i)}
          strokeWidth={2}
          strokeLinejoin="round"
          points={placed(miniature, trace.x, trace.y)
            .map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`)
            .join(' ')}
        />
      ))}
      <LiveMeans study={study.id} miniature={miniature} />
    </svg>
  );
}
