'use client';
/** Over a figure: what it is coloured, split and averaged by, and which layers it shows. */
import { type ReactNode, useId, useMemo } from 'react';
import type { ParamSpec, Study } from '../../compute/studies/study.ts';
import type { CellView } from '../../server/protocol.ts';
import { variedIn } from '../charts/series-of.ts';
import type { ChangeView } from './use-view-state.ts';
import { DEFAULT_VIEW, type ViewState, viewSearch } from './view-state.ts';
import styles from './view-toolbar.module.css';

interface Props {
  readonly study: Study;
  readonly cells: readonly CellView[];
  readonly view: ViewState;
  readonly onView: ChangeView;
  /** Further controls, at the end of the line. */
  readonly children?: ReactNode;
}

const LAYERS = [
  ['runs', 'Single runs'],
  ['means', 'Means'],
  ['theory', 'Theory'],
] as const;

export function ViewToolbar({ study, cells, view, onView, children }: Props) {
  const varied = useMemo(() => variedIn(study.params, cells), [study, cells]);
  const { color, facet, dash, pooled } = view;
  const hasCurves = study.panels.some((p) => p.draw === 'curves');
  const isDefault = viewSearch(view, study) === '';
  const params = varied.map((p) => [p.name, labelOf(p)] as const);
  return (
    <div className={styles.toolbar} role="toolbar" aria-label="View of the figure">
      <Choice
        label="Colour by"
        value={typeof color === 'string' ? color : `by.${color.param}`}
        options={[
          ['study', 'as the study does'],
          ['cell', 'cell'],
          ['line', 'line'],
          ...varied.map((p) => [`by.${p.name}`, labelOf(p)] as const),
        ]}
        onChange={(value) =>
          onView((v) => ({
            ...v,
            color:
              value === 'study' || value === 'cell' || value === 'line'
                ? value
                : { param: value.slice(3) },
          }))
        }
      />
      {params.length > 0 && (
        <Choice
          label="One chart for each"
          value={facet ?? ''}
          options={[['', 'no: all in one'], ...params]}
          onChange={(value) => onView((v) => ({ ...v, facet: value === '' ? null : value }))}
        />
      )}
      <details className={styles.more}>
        <summary>More</summary>
        <div className={styles.panel}>
          <Ticks
            legend="Show"
            entries={LAYERS.map(([layer, label]) => ({
              ...{ key: layer, label, on: view[layer] },
              toggle: (on) => onView((v) => ({ ...v, [layer]: on })),
            }))}
          />
          {params.length > 0 && (
            <Ticks
              legend="Average over the seed and"
              hint="A mean then is of all runs that agree in everything that is not ticked."
              entries={params.map(([name, label]) => ({
                ...{ key: name, label, on: pooled.includes(name) },
                toggle: (on) =>
                  onView((v) => ({
                    ...v,
                    pooled: study.params
                      .map((p) => p.name)
                      .filter((p) => (p === name ? on : v.pooled.includes(p))),
                  })),
              }))}
            />
          )}
          {hasCurves && params.length > 0 && (
            <Choice
              label="Dashes of means by"
              value={dash ?? ''}
              options={[['', 'nothing: all solid'], ...params]}
              onChange={(value) => onView((v) => ({ ...v, dash: value === '' ? null : value }))}
            />
          )}
        </div>
      </details>
      {!isDefault && (
        <button
          type="button"
          className="button small quiet"
          onClick={() => onView(() => DEFAULT_VIEW)}
        >
          Reset view
        </button>
      )}
      <div className={styles.end}>{children}</div>
    </div>
  );
}

function labelOf(param: ParamSpec): string {
  return param.symbol === undefined ? param.label : `${param.label} ${param.symbol}`;
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, label: string])[];
  readonly onChange: (value: string) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  const id = useId();
  return (
    <span className={styles.choice}>
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={(e) => onChange(e.target.value)}>
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </span>
  );
}

interface TicksProps {
  readonly legend: string;
  readonly hint?: string;
  readonly entries: readonly {
    readonly key: string;
    readonly label: string;
    readonly on: boolean;
    readonly toggle: (on: boolean) => void;
  }[];
}

function Ticks({ legend, hint, entries }: TicksProps) {
  return (
    <fieldset className={styles.ticks}>
      <legend>{legend}</legend>
      {entries.map(({ key, label, on, toggle }) => (
        <label key={key} className={styles.tick}>
          <input type="checkbox" checked={on} onChange={(e) => toggle(e.target.checked)} />
          {label}
        </label>
      ))}
      {hint !== undefined && <p className="hint">{hint}</p>}
    </fieldset>
  );
}
