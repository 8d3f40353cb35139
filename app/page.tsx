/** Home: what the place is for, the way into a room, and the gallery of studies. */
import Link from 'next/link';
import { studies } from '../compute/studies/registry.ts';
import type { Pillar } from '../compute/studies/study.ts';
import { TheoryThumbnail } from './charts/theory-thumbnail.tsx';
import styles from './page.module.css';
import { JoinForm } from './ui/join-form.tsx';
import { RecentRooms } from './ui/recent-rooms.tsx';
import { StudyCard } from './ui/study-card.tsx';

/** The five lines of evidence for a mechanics of learning, and the bridge; those with a study here. */
const PILLARS = (
  [
    {
      pillar: 'Solvable settings',
      about: 'Networks that are solved exactly: pen and paper first.',
    },
    {
      pillar: 'Insightful limits',
      about: 'Infinitely wide or deep, networks become simple, and finite ones resemble them.',
    },
    { pillar: 'Simple laws', about: 'A few numbers follow laws whatever the details.' },
    {
      pillar: 'Hyperparameters',
      about: 'What one has to tune, taken apart until little is left to tune.',
    },
    { pillar: 'Universality', about: 'Different systems that end in the same place.' },
    {
      pillar: 'Bridge to interpretability',
      about: 'Mechanisms that form in training, and when they do.',
    },
  ] as const satisfies readonly { readonly pillar: Pillar; readonly about: string }[]
).filter(({ pillar }) => studies.some((study) => study.pillar === pillar));

const idOf = (pillar: Pillar) => `pillar-${pillar.toLowerCase().replaceAll(' ', '-')}`;

export default function Home() {
  const hero = studies[0];
  return (
    <div className={`wrap ${styles.page}`}>
      <section className={styles.hero}>
        <div className={styles.words}>
          <h1 className={styles.title}>Test the laws of deep learning, together.</h1>
          <p className={styles.lead}>
            Open an investigation of one law, and the browsers in the room train the networks.
            Theory is drawn against experiment as the runs arrive, and the verdict can fail.
          </p>
          <div id="join" className={`card ${styles.join}`}>
            <JoinForm />
            <RecentRooms />
          </div>
          <p className={styles.or}>
            Nobody gave you a code? <a href="#studies">Choose a study</a> and open an investigation
            of your own.
          </p>
        </div>
        {hero === undefined ? null : (
          <figure className={styles.figure}>
            <TheoryThumbnail study={hero} />
            <figcaption className="hint">
              {hero.title}: lines are what the theory predicts, dots what was measured on this
              server.
            </figcaption>
          </figure>
        )}
      </section>

      <ol className={styles.steps} aria-label="How it works">
        <li>
          <b>Open</b> Pick a study, its grid and seeds. You get a code to share.
        </li>
        <li>
          <b>Donate</b> Anyone in the room lends a browser. It trains on the GPU until told to stop.
        </li>
        <li>
          <b>Judge</b> The chart fills for all. Mark what you see, claim it, argue.
        </li>
      </ol>

      <section id="studies" aria-labelledby="studies-title" className={styles.gallery}>
        <h2 id="studies-title">Studies</h2>
        {PILLARS.map(({ pillar, about }) => (
          <section key={pillar} aria-labelledby={idOf(pillar)} className={styles.pillar}>
            <div>
              <h3 id={idOf(pillar)}>{pillar}</h3>
              <p className={styles.pillarAbout}>{about}</p>
            </div>
            <ul className={styles.cards}>
              {studies
                .filter((study) => study.pillar === pillar)
                .map((study) => (
                  <li key={study.id}>
                    <StudyCard study={study} />
                  </li>
                ))}
            </ul>
          </section>
        ))}
        <p className={styles.or}>
          What nobody knows yet is on the page of <Link href="/questions">open questions</Link>.
        </p>
      </section>
    </div>
  );
}
