/** The same numbers as text, folded away below a view. */
import styles from './sweep.module.css';

interface Props {
  readonly title: string;
  readonly head: readonly string[];
  /** The first entry of a row names it. */
  readonly rows: readonly {
    readonly key: string;
    readonly entries: readonly (string | number)[];
  }[];
  /** Above the table: what it leaves out. */
  readonly note?: string;
}

export function SweepTable({ title, head, rows, note }: Props) {
  return (
    <details className={styles.table}>
      <summary>{title}</summary>
      {note !== undefined && <p className="hint">{note}</p>}
      <div className={styles.tableScroll}>
        <table>
          <thead>
            <tr>
              {head.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ key, entries: [first, ...others] }) => (
              <tr key={key}>
                <th scope="row">{first}</th>
                {others.map((entry, i) => (
                  <td key={head[i + 1]}>{entry}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
