/** One study in the gallery: its theory as a small figure, and what it is about. */
import Link from 'next/link';
import type { Study } from '../../compute/studies/study.ts';
import { TheoryThumbnail } from '../charts/theory-thumbnail.tsx';
import styles from './study-card.module.css';

export function StudyCard({ study }: { readonly study: Study }) {
  return (
    <article className={`card ${styles.card}`}>
      <div className={styles.figure}>
        <TheoryThumbnail study={study} />
      </div>
      <div className={styles.text}>
        <p className="eyebrow">{study.pillar}</p>
        <h3 className={styles.title}>
          <Link className={styles.link} href={`/studies/${study.id}`}>
            {study.title}
          </Link>
        </h3>
        <p className={styles.about}>{study.about}</p>
      </div>
    </article>
  );
}
