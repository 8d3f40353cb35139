'use client';
/** The fitted numbers of a verdict: laws with their parameters, what they predicted, and plain numbers. */
import type { ReactNode } from 'react';
import type { Fit, FitCurve, Panel } from '../../compute/studies/study.ts';
import type { PredictionView } from '../../server/protocol.ts';
import { formatNumber, plural } from '../ui/text.ts';
import { predictionKey } from './fit-lines.ts';
import styles from './fit-list.module.css';

interface Props {
  readonly fits: Readonly<Record<string, Fit>>;
  readonly predictions: readonly PredictionView[];
  readonly panels: readonly Panel[];
  readonly hidden: ReadonlySet<string>;
  /** Absent: nothing of it can be drawn or not. */
  readonly onDraw?: (key: string, isDrawn: boolean) => void;
  /** What people claim about a fit by its name, to show beside it. */
  readonly marks?: (fit: string) => ReactNode;
}

export function FitList({ fits, predictions, panels, hidden, onDraw, marks }: Props) {
  const rows = Object.entries(fits);
  const laws = rows.flatMap(([key, fit]) =>
    fit.curve === undefined ? [] : [{ key, fit, curve: fit.curve }],
  );
  const plain = rows.filter(([, fit]) => fit.curve === undefined);
  const titleOf = (id: string) => panels.find((p) => p.id === id)?.title ?? id;
  const drawing = (key: string, panel: string) =>
    onDraw === undefined ? null : (
      <label className={styles.draw}>
        <input
          type="checkbox"
          checked={!hidden.has(key)}
          onChange={(event) => onDraw(key, event.currentTarget.checked)}
        />
        Draw on “{titleOf(panel)}”
      </label>
    );
  return (
    <div className={styles.list}>
      {laws.map(({ key, fit, curve }) => (
        <details key={key} className={styles.fit}>
          <summary>
            <span className={styles.name}>{sentence(fit.label)}</span>
            <span className={styles.value}>
              {curve.parameters[0]?.symbol} = {ranged(fit.value, fit.interval)}
            </span>
            <span className={styles.state} data-describes={curve.describes}>
              {DESCRIBES[curve.describes]}
            </span>
          </summary>
          <Law curve={curve} runs={fit.runs} />
          {drawing(key, curve.panel)}
          {marks?.(key)}
        </details>
      ))}
      {predictions.map((prediction) => (
        <details key={prediction.id} className={styles.fit}>
          <summary>
            <span className={styles.name}>Predicted: {prediction.label}</span>
            <span className={styles.value}>
              {ranged(prediction.predicted, prediction.interval, 3)}
            </span>
            <span className={styles.state} data-describes={outcomeOf(prediction)}>
              {OUTCOMES[outcomeOf(prediction)]}
            </span>
            {prediction.left === undefined ? null : (
              <span className={styles.flag}>evidence it stood on has left</span>
            )}
          </summary>
          <Prediction prediction={prediction} />
          {drawing(predictionKey(prediction), prediction.panel)}
        </details>
      ))}
      {plain.length === 0 ? null : (
        <details className={styles.fit}>
          <summary>{plural(plain.length, 'fitted number')}</summary>
          <dl className={styles.numbers}>
            {plain.map(([name, fit]) => (
              <div key={name}>
                <dt>{fit.label}</dt>
                <dd>
                  {ranged(fit.value, fit.interval)}
                  <span className={styles.n}>, {plural(fit.runs, 'run')}</span>
                  {marks?.(name)}
                </dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </div>
  );
}

const DESCRIBES: Readonly<Record<FitCurve['describes'], string>> = {
  yes: 'describes the points',
  no: 'does not describe the points',
  unclear: 'too little to say',
};

function Law({ curve, runs }: { readonly curve: FitCurve; readonly runs: number }) {
  return (
    <>
      <p className={styles.formula}>{curve.formula}</p>
      <dl className={styles.numbers}>
        {curve.parameters.map(({ symbol, label, value, interval }) => (
          <div key={symbol}>
            <dt>
              {label} {symbol}
            </dt>
            <dd>{ranged(value, interval)}</dd>
          </div>
        ))}
      </dl>
      <ul className={styles.notes}>
        {curve.notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
        <li>
          Fitted to {plural(curve.points.length, 'size')} of {plural(runs, 'run')}; intervals at 95%
          {curve.resamples === 0 ? ' need more seeds' : ` from ${curve.resamples} resamples`}.
        </li>
      </ul>
    </>
  );
}

type Outcome = 'yes' | 'no' | 'unclear' | 'waiting';

const outcomeOf = ({ came }: PredictionView): Outcome =>
  came === null ? 'waiting' : !came.complete ? 'unclear' : came.inside ? 'yes' : 'no';

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  waiting: 'its runs have not come yet',
  unclear: 'its runs are coming in',
  yes: 'came true: inside the interval',
  no: 'did not come true: outside the interval',
};

function Prediction({ prediction }: { readonly prediction: PredictionView }) {
  const { law, sizes, runs, evidence, at, probability, seeds, came } = prediction;
  const [first = Number.NaN, last = Number.NaN] = [sizes[0], sizes.at(-1)];
  return (
    <ul className={styles.notes}>
      <li>
        By a {law} of {plural(sizes.length, 'smaller size')}, {formatNumber(first)} to{' '}
        {formatNumber(last)}, with {plural(runs, 'run')} in. It should hold the number of{' '}
        {plural(seeds, 'seed')} {formatNumber(100 * probability)} times in a hundred.
      </li>
      <li>
        Recorded at evidence version {evidence}, <time dateTime={at}>{timeOf(at)}</time>, before the
        first run of that size was accepted; not changed since.
      </li>
      {prediction.left === undefined ? null : (
        <li className={styles.flag}>{leftWords(prediction)}</li>
      )}
      <li>
        {came === null
          ? 'No run of it is in yet.'
          : `Measured ${came.complete ? '' : 'so far '}with ${plural(came.seeds, 'seed')}: ${formatNumber(came.value)}, ${came.inside ? 'inside' : 'outside'}.`}
      </li>
    </ul>
  );
}

/** The same wherever it is read. */
const timeOf = (iso: string) => `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;

/** What is otherwise now, in sentences. */
function leftWords({ left, runs }: PredictionView): string {
  if (left === undefined) return '';
  const stand = runs - left.runs;
  const say =
    left.now === null
      ? `${stand === 1 ? 'The one that stands says' : `The ${stand} that stand say`} too little for the law.`
      : `By the ${stand} that stand, the same law says ${ranged(left.now.predicted, left.now.interval, 3)}.`;
  return `Evidence it stood on has left: the results of ${left.runs} of its ${plural(runs, 'run')} did not stand up to verification. ${say}`;
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

const ranged = (value: number, interval: readonly [number, number] | null, digits = 4) =>
  `${formatNumber(value, digits)}${interval === null ? '' : ` [${formatNumber(interval[0], digits)}, ${formatNumber(interval[1], digits)}]`}`;
