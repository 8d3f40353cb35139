/** One of every page, read by axe and by keys: in both colour schemes, on a desk and on a phone. */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, type Person, test } from './people.ts';
import { type ShownPage, showcase } from './showcase.ts';

/** Each scheme and each size once: colours do not hang on the size, nor the layout on colours. */
const LOOKS = [
  { colorScheme: 'light', width: 1440 },
  { colorScheme: 'dark', width: 390 },
] as const;

test('every page is read by axe without a serious violation, fits a phone, and its chart is read by keys', async ({
  person,
  server,
}) => {
  const pages = await test.step('filled', () => showcase(server.url));
  const reader = await person();
  for (const shown of pages) await test.step(shown.name, () => readByAxe(reader.page, shown));
  await test.step('keys', () => readByKeys(reader, pathOf(pages, 'room')));
});

function pathOf(pages: readonly ShownPage[], name: string): string {
  const found = pages.find((p) => p.name === name);
  if (found === undefined) throw new Error(`There is no page ${name}.`);
  return found.path;
}

async function readByAxe(page: Page, { name, path }: ShownPage): Promise<void> {
  for (const { colorScheme, width } of LOOKS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await page.goto(path, { waitUntil: 'networkidle' });
    await expect(page.locator('h1, [role="application"]').first()).toBeVisible();
    const { violations } = await new AxeBuilder({ page }).analyze();
    const grave = violations.filter((v) => v.impact === 'serious' || v.impact === 'critical');
    expect(grave.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' ')}`)).toEqual([]);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide, `${name} at ${width} px scrolls sideways`).toBeLessThanOrEqual(width);
  }
}

/** Without a mouse: into the chart, along its points, to another line, and to where a point comes from. */
async function readByKeys({ page }: Person, room: string): Promise<void> {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(room);
  const chart = page.getByRole('application').first();
  await chart.focus();
  const figure = page.locator('[data-panel]').first();
  const said = figure.locator('[aria-live="polite"]').first();
  const read = async (key: string) => {
    const before = await said.textContent();
    await page.keyboard.press(key);
    await expect(said).not.toHaveText(before ?? '');
    return (await said.textContent()) ?? '';
  };
  const first = await read('ArrowRight');
  const second = await read('ArrowRight');
  const other = await read('ArrowDown');
  expect(new Set([first, second, other]).size).toBe(3);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Where this point comes from' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog', { name: 'Where this point comes from' })).toHaveCount(0);
}
