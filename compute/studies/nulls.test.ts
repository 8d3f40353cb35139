import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';
import { localFiles } from '../../data/local.ts';
import { verdictsOn } from './quick.testkit.ts';
import { studies } from './registry.ts';

const wasmPath = `${path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`;

const quickVerdict = verdictsOn({ backend: 'wasm', wasmPath, files: localFiles() });

test.each(studies.map((s) => [s.id, s] as const))(
  '%s fails when its physics is broken on purpose',
  async (_, study) => {
    const verdict = await quickVerdict(study, [1000, 1001], true);
    expect(verdict.state, verdict.because).toBe('fails');
  },
);
