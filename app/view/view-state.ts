/**
 * What somebody looks at, apart from the data: everything that decides how a study's figure is drawn,
 * as one value that a link carries. Rooms, snapshots, embeds and reports read and write it alike. A
 * field that is not understood is as if it were not there. Pure.
 */
import * as z from 'zod/mini';
import type { Study } from '../../compute/studies/study.ts';

export const FIGURE_MODES = ['data', 'residuals', 'collapsed'] as const;
/** The data themselves, their distance from the theory, or curves brought onto each other. */
export type FigureMode = (typeof FIGURE_MODES)[number];

const Count = z.coerce.number().check(z.int(), z.nonnegative());
/** From below to above, both finite. */
export const Span = z.tuple([z.number(), z.number()]).check(z.refine(([low, high]) => low < high));
export type Span = Readonly<z.infer<typeof Span>>;

/** What hues stand for: as the study draws it, the cell, the line, or a parameter. */
export type ColorBy = 'study' | 'cell' | 'line' | { readonly param: string };

export interface PanelView {
  /** The interval shown of each axis; null: as far as the data go. */
  readonly x: Span | null;
  readonly y: Span | null;
  readonly mode: FigureMode;
}

export interface ViewState {
  /** The cell that is shown alone, or null for all. */
  readonly cell: number | null;
  /** The parameter with one small chart a value, or null. */
  readonly facet: string | null;
  readonly color: ColorBy;
  /** The parameter that the dashes of mean curves stand for, or null. */
  readonly dash: string | null;
  /** Parameters that are averaged over besides the seed, in the study's order. */
  readonly pooled: readonly string[];
  readonly runs: boolean;
  readonly means: boolean;
  readonly theory: boolean;
  /** By panel id; a panel that is not there is shown whole (`WHOLE`). */
  readonly panels: Readonly<Record<string, PanelView>>;
}

export const WHOLE: PanelView = { x: null, y: null, mode: 'data' };

/** The view of a link that says nothing: one mean a cell, all of it. */
export const DEFAULT_VIEW: ViewState = {
  ...{ cell: null, facet: null, color: 'study', dash: null, pooled: [] },
  ...{ runs: true, means: true, theory: true, panels: {} },
};

/** How one panel is shown. */
export function panelView(view: ViewState, panel: string): PanelView {
  return view.panels[panel] ?? WHOLE;
}

/** The same view with one panel shown otherwise. */
export function withPanel(view: ViewState, panel: string, part: Partial<PanelView>): ViewState {
  const { [panel]: before = WHOLE, ...others } = view.panels;
  const now = { ...before, ...part };
  const whole = now.x === null && now.y === null && now.mode === 'data';
  return { ...view, panels: whole ? others : { ...others, [panel]: now } };
}

const LAYERS = ['runs', 'means', 'theory'] as const;
const PANEL_FIELDS = ['x', 'y', 'mode'] as const;
/** Before a parameter's name, which could be "cell" as well. */
const PARAM = 'by.';

/** Fields of a study's link: a schema each, which refuses what this study does not have. */
function schemasFor(study: Study) {
  const param = z.string().check(z.refine((name) => study.params.some((p) => p.name === name)));
  const list = z.pipe(
    z.string(),
    z.transform((text: string) => text.split(',')),
  );
  return {
    cell: Count,
    facet: param,
    dash: param,
    color: z.union([
      z.enum(['cell', 'line']),
      z.pipe(
        z.pipe(
          z.pipe(
            z.string().check(z.startsWith(PARAM)),
            z.transform((text: string) => text.slice(PARAM.length)),
          ),
          param,
        ),
        z.transform((name: string) => ({ param: name })),
      ),
    ]),
    average: z.pipe(list, z.array(param)),
    hide: z.pipe(list, z.array(z.enum(LAYERS))),
    span: z.pipe(
      z.pipe(
        z.string().check(z.regex(/^[^_]+_[^_]+$/)),
        z.transform((text: string) => text.split('_').map(Number)),
      ),
      Span,
    ),
    mode: z.enum(FIGURE_MODES),
  };
}

/** The view of a link's query; what this study does not know falls back to the default. Never throws. */
export function parseView(search: string, study: Study): ViewState {
  const query = new URLSearchParams(search);
  const schemas = schemasFor(study);
  const read = <T>(schema: z.ZodMiniType<T>, name: string): T | null => {
    const text = query.get(name);
    const parsed = text === null || text === '' ? null : schema.safeParse(text);
    return parsed?.success ? parsed.data : null;
  };
  const pooled = new Set(read(schemas.average, 'average') ?? []);
  const hidden = new Set(read(schemas.hide, 'hide') ?? []);
  const facet = read(schemas.facet, 'facet');
  return study.panels.reduce(
    (view, { id }) =>
      withPanel(view, id, {
        x: read(schemas.span, `x.${id}`),
        y: read(schemas.span, `y.${id}`),
        mode: read(schemas.mode, `mode.${id}`) ?? 'data',
      }),
    {
      cell: read(schemas.cell, 'cell'),
      facet,
      color: read(schemas.color, 'color') ?? 'study',
      dash: read(schemas.dash, 'dash'),
      pooled: study.params.map((p) => p.name).filter((name) => pooled.has(name)),
      ...{ runs: !hidden.has('runs'), means: !hidden.has('means'), theory: !hidden.has('theory') },
      panels: {},
    } as ViewState,
  );
}

/**
 * The query of a view, without "?"; '' for the default. Fields of `search` that are not a view's
 * (an invitation) are kept.
 */
export function viewSearch(view: ViewState, study: Study, search = ''): string {
  const query = new URLSearchParams(search);
  const ours = ['cell', 'facet', 'color', 'dash', 'average', 'hide'];
  const panels = study.panels.flatMap(({ id }) => PANEL_FIELDS.map((field) => `${field}.${id}`));
  for (const name of [...ours, ...panels]) query.delete(name);
  const write = (name: string, text: string | null) => {
    if (text !== null && text !== '') query.set(name, text);
  };
  const { color } = view;
  write('cell', view.cell === null ? null : String(view.cell));
  write('facet', view.facet);
  write(
    'color',
    typeof color === 'string' ? (color === 'study' ? null : color) : PARAM + color.param,
  );
  write('dash', view.dash);
  write('average', view.pooled.join(','));
  write('hide', LAYERS.filter((layer) => !view[layer]).join(','));
  for (const { id } of study.panels) {
    const { x, y, mode } = panelView(view, id);
    write(`x.${id}`, x?.join('_') ?? null);
    write(`y.${id}`, y?.join('_') ?? null);
    write(`mode.${id}`, mode === 'data' ? null : mode);
  }
  return query.toString();
}
