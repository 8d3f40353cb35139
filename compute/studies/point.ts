/**
 * The point file: everything that reproduces one run anywhere, and what it gave when it was first
 * trained. Written by the coordinator's export, read by `manyhands replay`.
 */
import { z } from 'zod';
import { PHOTOGRAPHS } from '../programs/photographs.ts';
import {
  ARCHITECTURES,
  CLASSIFIERS,
  COLUMNS,
  type Pack,
  type ProgramSpec,
  TRANSFORMER_COLUMNS,
} from '../programs/program.ts';

const schedule = {
  steps: z.int().min(1).max(1_000_000),
  recordEvery: z.int().min(1),
  checkpointEvery: z.int().min(1),
};

const samples = z.int().min(1).max(100_000);
const seed = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);

const digits = {
  ...{ kind: z.literal('mnist'), samples },
  classes: z.array(z.int().min(0).max(9)).min(1).max(10),
  pool: z.union([z.literal(1), z.literal(2), z.literal(4), z.literal(7)]),
  balanced: z.boolean().optional(),
  labels: z.enum(['shuffled']).optional(),
  half: z.enum(['left', 'right']).optional(),
};
const draw = z.int().min(0).max(255).optional();

const MlpFile = z.object({
  kind: z.literal('mlp'),
  layers: z.array(z.int().min(1).max(4096)).min(2).max(64),
  activation: z.enum(['identity', 'tanh', 'relu', 'square']),
  skip: z.boolean(),
  branch: z.number().positive().optional(),
  scales: z.array(
    z.object({
      std: z.number().min(0),
      rate: z.number().min(0),
      entries: z.enum(['equal']).optional(),
      bias: z.object({ std: z.number().min(0), rate: z.number().min(0) }).nullable(),
    }),
  ),
  antithetic: z.boolean(),
  alongDepth: z.enum(['smooth']).optional(),
  train: z.union([z.literal('all'), z.object({ count: samples, draw: z.enum(['first', 'run']) })]),
  probe: z.union([z.literal('all'), samples]),
  schedule: z.enum(['constant', 'cosine']),
  data: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('chebyshev'), degree: z.int().min(0).max(100), samples }),
    z.object({ kind: z.literal('teacher'), seed, samples }),
    z.object({
      ...{ kind: z.literal('cube'), samples },
      terms: z.array(z.object({ on: z.array(z.int().min(0).max(30)), coefficient: z.number() })),
    }),
    z.object(digits),
    z.object({
      ...{ kind: z.literal('relu-teacher'), seed, samples },
      ...{ neurons: z.int().min(1).max(4096), factor: z.number() },
    }),
    z.object({
      ...{ kind: z.literal('quadratic-teacher'), seed, samples },
      ...{ rank: z.int().min(1).max(4096), labels: z.enum(['shuffled']).optional() },
    }),
    z.object({
      ...{ kind: z.literal('modular'), modulus: z.int().min(2).max(256), samples },
      table: z.union([z.literal('sum'), z.object({ random: seed })]),
    }),
    z.object({
      ...{ kind: z.literal('clusters'), seed, samples, spread: z.number().min(0) },
      classes: z.enum(['unequal', 'random']).optional(),
    }),
  ]),
  loss: z.enum(['half-mean', 'cross-entropy']),
  optimizer: z.enum(['descent', 'adam']),
  beta2: z.number().min(0).lt(1).optional(),
  draw,
  batch: z.union([z.literal('full'), samples]),
  observe: z.array(z.enum(Object.keys(COLUMNS) as (keyof typeof COLUMNS)[])),
  ...schedule,
});

const LinearFile = z.object({
  kind: z.literal('linear'),
  width: z.int().min(1).max(1024),
  depth: z.int().min(1).max(64),
  singularValues: z.array(z.number()).max(1024),
  init: z.enum(['aligned', 'random']),
  observe: z.array(z.enum(['loss', 'modes'])),
  ...schedule,
});

const quarters = z.number().min(0).max(8).multipleOf(0.25);

const SpectrumFile = z.object({
  kind: z.literal('spectrum'),
  modes: z.int().min(1).max(65_536),
  seen: z.int().min(1).max(65_536),
  ...{ decay: quarters, power: quarters },
  data: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('fresh'), batch: z.int().min(1).max(4096) }),
    z.object({ kind: z.literal('fixed'), samples: z.int().min(1).max(4096) }),
  ]),
  labels: z.enum(['own', 'shuffled']),
  observe: z.array(z.literal('loss')),
  ...schedule,
});

/** Symbols that a transformer reads. */
const context = z.int().min(2).max(512);

const TransformerFile = z.object({
  kind: z.literal('transformer'),
  task: z.union([
    z.object({
      ...{ kind: z.literal('text'), vocabulary: z.literal(27), context },
      order: z.enum(['own', 'shuffled']),
    }),
    z.object({
      ...{ vocabulary: z.int().min(2).max(256), context },
      shortest: z.int().min(1).max(256),
      longest: z.int().min(1).max(256),
    }),
  ]),
  width: z.int().min(1).max(512),
  heads: z.int().min(1).max(16),
  layers: z.int().min(1).max(16),
  positions: z.enum(['learned', 'none']),
  hidden: z.int().min(0).max(2048),
  norm: z.boolean(),
  batch: z.int().min(1).max(4096),
  probe: z.int().min(1).max(1024),
  schedule: z.literal('cosine').optional(),
  observe: z.array(
    z.enum(Object.keys(TRANSFORMER_COLUMNS) as (keyof typeof TRANSFORMER_COLUMNS)[]),
  ),
  ...schedule,
});

