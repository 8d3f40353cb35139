'use client';
/** What was measured on this server, as dots on a miniature of the theory. */
import { type Miniature, placed } from '../charts/miniature.ts';
import styles from './gallery.module.css';
import { useGallery } from './use-told.ts';

interface Props {
  readonly study: string;
  readonly miniature: Miniature;
}

export function LiveMeans({ study, miniature }: Props) {
  const best = useGallery()?.find((e) => e.study === study)?.best ?? null;
  if (best === null) return null;
  const dots = best.means.flatMap(({ x, mean }) => placed(miniature, x, mean));
  return (
    <path
      className={styles.dots}
      d={dots.map(({ x, y }) => `M${x.toFixed(1)} ${y.toFixed(1)}h0`).join('')}
    />
  );
}
