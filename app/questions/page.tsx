/** What the field calls open, the studies that bear on it, and what people opened for it here. */
import type { Metadata } from 'next';
import Link from 'next/link';
import { QUESTIONS } from '../../compute/studies/questions.ts';
import { studyById } from '../../compute/studies/registry.ts';
import { OpenedFor } from './opened-for.tsx';
import styles from './page.module.css';

export const metadata: Metadata = {
  title: 'Open questions',
  description: 'What a mechanics of learning cannot answer yet, and experiments that bear on it.',
};

export default function Questions() {
  return (
    <div className={`wrap ${styles.page}`}>
      <header className={styles.head}>
        <h1>Open questions</h1>
        <p className={styles.lead}>
          A mechanics of learning cannot answer these yet. Each names studies that bear on it: open
          one for the question, change what nobody has changed, and what you find is listed here.
        </p>
        <p className="hint">
          The questions are those that “There will be a scientific theory of deep learning”
          (arXiv:2604.21691) ends with.
        </p>
      </header>
      {QUESTIONS.map(({ id, title, about, studies }) => (
        <section key={id} id={id} aria-labelledby={`${id}-title`} className={`card ${styles.card}`}>
          <h2 id={`${id}-title`} className={styles.title}>
            {title}
          </h2>
          <p className={styles.about}>{about}</p>
          <h3 className="eyebrow">Studies that bear on it</h3>
          <ul className={styles.studies}>
            {studies.flatMap((name) => {
              const study = studyById(name);
              return study === null
                ? []
                : [
                    <li key={name}>
                      <Link className="button small" href={`/studies/${name}?question=${id}#open`}>
                        {study.title}
                      </Link>
                    </li>,
                  ];
            })}
          </ul>
          <h3 className="eyebrow">Opened for it on this server</h3>
          <OpenedFor question={id} />
        </section>
      ))}
    </div>
  );
}
