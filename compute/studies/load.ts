/**
 * Studies one by one, for pages: whoever opens one downloads that one. What needs them all (the
 * coordinator, the command line) takes them from the registry.
 */
import type { Study } from './study.ts';

const LOADERS: Readonly<Record<string, () => Promise<Study>>> = {
  'deep-linear': async () => (await import('./deep-linear.ts')).deepLinear,
  'edge-of-stability': async () => (await import('./edge-of-stability.ts')).edgeOfStability,
  ntk: async () => (await import('./ntk.ts')).ntk,
  'lazy-rich': async () => (await import('./lazy-rich.ts')).lazyRich,
  'infinite-width': async () => (await import('./infinite-width.ts')).infiniteWidth,
  conservation: async () => (await import('./conservation.ts')).conservation,
  'neural-collapse': async () => (await import('./neural-collapse.ts')).neuralCollapse,
  mup: async () => (await import('./mup.ts')).mup,
  'implicit-regularization': async () =>
    (await import('./implicit-regularization.ts')).implicitRegularization,
  grokking: async () => (await import('./grokking.ts')).grokking,
  'infinite-depth': async () => (await import('./infinite-depth.ts')).infiniteDepth,
  'induction-heads': async () => (await import('./induction-heads.ts')).inductionHeads,
  'scaling-laws': async () => (await import('./scaling-laws.ts')).scalingLaws,
  'beyond-linear': async () => (await import('./beyond-linear.ts')).beyondLinear,
  'universal-representations': async () =>
    (await import('./universal-representations.ts')).universalRepresentations,
  'universal-biases': async () => (await import('./universal-biases.ts')).universalBiases,
  'universal-data': async () => (await import('./universal-data.ts')).universalData,
};

const loaded = new Map<string, Promise<Study | null>>();
const NONE: Promise<null> = Promise.resolve(null);

/** The study of that id, or null; the same promise for as long as it does not fail. */
export function loadStudy(id: string): Promise<Study | null> {
  if (!Object.hasOwn(LOADERS, id)) return NONE;
  const known = loaded.get(id);
  if (known !== undefined) return known;
  const loading = LOADERS[id]?.() ?? NONE;
  loaded.set(id, loading);
  // Somebody whose line failed may try again.
  loading.catch(() => loaded.delete(id));
  return loading;
}
