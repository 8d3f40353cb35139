'use client';
/** Which two parameters span the plane of a map. */
import { useId, useState } from 'react';
import type { SweepParam } from './axes.ts';
import styles from './sweep.module.css';

export interface PlaneChoice {
  readonly x: SweepParam | undefined;
  /** Null: a single row, where nothing else varies or nothing else is asked for. */
  readonly y: SweepParam | null;
  choose(axis: 'x' | 'y', name: string): void;
}

/** The chosen plane: at first the preferred one where both vary, else the two parameters of most values. */
export function usePlane(
  params: readonly SweepParam[],
  preferred: { readonly x: string; readonly y: string } | null,
): PlaneChoice {
  const [chosen, setChosen] = useState<{ x?: string; y?: string }>({});
  const byValues = [...params].sort((a, b) => b.values.length - a.values.length);
  const named = (name: string | undefined) => params.find((p) => p.name === name);
  const x = named(chosen.x) ?? named(preferred?.x) ?? byValues[0];
  const others = byValues.filter((p) => p !== x);
  const y =
    chosen.y === NONE
      ? null
      : (others.find((p) => p.name === chosen.y) ??
        others.find((p) => p.name === preferred?.y) ??
        others[0] ??
        null);
  return {
    ...{ x, y },
    choose(axis, name) {
      const now = { ...(x && { x: x.name }), ...(y && { y: y.name }) };
      // Choosing what the other axis has swaps the two.
      if (axis === 'x')
        setChosen({ x: name, y: name === y?.name ? (x?.name ?? NONE) : (y?.name ?? NONE) });
      else setChosen({ ...now, y: name });
    },
  };
}

const NONE = '';

interface Props {
  readonly params: readonly SweepParam[];
  readonly plane: PlaneChoice;
}

export function PlaneFields({ params, plane }: Props) {
  const id = useId();
  if (params.length < 2) return null;
  return (
    <>
      <label className={styles.field} htmlFor={`${id}-x`}>
        <span className="label">Across</span>
        <select
          id={`${id}-x`}
          className="field"
          value={plane.x?.name}
          onChange={(e) => plane.choose('x', e.target.value)}
        >
          {params.map((p) => (
            <option key={p.name} value={p.name}>
              {p.label}
            </option>
          ))}
        </select>
      </label>
      <label className={styles.field} htmlFor={`${id}-y`}>
        <span className="label">Up</span>
        <select
          id={`${id}-y`}
          className="field"
          value={plane.y?.name ?? NONE}
          onChange={(e) => plane.choose('y', e.target.value)}
        >
          {params
            .filter((p) => p !== plane.x)
            .map((p) => (
              <option key={p.name} value={p.name}>
                {p.label}
              </option>
            ))}
          <option value={NONE}>nothing: average over the rest</option>
        </select>
      </label>
    </>
  );
}
