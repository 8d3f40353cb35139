'use client';
/** What a volunteer may choose: how much of the time to compute, and, for the curious, on which engine. */
import { useId } from 'react';
import type { EngineChoice } from '../volunteer/use-donation.ts';
import styles from './donate-panel.module.css';

const SHARES: readonly number[] = [0.25, 0.5, 0.75, 1];

interface ShareProps {
  readonly share: number;
  readonly onChange: (share: number) => void;
}

export function ShareField({ share, onChange }: ShareProps) {
  const name = useId();
  return (
    <fieldset className={styles.shares}>
      <legend className="label">Share of the time to compute</legend>
      {SHARES.map((s) => (
        <label key={s} className={styles.share}>
          <input type="radio" name={name} checked={s === share} onChange={() => onChange(s)} />
          {s * 100}%
        </label>
      ))}
    </fieldset>
  );
}

const ENGINES: readonly {
  readonly value: EngineChoice;
  readonly label: string;
  readonly hint: string;
}[] = [
  { value: 'automatic', label: 'Automatic', hint: 'whatever is measured to be fastest here' },
  { value: 'fused', label: 'Fused', hint: 'own WebGPU kernels, many steps a launch' },
  { value: 'packed', label: 'Packed', hint: 'batched products of TensorFlow.js on WebGPU' },
  { value: 'wasm', label: 'WebAssembly', hint: 'the processor, without the GPU' },
];

interface EngineProps {
  readonly engine: EngineChoice;
  readonly onChange: (engine: EngineChoice) => void;
}

export function EngineField({ engine, onChange }: EngineProps) {
  const name = useId();
  return (
    <details>
      <summary className="hint">Engine: {ENGINES.find((e) => e.value === engine)?.label}</summary>
      <fieldset className={styles.engines} aria-label="Engine">
        {ENGINES.map(({ value, label, hint }) => (
          <label key={value} className={styles.share}>
            <input
              type="radio"
              name={name}
              checked={value === engine}
              onChange={() => onChange(value)}
            />
            <span>
              {label} <span className="hint">{hint}</span>
            </span>
          </label>
        ))}
      </fieldset>
    </details>
  );
}
