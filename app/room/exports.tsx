/** The results as files. */
import styles from './exports.module.css';

export function Exports({ code }: { readonly code: string }) {
  const file = (kind: string) => `/api/investigations/${code}/results.${kind}`;
  return (
    <section className={`card ${styles.exports}`} aria-labelledby="exports">
      <h2 id="exports" className="eyebrow">
        Export
      </h2>
      <div className={styles.buttons}>
        <a className="button small" href={file('csv')} download>
          Export CSV
        </a>
        <a className="button small" href={file('json')} download>
          Export JSON
        </a>
      </div>
      <p className="hint">
        Any one run can be had as a file that reproduces it: from its point on the chart, or from
        its square in the coverage.
      </p>
    </section>
  );
}
