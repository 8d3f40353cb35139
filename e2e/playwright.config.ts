/** End-to-end tests: the real server, Debian's Chromium, WebGPU on its software adapter. */
import { defineConfig } from '@playwright/test';
import { CHROMIUM_ARGS } from '../scripts/browser.ts';

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  outputDir: '../test-results',
  // The software adapter takes every core there is: two tests at once would only slow each other.
  workers: 1,
  fullyParallel: false,
  timeout: 8 * 60_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  use: {
    viewport: { width: 1440, height: 900 },
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      args: [...CHROMIUM_ARGS],
    },
  },
});
