/** One study: what it claims, what the theory predicts, and the form that opens an investigation. */
import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { studies, studyById } from '../../../compute/studies/registry.ts';
import { OpenForm } from '../open-form.tsx';
import { TheoryFigure } from '../theory-figure.tsx';
import styles from './page.module.css';

interface Props {
  readonly params: Promise<{ readonly id: string }>;
}

export function generateStaticParams() {
  return studies.map(({ id }) => ({ id }));
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const study = studyById((await params).id);
  return study ? { title: study.title, description: study.about } : {};
}

export default async function StudyPage({ params }: Props) {
  const study = studyById((await params).id);
  if (!study) notFound();
  return (
    <div className={`wrap ${styles.page}`}>
      <header className={styles.head}>
        <p className="eyebrow">{study.pillar}</p>
        <h1 className={styles.title}>{study.title}</h1>
        <p className={styles.about}>{study.about}</p>
        <a className={`button primary ${styles.jump}`} href="#open">
          Open an investigation
        </a>
      </header>

      <div className={styles.columns}>
        <div className={styles.read}>
          <section aria-labelledby="tested" className={styles.tested}>
            <h2 id="tested" className="eyebrow">
              What is tested
            </h2>
            <p className={styles.statement}>{study.statement}</p>
          </section>
          <section aria-labelledby="theory">
            <h2 id="theory" className="eyebrow">
              The theory, before any run
            </h2>
            <TheoryFigure studyId={study.id} />
          </section>
          <dl className={styles.student}>
            <div>
              <dt>What you see</dt>
              <dd>{study.student.see}</dd>
            </div>
            <div>
              <dt>Why it matters</dt>
              <dd>{study.student.matters}</dd>
            </div>
            <div>
              <dt>What would prove it wrong</dt>
              <dd>{study.student.wrong}</dd>
            </div>
          </dl>
          <section aria-labelledby="references">
            <h2 id="references" className="eyebrow">
              References
            </h2>
            <ul className={styles.references}>
              {study.references.map((r) => (
                <li key={r.title}>
                  {r.authors} ({r.year}). <i>{r.title}</i>. {r.where}.
                </li>
              ))}
            </ul>
            <p className="hint">
              Study {study.id}, version {study.version}.
            </p>
          </section>
        </div>
        <section aria-labelledby="open" className={styles.open}>
          <div className={`card ${styles.form}`}>
            <h2 id="open" className={styles.openTitle}>
              Open an investigation
            </h2>
            <OpenForm studyId={study.id} />
          </div>
        </section>
      </div>
    </div>
  );
}
