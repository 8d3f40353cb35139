/**
 * The stages of a study: which there are, which one a cell is of, and whether they make sense together. A
 * study without stages has one, of every cell.
 */
import { inputsOf, shapeKey } from '../programs/program.ts';
import type { Config, Grid, Stage, Study } from './study.ts';

const WHOLE: readonly Stage[] = [{ id: 'train', label: 'runs', after: [], fixed: {} }];

export const stagesOf = ({ stages = WHOLE }: Pick<Study, 'stages'>): readonly Stage[] => stages;

const isOf = ({ fixed }: Stage, config: Config): boolean =>
  Object.entries(fixed).every(([name, value]) => config[name] === value);

/** The stage of a cell: of those whose fixed values it has, the one with the most of them. */
export function stageOf(study: Pick<Study, 'id' | 'stages'>, config: Config): Stage {
  const fitting = stagesOf(study).filter((stage) => isOf(stage, config));
  const size = ({ fixed }: Stage) => Object.keys(fixed).length;
  const [first] = fitting.sort((a, b) => size(b) - size(a));
  if (first === undefined) throw new Error(`No stage of ${study.id} has such a cell.`);
  return first;
}

/** Whether a cell's runs stand on others. */
export const standsOnOthers = (study: Study, config: Config): boolean =>
  stageOf(study, config).inputs !== undefined;

/**
 * What is wrong with a study's stages, in a sentence; null if nothing is. Each must come after those that it
 * stands on (so there is no cycle), have cells that no other stage has, and stand on runs of those stages, as
 * many and of such programs as its own program says.
 */
export function problemOfStages(study: Study, grid: Grid): string | null {
  const before = new Set<string>();
  for (const { id, after, inputs, fixed } of stagesOf(study)) {
    if (before.has(id)) return `Two stages are called “${id}”.`;
    const late = after.find((other) => !before.has(other));
    if (late !== undefined)
      return `The stage “${id}” stands on “${late}”, which does not come before it.`;
    if ((inputs === undefined) !== (after.length === 0))
      return `The stage “${id}” must name both the stages and the runs that it stands on, or neither.`;
    const unknown = Object.keys(fixed).find((n) => !study.params.some(({ name }) => name === n));
    if (unknown !== undefined)
      return `The stage “${id}” fixes “${unknown}”, which is no parameter.`;
    const taken = Object.entries(fixed).find(([n, v]) => grid.params[n]?.includes(v));
    if (taken !== undefined)
      return `The stage “${id}” fixes ${taken[0]} to a value that the grid has too.`;
    before.add(id);
  }
  return null;
}

/** What is wrong with the runs that a cell's runs stand on, in a sentence; null if nothing is. */
export function problemOfInputs(study: Study, config: Config, seed: number): string | null {
  const { id, after, inputs } = stageOf(study, config);
  const options = { null: false };
  const wanted = inputsOf(study.plan(config, options).program);
  const given = inputs?.(config, seed) ?? [];
  if (wanted.length !== given.length)
    return `Runs of the stage “${id}” stand on ${given.length} others, and their program on ${wanted.length}.`;
  for (const [i, at] of given.entries()) {
    const own = stageOf(study, at.config);
    if (!after.includes(own.id)) return `A run of the stage “${id}” stands on one of “${own.id}”.`;
    const { program } = study.plan(at.config, options);
    const expected = wanted[i];
    if (expected === undefined || shapeKey(program) !== shapeKey(expected))
      return `A run of the stage “${id}” expects another program of its input ${i + 1}.`;
  }
  return null;
}
