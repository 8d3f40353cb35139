/** One study in the gallery: theory and data as a small figure, what it is about, what was found. */
import Link from 'next/link';
import type { Study } from '../../compute/studies/study.ts';
import { TheoryThumbnail } from '../charts/theory-thumbnail.tsx';
import { FoundHere } from '../gallery/found-here.tsx';
import styles from './study-card.module.css';

export function StudyCard({ study }: { readonly study: Study }) {
  return (
    <article className={`card ${styles.card}`}>
      <div className={styles.figure}>
        <TheoryThumbnail study={study} />
      </div>
      <div className={styles.text}>
        <h4 className={styles.title}>
          <Link className={styles.link} href={`/studies/${study.id}`}>
            {study.title}
          </Link>
        </h4>
        <p className={styles.about}>{study.about}</p>
        <FoundHere study={study.id} />
      </div>
    </article>
  );
}
