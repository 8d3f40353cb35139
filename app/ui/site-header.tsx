/** The thin bar on top of every page: the name, which leads home. */
import Link from 'next/link';
import styles from './site-header.module.css';

export function SiteHeader() {
  return (
    <header className={styles.bar}>
      <div className={`wrap ${styles.inside}`}>
        <Link className={styles.name} href="/">
          <svg viewBox="0 0 24 20" width="24" height="20" aria-hidden="true">
            <g fill="none" strokeWidth="2" strokeLinecap="round">
              <path d="M1 18C6 18 6 3 11 3h12" stroke="var(--mark-1)" />
              <path d="M1 18c9 0 9-8 14-8h8" stroke="var(--mark-2)" />
              <path d="M1 18c13 0 13-2.500 22-2.500" stroke="var(--mark-3)" />
            </g>
          </svg>
          Manyhands
        </Link>
        <nav aria-label="Site">
          <Link className={`${styles.link} ${styles.wide}`} href="/#studies">
            Studies
          </Link>
          <Link className={styles.link} href="/questions">
            Questions
          </Link>
          <Link className={styles.link} href="/#join">
            Join
          </Link>
          {/* Few go there: nobody else's page loads its script beforehand. */}
          <Link className={styles.link} href="/account" prefetch={false}>
            Account
          </Link>
        </nav>
      </div>
    </header>
  );
}
