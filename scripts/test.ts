/**
 * `npm test`: all that must be true before a change lands, on a bare machine too. Gets what is
 * missing, builds, then types, lint, unit, integration on both databases, engines on WebGPU, and end
 * to end in Chromium.
 * Stops at the first step that fails and says which.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.ts';
import { startServices } from './services.ts';
import { ensureTools } from './tools.ts';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const bin = (name: string) => path.join(root, 'node_modules', '.bin', name);

try {
  await all();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function all(): Promise<void> {
  const tools = ensureTools();
  await build();
  await step('types', 'tsc', ['--noEmit']);
  await step('lint and format', 'biome', ['check', '--error-on-warnings', '.']);
  await step('unit', 'vitest', ['run', '--project', 'unit']);
  const services = await startServices(tools);
  try {
    await step('integration', 'vitest', ['run', '--project', 'integration'], {
      TEST_DATABASE_URL: services.databaseUrl,
      TEST_REDIS_URL: services.redisUrl,
    });
  } finally {
    await services.dispose();
  }
  const chromium = { CHROMIUM_PATH: tools.chromium };
  await step('engines on WebGPU', 'vitest', ['run', '--project', 'gpu'], chromium);
  await step(
    'end to end',
    'playwright',
    ['test', '--config', 'e2e/playwright.config.ts'],
    chromium,
  );
}

async function step(
  name: string,
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<void> {
  const startedAt = Date.now();
  console.log(`\n── ${name}`);
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(bin(command), args, {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ...env },
    });
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (code !== 0) throw new Error(`The step “${name}” failed (exit code ${code}); see above.`);
  console.log(`── ${name}: ${((Date.now() - startedAt) / 1000).toFixed(0)} s`);
}
