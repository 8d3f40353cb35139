/**
 * What a study is: one phenomenon of deep learning as code.
 *
 * A study owns its parameters and grids, the plan that turns one cell and one seed into a
 * training, the theory (drawn before any run arrives), the panels of its figure, and the analysis
 * that ends in a verdict which can fail. It is pure data and pure functions: it imports no
 * TensorFlow.js, so that pages and the coordinator load it for nothing. A new study is one file
 * beside this one, its test, and a line in `registry.ts`.
 */
import type { SeedsNumber } from '../analysis/law-fit.ts';
import type { Law } from '../analysis/laws.ts';
import type { Hyper, ProgramSpec } from '../programs/program.ts';
import type { RunOutcome, Series } from '../series.ts';

export type ParamValue = number | string;

/** One point of the grid: a value for every parameter of the study. */
export type Config = Readonly<Record<string, ParamValue>>;

/** Values to cross, for every parameter, and the seeds that each cell is repeated with. */
export interface Grid {
  readonly params: Readonly<Record<string, readonly ParamValue[]>>;
  readonly seeds: readonly number[];
}

interface ParamBase {
  readonly name: string;
  /** What a person reads: "learning rate". */
  readonly label: string;
  /** The usual symbol: "η". */
  readonly symbol?: string;
  /** One sentence: what it does, and what to expect when it is changed. */
  readonly help: string;
}

export interface NumberParam extends ParamBase {
  readonly kind: 'number';
  readonly integer: boolean;
  /** Inclusive bounds; anything outside is refused before a run is planned. */
  readonly min: number;
  readonly max: number;
}

export interface ChoiceParam extends ParamBase {
  readonly kind: 'choice';
  readonly choices: readonly { readonly value: string; readonly label: string }[];
}

export type ParamSpec = NumberParam | ChoiceParam;

/** How one run is trained: everything but its seed. `program` is shared by a pack, `hyper` is per run. */
export interface RunPlan {
  readonly program: ProgramSpec;
  readonly hyper: Hyper;
}

/** One finished run, as the analysis and the figure see it. */
export interface RunRecord {
  readonly config: Config;
  readonly seed: number;
  readonly series: Series;
  readonly outcome: RunOutcome;
}

/** The few numbers of a run that the verdict stands on; null where the run did not yield one. */
export type Summary = Readonly<Record<string, number | null>>;

export interface RunSummary {
  readonly config: Config;
  readonly seed: number;
  readonly outcome: RunOutcome;
  readonly summary: Summary;
}

/** A summary as people read it. */
export interface SummaryAxis {
  readonly label: string;
  /** How its values are spread out: a number that spans decades, or is a ratio, is `log`. */
  readonly scale: 'linear' | 'log';
}

/** What came in of one cell. */
export interface CellRuns {
  readonly config: Config;
  readonly runs: readonly RunSummary[];
}

/** Which regime each cell is in, by what was measured, over the plane of two parameters. */
export interface Phases {
  /** Names of the parameters across and up. */
  readonly x: string;
  readonly y: string;
  /** In the order of the legend. Cells whose runs all diverged are a class of their own beside these. */
  readonly classes: readonly PhaseClass[];
  /** The class of each cell by its id, from all cells together; null where its runs do not tell. */
  classify(cells: readonly CellRuns[], options: PlanOptions): readonly (string | null)[];
  /** Where the theory draws a line between regimes, in values of `x` and `y`. */
  boundary?(cells: readonly CellRuns[], options: PlanOptions): readonly Boundary[];
}

export interface PhaseClass {
  readonly id: string;
  readonly label: string;
}

