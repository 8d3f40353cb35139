/**
 * What is measured of every study, part by part; each is one grid, minutes long at most, and is stored as
 * soon as it is done. Seeds 1000 to 1002 are those that no study was tuned on.
 */
import type { Grid, Study } from '../../compute/studies/study.ts';

export const PARTS = ['default', 'fresh', 'null', 'quick', 'webgpu'] as const;
export type Part = (typeof PARTS)[number];

export const FRESH_SEEDS = [1000, 1001, 1002] as const;

export interface PartPlan {
  readonly grid: Grid;
  readonly isNull: boolean;
  readonly backend: 'wasm' | 'webgpu';
}

export function planOf({ grids }: Study, part: Part): PartPlan {
  const onWasm = { isNull: false, backend: 'wasm' } as const;
  switch (part) {
    case 'default':
      return { ...onWasm, grid: grids.default };
    case 'fresh':
      return { ...onWasm, grid: { ...grids.default, seeds: FRESH_SEEDS } };
    case 'null':
      return { ...onWasm, grid: grids.default, isNull: true };
    case 'quick':
      return { ...onWasm, grid: grids.quick };
    case 'webgpu':
      return { ...onWasm, grid: grids.quick, backend: 'webgpu' };
  }
}
