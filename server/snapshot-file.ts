/**
 * A snapshot as a file: its content in canonical JSON, and the SHA-256 of that. What comes from
 * elsewhere is held to a schema that leaves nothing over and bounds every list.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from './canonical.ts';
import { Anchor, type SnapshotContent } from './protocol.ts';
import { LIMITS } from './vocabulary.ts';

/** Bounds of lists in a file; a room of ours stays far below. */
const MOST = {
  cells: 4_096,
  lines: 512,
  points: 20_000,
  claims: 5_000,
  replies: 2_000,
  runs: 16_384,
};

const id = z.string().max(64);
const words = z.string().max(4_000);
const count = z.int().nonnegative();
const instant = z.iso.datetime();
const numbers = z.array(z.number()).max(MOST.points);
const param = z.union([z.number(), z.string().max(40)]);
const config = z.record(z.string().max(40), param);
const byPanel = <T extends z.ZodType>(item: T) =>
  z.record(z.string().max(40), z.array(item).max(MOST.lines));
const alike = (message: string, ...keys: readonly string[]) =>
  [
    (line: Readonly<Record<string, unknown>>) =>
      new Set(keys.map((key) => (line[key] as readonly unknown[]).length)).size === 1,
    message,
  ] as const;
const evenly = alike('A line must have one y for each x.', 'x', 'y');

const trace = z.strictObject({ line: words, x: numbers, y: numbers }).refine(...evenly);
const theory = z
  .strictObject({
    ...{ line: words, x: numbers, y: numbers, cell: count.nullable() },
    ...{
      cells: z.array(count).max(MOST.cells).exactOptional(),
      guide: z.literal(true).exactOptional(),
    },
  })
  .refine(...evenly);
const orNull = z.array(z.number().nullable()).max(MOST.points);
const aggregate = z
  .strictObject({
    ...{ line: words, x: numbers, mean: numbers, lo: orNull, hi: orNull },
    n: z.array(count).max(MOST.points),
  })
  .refine(...alike('An aggregate must have all its columns alike.', 'x', 'mean', 'lo', 'hi', 'n'));

const axis = z.strictObject({
  label: words,
  scale: z.enum(['linear', 'log']),
  unit: words.exactOptional(),
  include: z.array(z.number()).max(16).exactOptional(),
});
const panel = z.strictObject({
  ...{ id: z.string().min(1).max(40), title: words, caption: words, x: axis, y: axis },
  draw: z.enum(['curves', 'points', 'images']),
  image: z
    .strictObject({
      width: count.min(1).max(240),
      height: count.min(1).max(240),
      columns: count.min(1).max(MOST.lines),
    })
    .exactOptional(),
  colorBy: z.enum(['cell', 'line']),
  theory: z.array(theory).max(MOST.lines * 8),
});

const named = {
  name: z.string().max(40),
  label: words,
  symbol: words.exactOptional(),
  help: words,
};
const paramSpec = z.discriminatedUnion('kind', [
  z.strictObject({
    ...{ ...named, kind: z.literal('number') },
    ...{ integer: z.boolean(), min: z.number(), max: z.number() },
  }),
  z.strictObject({
    ...{ ...named, kind: z.literal('choice') },
    choices: z.array(z.strictObject({ value: z.string().max(40), label: words })).max(64),
  }),
]);

const interval = z.tuple([z.number(), z.number()]).nullable();
const fitCurve = z.strictObject({
  ...{ law: words, formula: words, panel: z.string().max(40) },
  lines: z.array(words).max(MOST.lines),
  parameters: z
    .array(z.strictObject({ symbol: words, label: words, value: z.number(), interval }))
    .max(16),
  ...{ x: numbers, y: numbers, lo: numbers, hi: numbers },
  points: z
    .array(z.strictObject({ x: z.number(), y: z.number(), cell: config, seeds: count }))
    .max(MOST.cells),
  ...{ residual: z.number().nullable(), noise: z.number().nullable(), resamples: count },
  describes: z.enum(['yes', 'no', 'unclear']),
  notes: z.array(words).max(32),
});
const analysis = z.strictObject({
  fits: z.record(
    z.string().max(400),
    z.strictObject({
      ...{ label: words, value: z.number(), interval, runs: count },
      curve: fitCurve.exactOptional(),
    }),
  ),
  verdict: z.strictObject({
    state: z.enum(['holds', 'fails', 'undecided']),
    ...{ statement: words, value: z.number().nullable(), interval },
    threshold: z.tuple([z.number().nullable(), z.number().nullable()]),
    ...{ because: words, runs: count },
  }),
});