const OnlineFile = z.object({
  kind: z.literal('online'),
  dimension: z.int().min(2).max(4096),
  model: z.discriminatedUnion('kind', [
    z.object({
      ...{ kind: z.literal('committee'), students: z.int().min(1).max(8) },
      teachers: z.int().min(1).max(8),
    }),
    z.object({ kind: z.literal('single-index'), degree: z.int().min(1).max(6) }),
  ]),
  replicas: z.int().min(1).max(64),
  overlap: z.number().min(0).max(1),
  labels: z.enum(['own', 'other']),
  ...schedule,
});

const ClassifierFile = z.object({
  kind: z.literal('classifier'),
  architecture: z.enum(CLASSIFIERS),
  width: z.int().min(1).max(512),
  data: z.object(digits),
  train: samples,
  probe: samples,
  batch: z.int().min(1).max(4096),
  draw,
  ...schedule,
});

const ComparedFile = z.discriminatedUnion('kind', [MlpFile, ClassifierFile]);

const ComparisonFile = z.object({
  kind: z.literal('comparison'),
  of: z.tuple([ComparedFile, ComparedFile]),
  probe: z.object({ from: z.int().min(0).max(100_000), count: z.int().min(2).max(2048) }),
  neighbours: z.int().min(1).max(256),
  pairing: z.enum(['same', 'shuffled']),
  ...{ steps: z.literal(1), recordEvery: z.literal(1), checkpointEvery: z.literal(1) },
});

const DenoiserFile = z.object({
  kind: z.literal('denoiser'),
  architecture: z.enum(ARCHITECTURES),
  width: z.int().min(1).max(512),
  layers: z.int().min(1).max(16),
  images: z.int().min(1).max(9728),
  batch: z.int().min(1).max(4096),
  probe: z.int().min(1).max(1024),
  pictures: z.int().min(2).max(64),
  samplerSteps: z.int().min(1).max(1000),
  noise: z.enum(['shared', 'own']),
  ...schedule,
});

const HierarchyFile = z.object({
  kind: z.literal('hierarchy'),
  task: z.object({
    ...{ classes: z.int().min(2).max(256), symbols: z.int().min(2).max(256) },
    ...{ synonyms: z.int().min(1).max(256), tuple: z.int().min(2).max(4) },
    ...{ levels: z.int().min(1).max(6), labels: z.enum(['own', 'shuffled']) },
  }),
  width: z.int().min(1).max(1024),
  samples: z.array(samples).min(1).max(16),
  batch: z.int().min(1).max(4096),
  probe: z.int().min(1).max(4096),
  ...schedule,
});

const StatisticsFile = z.object({
  kind: z.literal('statistics'),
  of: z.discriminatedUnion('kind', [
    z.object({
      ...{ kind: z.literal('radial'), photograph: z.enum(PHOTOGRAPHS) },
      side: z.union([64, 128, 256].map((side) => z.literal(side))),
    }),
    z.object({
      ...{ kind: z.literal('patches'), photographs: z.array(z.enum(PHOTOGRAPHS)).min(1).max(16) },
      ...{ side: z.int().min(2).max(24), pool: z.int().min(1).max(8) },
    }),
    z.object({
      ...{ kind: z.literal('digits'), images: z.int().min(2).max(20_480) },
      pool: z.union([z.literal(2), z.literal(4), z.literal(7)]),
    }),
    z.object({
      ...{ kind: z.literal('words'), passage: z.int().min(1).max(10_000) },
      ranks: z.int().min(1).max(10_000),
    }),
  ]),
  batch: z.int().min(1).max(4096),
  order: z.enum(['own', 'shuffled']),
  ...schedule,
});

const ProgramFile = z.discriminatedUnion('kind', [
  MlpFile,
  LinearFile,
  SpectrumFile,
  TransformerFile,
  OnlineFile,
  ComparisonFile,
  DenoiserFile,
  HierarchyFile,
  StatisticsFile,
  ClassifierFile,
]) satisfies z.ZodType<ProgramSpec>;

const HyperFile = z.object({
  learningRate: z.number(),
  momentum: z.number(),
  initScale: z.number(),
  outputScale: z.number(),
  weightDecay: z.number(),
});

/** The runs that a run stands on. */
const InputsFile = z.array(
  z.object({
    seed,
    hyper: HyperFile,
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .nullable(),
  }),
);

/** What a shard trains, as a file. */
export const PackFile = z.object({
  program: ProgramFile,
  runs: z.array(
    z.object({ id: z.string(), seed, hyper: HyperFile, inputs: InputsFile.optional() }),
  ),
}) satisfies z.ZodType<Pack>;

export const PointFile = z.object({
  manyhands: z.literal('point'),
  version: z.literal(1),
  study: z.string(),
  studyVersion: z.string(),
  null: z.boolean(),
  config: z.record(z.string(), z.union([z.number(), z.string()])),
  seed,
  plan: z.object({
    program: ProgramFile,
    hyper: HyperFile,
    inputs: InputsFile.optional(),
  }),
  outcome: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('completed') }),
    z.object({ kind: z.literal('diverged'), step: z.number() }),
  ]),
  /** Rows of the series: steps, and columns whose null is "not a number". */
  steps: z.array(z.number()),
  columns: z.record(z.string(), z.array(z.number().nullable())),
  summary: z.record(z.string(), z.number().nullable()),
  /** What computed it first, in words. */
  device: z.string(),
  hashes: z.array(z.object({ step: z.number(), sha256: z.string() })),
});
export type PointFile = z.infer<typeof PointFile>;
