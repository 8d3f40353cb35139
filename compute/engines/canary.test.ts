import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';
import { isExact, numericClassOf } from './canary.ts';
import type { BackendName } from './engine.ts';
import { openEngine } from './open.ts';

const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
const classOn = async (backend: BackendName, machine?: 'packed') =>
  await numericClassOf(
    await openEngine({
      ...{ backend, wasmPath: `${path.dirname(wasm)}/` },
      ...(machine === undefined ? {} : { machine }),
    }),
  );

test('one engine has one class, and what computes other bits has another', async () => {
  const first = await classOn('wasm');
  expect(await classOn('wasm')).toBe(first);
  expect(isExact(first)).toBe(true);
  const others = [await classOn('cpu'), await classOn('wasm', 'packed')];
  expect(new Set([first, ...others].map((c) => c.replace(/^\w+ |~$/g, ''))).size).toBe(3);
});