const outcome = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('completed') }),
  z.strictObject({ kind: z.literal('diverged'), step: count }),
]);
const run = z.strictObject({
  ...{ id, cell: count, seed: count, outcome, by: words, device: id, backend: z.string().max(40) },
  verified: z.boolean(),
  summary: z.record(z.string().max(400), z.number().nullable()),
  traces: byPanel(trace),
});
const cell = z.strictObject({
  ...{ index: count, config, done: count, of: count, diverged: count, lines: byPanel(aggregate) },
});
const said = {
  ...{ id, author: id, authorName: words, text: z.string().max(LIMITS.claim), at: instant },
  mentions: z.array(z.strictObject({ id, name: words })).max(LIMITS.mentions),
};
const claim = z.strictObject({
  ...{ ...said, anchor: Anchor, version: z.int().positive(), versionAt: instant, evidence: count },
  ...{ runs: z.array(id).max(MOST.runs), stoodOn: words, changed: z.array(words).max(64) },
  resolved: z.strictObject({ by: id, byName: words, at: instant }).nullable(),
  replies: z.array(z.strictObject({ ...said, editedAt: instant.nullable() })).max(MOST.replies),
  ...{ waiting: z.literal(0), hidden: z.literal(0) },
});
const prediction = z.strictObject({
  ...{ id, label: words, panel: z.string().max(40), law: words, x: z.number() },
  ...{ predicted: z.number(), interval: z.tuple([z.number(), z.number()]) },
  ...{ probability: z.number(), seeds: count, sizes: numbers, runs: count, evidence: count },
  at: instant,
  came: z
    .strictObject({
      ...{ value: z.number(), seeds: count, inside: z.boolean(), complete: z.boolean() },
    })
    .nullable(),
  left: z
    .strictObject({
      runs: count,
      now: z
        .strictObject({ predicted: z.number(), interval: z.tuple([z.number(), z.number()]) })
        .nullable(),
    })
    .exactOptional(),
});

/** The content of a snapshot, as it may come in a file. */
export const SnapshotContentFile = z.strictObject({
  title: z.string().min(1).max(LIMITS.title),
  note: z.string().max(LIMITS.note),
  view: z.string().max(LIMITS.view),
  takenBy: z.string().max(LIMITS.nickname),
  takenAt: instant,
  sequence: count,
  nonce: z.string().regex(/^[0-9a-f]{32}$/),
  pointsPerLine: z.int().positive().nullable(),
  study: z.strictObject({
    ...{ id: z.string().max(40), version: z.string().max(40), title: words, statement: words },
    params: z.array(paramSpec).max(64),
    panels: z.array(panel).min(1).max(32),
  }),
  investigation: z.strictObject({
    ...{ code: z.string().max(16), title: z.string().max(LIMITS.title), null: z.boolean() },
    grid: z.strictObject({
      params: z.record(z.string().max(40), z.array(param).max(256)),
      seeds: z.array(count).max(4_096),
    }),
    state: z.enum(['running', 'paused', 'concluded']),
    ...{ openedBy: words, openedAt: instant },
  }),
  cells: z.array(cell).max(MOST.cells),
  runs: z.array(run).max(MOST.runs),
  claims: z.array(claim).max(MOST.claims),
  analysis,
  predictions: z.array(prediction).max(MOST.cells),
  progress: z.strictObject({ runs: count, ofRuns: count, verified: count, withdrawn: count }),
}) satisfies z.ZodType<SnapshotContent>;

const SnapshotFile = z.strictObject({
  manyhands: z.literal('snapshot'),
  version: z.literal(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  content: SnapshotContentFile,
});

/** A content in its canonical form, with what follows from it. */
export interface Sealed {
  readonly id: string;
  readonly sha256: string;
  /** Canonical JSON. */
  readonly text: string;
}

/** Hashes a content. */
export function sealed(content: SnapshotContent): Sealed {
  const text = canonicalJson(content);
  const digest = createHash('sha256').update(text, 'utf8').digest();
  return { id: idOf(digest), sha256: digest.toString('hex'), text };
}

/** Crockford's base 32 has no letters that look alike. */
const BASE32 = '0123456789abcdefghjkmnpqrstvwxyz';

/** 16 characters of five bits. */
function idOf(digest: Buffer): string {
  const bits = BigInt(`0x${digest.toString('hex', 0, 10)}`);
  return Array.from({ length: 16 }, (_, i) => {
    const five = Number((bits >> BigInt(5 * (15 - i))) & 31n);
    return BASE32[five];
  }).join('');
}

/** The file of a snapshot: canonical JSON, too. */
export function fileOf({ sha256, text }: Pick<Sealed, 'sha256' | 'text'>): string {
  return `{"content":${text},"manyhands":"snapshot","sha256":"${sha256}","version":1}`;
}

/** Reads the file of a snapshot; a sentence if it is none, or not the one that was hashed. */
export function readSnapshotFile(
  bytes: Uint8Array,
): { readonly content: SnapshotContent; readonly sealed: Sealed } | string {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return 'This file is not JSON. Download a snapshot from its page to get one that is.';
  }
  const parsed = SnapshotFile.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return `This is not the file of a snapshot: ${issue?.path.join('.') || 'the file'}: ${issue?.message}`;
  }
  const { content, sha256 } = parsed.data;
  const own = sealed(content);
  return own.sha256 === sha256
    ? { content, sealed: own }
    : 'The content of this file is not what its hash was made of: it was changed after it was frozen, and is not taken.';
}
