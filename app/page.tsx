/** Home: what the place is for, the way into a room, and the gallery of studies. */
import { studies } from '../compute/studies/registry.ts';
import { TheoryThumbnail } from './charts/theory-thumbnail.tsx';
import styles from './page.module.css';
import { JoinForm } from './ui/join-form.tsx';
import { RecentRooms } from './ui/recent-rooms.tsx';
import { StudyCard } from './ui/study-card.tsx';

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
              {hero.title}: what the theory predicts, before the first run. The room’s runs are
              drawn on top of it.
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
        <ul className={styles.cards}>
          {studies.map((study) => (
            <li key={study.id}>
              <StudyCard study={study} />
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}