export interface Boundary {
  readonly label: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

export interface Axis {
  readonly label: string;
  readonly scale: 'linear' | 'log';
  /** Short unit shown after the label, where there is one. */
  readonly unit?: string;
  /** Values that the axis always reaches, so that a figure which fills does not jump about. */
  readonly include?: readonly number[];
}

/** A line in data space. `line` identifies it within a cell ("mode 1"); x ascends; all values finite. */
export interface Trace {
  readonly line: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** A line that the theory predicts, for one cell or (cell null) for the whole panel. */
export interface TheoryTrace extends Trace {
  /** Index of the cell in the list that `theory` was given; null when it holds for all. */
  readonly cell: number | null;
  /** Of a line that is drawn once for several cells (`cell` null): their indices. Absent: it is for all of them. */
  readonly cells?: readonly number[];
  /** A mark to read against (a threshold, a slope of unknown height), no prediction of values: no residual is taken from it. */
  readonly guide?: true;
}

/**
 * A collapse of curves that the theory predicts: what cells differ in, divided out, and one curve (or one
 * number) is left. Only where a source says so, with no constant fitted to the runs.
 */
export interface Collapse {
  /** Axes of the rescaled picture. */
  readonly x: Axis;
  readonly y: Axis;
  /** One sentence: what should then lie on what. */
  readonly caption: string;
  /** Who says so: "Saxe et al. 2013, §1.1". */
  readonly source: string;
  /** `curve`: one function of x. `level`: one number, whatever x (a power law divided out). */
  readonly onto: 'curve' | 'level';
  /** Of a panel of points: the parameters along which a curve runs, cell by cell. Absent: a cell's own line is a curve. */
  readonly along?: readonly string[];
  /**
   * The trace of a cell (a run's, a mean, an end of its interval, its theory) on the new axes: as many points in
   * the same order, NaN where one has no place, y growing with y. The `line` of what is returned names
   * the curve or level that it should lie on. Null: the prediction does not speak of this cell or line.
   */
  rescale(config: Config, trace: Trace, options: PlanOptions): Trace | null;
}

export interface ImageShape {
  readonly width: number;
  readonly height: number;
  readonly columns: number;
}

/** One picture of the study's figure. */
export interface Panel {
  readonly id: string;
  readonly title: string;
  /** One sentence under the title: what to look for. */
  readonly caption: string;
  readonly x: Axis;
  readonly y: Axis;
  /**
   * `curves`: traces over time; `points`: a few summary points a run; `images`: each line is a picture of `image`'s
   * size, x counts its pixels from 0, row by row, and y is grey, 0 (nothing) to 1.
   */
  readonly draw: 'curves' | 'points' | 'images';
  /**
   * Pixels of each picture (at most 240 in all, for a line has no more points) and pictures in a row; of panels that
   * draw images, and of these alone.
   */
  readonly image?: ImageShape;
  /** What tells hues apart: the cell, or the line within the cell. */
  readonly colorBy: 'cell' | 'line';
  /** What one run shows here. Traces of one cell and line are averaged over seeds at equal x. */
  observe(run: RunRecord, options: PlanOptions): readonly Trace[];
  /**
   * Where what a run shows hangs on the other runs of its cell (a variance between seeds): the traces of
   * all of them together, averaged at equal x like those of `observe`, which then draws single runs only.
   */
  observeTogether?(runs: readonly RunRecord[], options: PlanOptions): readonly Trace[];
  /** What the theory predicts for these cells; needs no run. */
  theory(cells: readonly Config[], options: PlanOptions): readonly TheoryTrace[];
  /** Absent where the theory predicts none, and where the panel is drawn on such axes already. */
  readonly collapse?: Collapse;
}

export interface PlanOptions {
  /** Train with the physics broken on purpose: the verdict must then not hold. */
  readonly null: boolean;
}

/** A fitted or measured number with its interval (95%). */
export interface Fit {
  readonly label: string;
  readonly value: number;
  readonly interval: readonly [number, number] | null;
  /** How many runs it stands on. */
  readonly runs: number;
  /** The law whose parameter the number is, where it is one that can be drawn. */
  readonly curve?: FitCurve;
}

export interface FitParameter {
  readonly symbol: string;
  /** What it is: "exponent". */
  readonly label: string;
  readonly value: number;
  /** 95%; null where there is too little for one. */
  readonly interval: readonly [number, number] | null;
}

/** What a law was fitted to: one size, all its seeds together. */
export interface FitPoint {
  readonly x: number;
  readonly y: number;
  /** What its cells have in common: `{ width: 64 }`. */
  readonly cell: Config;
  readonly seeds: number;
}

/** A law y(x) that was fitted to points of a panel, with its band; see `analysis/law-fit.ts`. */
export interface FitCurve {
  /** "power law with floor". */
  readonly law: string;
  /** "y = E + A·x^−α". */
  readonly formula: string;
  readonly parameters: readonly FitParameter[];
  /** Where it is drawn, and which lines of that panel it goes through. */
  readonly panel: string;
  readonly lines: readonly string[];
  /** The curve, and the ends of its pointwise 95% band (empty where there is none); x ascends. */
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly lo: readonly number[];
  readonly hi: readonly number[];
  readonly points: readonly FitPoint[];
  /** How far the points lie from the curve: RMS of ln y, corrected for degrees of freedom; null without one. */
  readonly residual: number | null;
  /** How far seeds alone would put them, in the same measure; null where no point has two seeds. */
  readonly noise: number | null;
  /** Of the bootstrap that intervals and band are from. */
  readonly resamples: number;
  /** Whether the law describes the points: it beats its rival, and can be told from no law at all. */
  readonly describes: 'yes' | 'no' | 'unclear';
  /** Why it is so, and what cannot be told: sentences. */
  readonly notes: readonly string[];
}

export type VerdictState = 'holds' | 'fails' | 'undecided';

export interface Verdict {
  readonly state: VerdictState;
  /** The sentence that was tested. */
  readonly statement: string;
  /** The number it was tested by; null while there is none. */
  readonly value: number | null;
  /** 95% interval of `value`; null while there is none. */
  readonly interval: readonly [number, number] | null;
  /** The band the whole interval must lie in; null = unbounded on that side. */
  readonly threshold: readonly [number | null, number | null];
  /** Why it is so, in one or two sentences with the numbers in them. */
  readonly because: string;
  /** How many runs it stands on. */
  readonly runs: number;
}

export interface Analysis {
  readonly fits: Readonly<Record<string, Fit>>;
  readonly verdict: Verdict;
}

export interface Reference {
  readonly authors: string;
  readonly year: number;
  readonly title: string;
  /** Where: "arXiv:2103.00065, §3.1, eq. 2". */
  readonly where: string;
}

/** What the literature gives for the number that the verdict tests. */
export interface Published {
  /** As it is written there: "2/η". */
  readonly value: string;
  /** Where it stands: "Cohen et al. 2021, abstract". */
  readonly source: string;
}

export type Pillar =
  | 'Solvable settings'
  | 'Insightful limits'
  | 'Simple laws'
  | 'Hyperparameters'
  | 'Universality'
  | 'Bridge to interpretability';

/**
 * A number that follows a law in a size: what is fitted, and what the largest size is predicted by before
 * its runs arrive.
 */
export interface SizeLaw {
  /** Parameter that is the size, and what stands on the axis for a value of it. */
  readonly parameter: string;
  x(value: number): number;
  /** Parameters that the number is taken over: a best learning rate. */
  readonly over: readonly string[];
  /** What y is, as a sentence goes on: "the variance between seeds". */
  readonly of: string;
  /** What x is, with its symbol: "width N". */
  readonly label: string;
  /** Where it is drawn, and which lines of that panel it goes through. */
  readonly panel: string;
  readonly lines: readonly string[];
  readonly law: Law;
  /** The number of all runs of one size; null where they do not yield one. */
  measure(runs: readonly RunSummary[]): SeedsNumber | null;
}

/** A run by what it is of. */
export interface RunAt {
  readonly config: Config;
  readonly seed: number;
}

/**
 * One stage of a study: runs that train from their seeds, or that stand on the last states of runs of earlier
 * stages. Stages are the nodes of a small directed graph without a cycle (`stages.ts`); what is fitted to all
 * of them is the study's analysis.
 */
export interface Stage {
  readonly id: string;
  /** What its runs are, as a list names them: "networks on left halves". */
  readonly label: string;
  /** Stages whose runs its own stand on; none where they train from their seeds. */
  readonly after: readonly string[];
  /**
   * Parameters that mean nothing to it, with the value that its cells have there: they are not crossed. The
   * value is not one that the grid may have, and so says which stage a cell is of.
   */
  readonly fixed: Config;
  /** The runs that one of its runs stands on, in the order of its program's (`inputsOf`). */
  inputs?(config: Config, seed: number): readonly RunAt[];
}

export interface Study {
  readonly id: string;
  /** Changes whenever a number could change; pinned by each investigation. */
  readonly version: string;
  readonly title: string;
  readonly pillar: Pillar;
  /** The sentence that the verdict tests. */
  readonly statement: string;
  /** Two or three sentences for the gallery. */
  readonly about: string;
  /** What you see, why it matters, what would prove it wrong. */
  readonly student: { readonly see: string; readonly matters: string; readonly wrong: string };
  readonly references: readonly Reference[];
  /** Absent where no published number was found. */
  readonly published?: Published;
  readonly params: readonly ParamSpec[];
  /** `quick` is for tests and first looks (≤ 20 s on wasm in Node); `default` is the real one. */
  readonly grids: { readonly default: Grid; readonly quick: Grid };
  /** The physics broken on purpose: what is broken, and what should then be seen. */
  readonly nullCase: { readonly label: string; readonly explanation: string };
  readonly panels: readonly Panel[];
  /**
   * Name of the summary that the verdict rests on: once every cell has two seeds, the cell where its
   * interval is widest is trained next. Without it, the cells take turns.
   */
  readonly effect?: string;
  /** The summaries that people may compare over a sweep, the most telling first. Absent: all, by their names. */
  readonly summaries?: Readonly<Record<string, SummaryAxis>>;
  /** Absent where the study names no regimes: then what diverged is told apart from what trained. */
  readonly phases?: Phases;
  readonly size?: SizeLaw;
  /** In an order in which each comes after those that it stands on. Absent: one stage, of every cell of the grid. */
  readonly stages?: readonly Stage[];
  /** Runs of a shard for a device whose speed nobody knows yet: some seconds on an ordinary one. */
  readonly packSize: number;
  plan(config: Config, options: PlanOptions): RunPlan;
  summarise(run: RunRecord, options: PlanOptions): Summary;
  /** Reads what is there, complete or not. `expected` is the number of runs when all are in. */
  analyse(
    runs: readonly RunSummary[],
    options: PlanOptions & { readonly expected: number },
  ): Analysis;
}
