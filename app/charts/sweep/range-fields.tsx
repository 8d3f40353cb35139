'use client';
/** Ranges by numbers: for every axis its two ends, or which of its choices. What a pointer drags is shown here too. */
import { useId, useState } from 'react';
import {
  type Brush,
  type Brushes,
  choicesOf,
  keyOf,
  type ParallelAxis,
  type ParallelScale,
} from './parallel.ts';
import styles from './sweep.module.css';

interface Props {
  readonly scales: readonly ParallelScale[];
  readonly brushes: Brushes;
  readonly onBrushes: (brushes: Brushes) => void;
}

export function RangeFields({ scales, brushes, onBrushes }: Props) {
  return (
    <details className={styles.table}>
      <summary>Ranges by numbers</summary>
      <div className={styles.ranges}>
        {scales.map(({ axis }) => (
          <AxisFields
            key={keyOf(axis)}
            axis={axis}
            brush={brushes[keyOf(axis)]}
            onBrush={(brush) => onBrushes(withBrush(brushes, axis, brush))}
          />
        ))}
      </div>
    </details>
  );
}

/** The brushes with this one set; null: with none on its axis. */
export function withBrush(brushes: Brushes, axis: ParallelAxis, brush: Brush | null): Brushes {
  const { [keyOf(axis)]: _, ...others } = brushes;
  return brush === null ? others : { ...others, [keyOf(axis)]: brush };
}

interface AxisProps {
  readonly axis: ParallelAxis;
  readonly brush: Brush | undefined;
  readonly onBrush: (brush: Brush | null) => void;
}

function AxisFields({ axis, brush, onBrush }: AxisProps) {
  const choices = choicesOf(axis);
  if (choices === null) return <NumberFields axis={axis} brush={brush} onBrush={onBrush} />;
  const on = brush?.kind === 'choices' ? brush.values : choices;
  const toggle = (value: string) => {
    const values = choices.filter((c) => (c === value ? !on.includes(c) : on.includes(c)));
    onBrush(values.length === choices.length ? null : { kind: 'choices', values });
  };
  const labels =
    axis.kind === 'param' && axis.spec.kind === 'choice'
      ? new Map(axis.spec.choices.map((c) => [c.value, c.label]))
      : new Map<string, string>();
  return (
    <fieldset className={styles.checks}>
      <legend className="label">{axis.label}</legend>
      {choices.map((value) => (
        <label key={value} className={styles.check}>
          <input type="checkbox" checked={on.includes(value)} onChange={() => toggle(value)} />
          {labels.get(value) ?? value}
        </label>
      ))}
    </fieldset>
  );
}

function NumberFields({ axis, brush, onBrush }: AxisProps) {
  const range = brush?.kind === 'range' ? brush : { kind: 'range' as const, from: null, to: null };
  const set = (end: 'from' | 'to', value: number | null) => {
    const next = { ...range, [end]: value };
    onBrush(next.from === null && next.to === null ? null : next);
  };
  return (
    <fieldset className={styles.range}>
      <legend className="label">{axis.label}</legend>
      {(['from', 'to'] as const).map((end) => (
        // Typed anew when a drag sets it.
        <NumberField
          key={`${end} ${range[end]}`}
          name={end}
          value={range[end]}
          onValue={(value) => set(end, value)}
        />
      ))}
    </fieldset>
  );
}

interface NumberProps {
  readonly name: string;
  readonly value: number | null;
  readonly onValue: (value: number | null) => void;
}

/** A number, or nothing: an open end. Taken on Enter and on leaving the field. */
function NumberField({ name, value, onValue }: NumberProps) {
  const id = useId();
  const [text, setText] = useState(value === null ? '' : String(value));
  const [wrong, setWrong] = useState(false);
  const take = () => {
    const trimmed = text.trim().replace(',', '.').replace('−', '-');
    const number = trimmed === '' ? null : Number(trimmed);
    const bad = number !== null && !Number.isFinite(number);
    setWrong(bad);
    if (!bad && number !== value) onValue(number);
  };
  return (
    <div className={styles.end}>
      <label className="hint" htmlFor={id}>
        {name}
      </label>
      <input
        id={id}
        className="field"
        inputMode="text"
        autoComplete="off"
        placeholder="any"
        value={text}
        aria-invalid={wrong}
        aria-describedby={wrong ? `${id}-wrong` : undefined}
        onChange={(e) => setText(e.target.value)}
        onBlur={take}
        onKeyDown={(e) => {
          if (e.key === 'Enter') take();
        }}
      />
      {wrong && (
        <p id={`${id}-wrong`} className="error">
          Type a number, or nothing.
        </p>
      )}
    </div>
  );
}
