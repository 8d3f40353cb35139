/** What a panel of pictures draws: a block a cell, its pictures in rows, each as the address of an image. Pure. */
import type { Panel, Study } from '../../compute/studies/study.ts';
import type { CellView, RunView } from '../../server/protocol.ts';
import { formatCell } from '../ui/text.ts';
import { variedIn } from './series-of.ts';

export interface Shot {
  /** What it is: "images A, noise 3". */
  readonly line: string;
  readonly href: string;
}

export interface ImageBlock {
  readonly cell: number;
  readonly name: string;
  /** Whose pictures they are. */
  readonly run: string;
  readonly verified: boolean;
  readonly rows: readonly (readonly Shot[])[];
}

interface Input {
  readonly study: Pick<Study, 'params'>;
  readonly panel: Panel;
  readonly cells: readonly CellView[];
  readonly runs: readonly RunView[];
  readonly isolated: number | null;
  /** Whose runs are shown; another one of the cell where it has none of it. */
  readonly seed: number | null;
}

/** The seeds that any run with pictures has, ascending. */
export function seedsOf({ panel, runs }: Pick<Input, 'panel' | 'runs'>): number[] {
  const drawn = runs.filter((r) => (r.traces[panel.id] ?? []).length > 0);
  return [...new Set(drawn.map((r) => r.seed))].sort((a, b) => a - b);
}

/** Blocks of the cells that have pictures, in the order of the grid. */
export function imageBlocks({ study, panel, cells, runs, isolated, seed }: Input): ImageBlock[] {
  const { image } = panel;
  if (image === undefined) return [];
  const varied = cells.length < 2 ? [] : variedIn(study.params, cells).map((p) => p.name);
  return cells
    .filter(({ index }) => isolated === null || index === isolated)
    .flatMap(({ index, config }): ImageBlock[] => {
      const own = runs
        .filter((r) => r.cell === index && (r.traces[panel.id] ?? []).length > 0)
        .sort((a, b) => Number(b.seed === seed) - Number(a.seed === seed) || a.seed - b.seed);
      const [run] = own;
      if (run === undefined) return [];
      const shots = (run.traces[panel.id] ?? []).map(
        ({ line, x, y }): Shot => ({
          line,
          href: imageHref(spread(x, y, image.width * image.height), image.width),
        }),
      );
      const rows = Array.from({ length: Math.ceil(shots.length / image.columns) }, (_, i) =>
        shots.slice(i * image.columns, (i + 1) * image.columns),
      );
      const of = varied.length === 0 ? '' : `${formatCell(study.params, varied, config)}, `;
      const name = `${of}seed ${run.seed}`;
      return [{ cell: index, name, run: run.id, verified: run.verified, rows }];
    });
}

/** Grey by pixel; nothing where a trace has none. */
function spread(x: readonly number[], y: readonly number[], pixels: number): number[] {
  const values = new Array<number>(pixels).fill(0);
  for (const [i, pixel] of x.entries()) if (pixel in values) values[pixel] = y[i] ?? 0;
  return values;
}

const [FILE_HEADER, INFO_HEADER] = [14, 40];

/** Grey, 0 to 1 and row by row, as a data address of a bitmap (BMP, 24 bits), which needs no canvas to be made. */
export function imageHref(values: readonly number[], width: number): string {
  const height = values.length / width;
  // Rows are filled up to whole words, and go upwards.
  const stride = Math.ceil((3 * width) / 4) * 4;
  const bytes = new Uint8Array(FILE_HEADER + INFO_HEADER + stride * height);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, FILE_HEADER + INFO_HEADER, true);
  view.setUint32(14, INFO_HEADER, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 24, true);
  for (const [i, value] of values.entries()) {
    const level = Math.round(255 * Math.min(1, Math.max(0, value)));
    const row = height - 1 - Math.floor(i / width);
    const at = FILE_HEADER + INFO_HEADER + row * stride + 3 * (i % width);
    bytes.fill(level, at, at + 3);
  }
  return `data:image/bmp;base64,${btoa(String.fromCharCode(...bytes))}`;
}
