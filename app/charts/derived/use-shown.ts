'use client';
/** The picture that a chart draws in its mode, made anew only when the data or the mode change. */
import { useMemo } from 'react';
import type { CellView } from '../../../server/protocol.ts';
import { panelView, type ViewState } from '../../view/view-state.ts';
import type { Picture, PictureInput } from '../picture.ts';
import { seriesLeft } from './derived.ts';
import { type Shown, shownOf } from './shown.ts';

/** @param data the picture of the data, with its theory even where the view hides it */
export function useShown(
  { panel, cells, isNull }: Pick<PictureInput, 'panel' | 'cells' | 'isNull'>,
  data: Picture,
  view: ViewState,
): Shown {
  const { mode } = panelView(view, panel.id);
  const configs = useMemo(() => configsOf(cells), [cells]);
  return useMemo(() => {
    const shown = shownOf(panel, data, (cell) => configs.get(cell), { null: isNull }, mode);
    // Residuals without their zero line say nothing.
    return view.theory || shown.mode === 'residuals'
      ? shown
      : { ...shown, picture: withoutTheory(shown.picture) };
  }, [panel, data, configs, isNull, mode, view.theory]);
}

const configsOf = (cells: readonly CellView[]) => new Map(cells.map((c) => [c.index, c.config]));

function withoutTheory(picture: Picture): Picture {
  const series = seriesLeft(picture.series, [...picture.means, ...picture.raw]);
  return { ...picture, theory: [], series };
}
