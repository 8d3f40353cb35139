/**
 * `npm run screens`: a picture of one page of every kind, light and dark, on a desk and on a phone, in
 * docs/screens/. Looking at them is part of every change of a page.
 */
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { startManyhands } from '../e2e/manyhands-server.ts';
import { showcase } from '../e2e/showcase.ts';
import { CHROMIUM_ARGS } from './browser.ts';
import { ensureTools } from './tools.ts';

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', 'docs', 'screens');
const SIZES = [
  { name: 'desk', viewport: { width: 1440, height: 900 } },
  { name: 'phone', viewport: { width: 390, height: 844 } },
] as const;
const SCHEMES = ['light', 'dark'] as const;

const tools = ensureTools();
const server = await startManyhands();
try {
  const pages = await showcase(server.url);
  const browser = await chromium.launch({
    executablePath: tools.chromium,
    args: [...CHROMIUM_ARGS],
  });
  try {
    // Pages that are gone must not leave their pictures behind.
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    for (const { name: size, viewport } of SIZES)
      for (const colorScheme of SCHEMES) {
        const context = await browser.newContext({ viewport, colorScheme, baseURL: server.url });
        const page = await context.newPage();
        for (const { name, path: where } of pages) {
          await page.goto(where, { waitUntil: 'networkidle' });
          await page.locator('h1, [role="application"]').first().waitFor();
          await page.evaluate(() => document.fonts.ready);
          const file = path.join(folder, `${name}-${size}-${colorScheme}.png`);
          await page.screenshot({ path: file, fullPage: true });
          console.log(path.relative(process.cwd(), file));
        }
        await context.close();
      }
  } finally {
    await browser.close();
  }
} finally {
  await server.dispose();
}
