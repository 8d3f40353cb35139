/** What people do, in words, and the fixtures: a server for the file, a new browser context a person. */
import { test as base, expect, type Locator, type Page } from '@playwright/test';
import type { Analysis, Config, Summary, Verdict } from '../compute/studies/study.ts';
import { type ManyhandsServer, startManyhands } from './manyhands-server.ts';

/** Somebody with a browser of her own. */
export interface Person {
  readonly page: Page;
  /** Closes the laptop: the page is gone, without a word. */
  vanish(): Promise<void>;
}

const SCREENS = {
  desk: {},
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
} as const;

interface Fixtures {
  /** A new person, at a desk or on a phone; whatever her browser complains about fails the test. */
  person: (screen?: 'desk' | 'phone') => Promise<Person>;
}

export const test = base.extend<Fixtures, { server: ManyhandsServer }>({
  server: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the dependencies off the pattern.
    async ({}, use) => {
      const server = await startManyhands();
      await use(server);
      await server.dispose();
    },
    { scope: 'worker', timeout: 5 * 60_000 },
  ],
  person: async ({ browser, server }, use) => {
    const complaints: string[] = [];
    const people: Person[] = [];
    await use(async (screen = 'desk') => {
      const context = await browser.newContext({ baseURL: server.url, ...SCREENS[screen] });
      const page = await context.newPage();
      page.on('pageerror', (error) => complaints.push(error.message));
      const one = { page, vanish: () => context.close() };
      people.push(one);
      return one;
    });
    for (const one of people) await one.vanish();
    expect(complaints, 'errors in the pages').toEqual([]);
  },
});
export { expect };

/** A choice of a parameter, ticked or not. Two parameters may have the same choices. */
export interface Tick {
  readonly of: string;
  readonly label: string;
  readonly on: boolean;
}

/**
 * Opens an investigation from the study's page; returns the room code as it is shown.
 * @param values what to write into fields, by label @param ticks what to tick or clear, by label
 */
export async function openInvestigation(
  { page }: Person,
  study: string,
  values: Readonly<Record<string, string>> = {},
  ticks: readonly Tick[] = [],
): Promise<string> {
  await page.goto('/');
  await page.getByRole('link', { name: study }).first().click();
  await page.getByRole('button', { name: 'Quick grid' }).click();
  for (const [label, value] of Object.entries(values)) {
    await page.getByRole('textbox', { name: label }).fill(value);
  }
  for (const { of, label, on } of ticks) {
    const group = page.getByRole('group', { name: of, exact: true });
    await group.getByRole('checkbox', { name: label, exact: true }).setChecked(on);
  }
  await page.getByRole('button', { name: 'Open investigation' }).click();
  return (await page.getByTestId('room-code').textContent()) ?? '';
}

/** Types the code on the first page, as told across the room. */
export async function joinByCode({ page }: Person, code: string): Promise<void> {
  await page.goto('/');
  await page.getByRole('textbox', { name: 'Room code' }).fill(code.toLowerCase());
  await page.getByRole('button', { name: 'Join' }).click();
  await expect(page.getByTestId('room-code')).toHaveText(code);
}

/** Donates this browser, whatever it computes with. */
export async function donate({ page }: Person): Promise<void> {
  await page.getByRole('button', { name: 'Donate this browser' }).click();
  await expect(page.getByTestId('donation-device')).toBeVisible({ timeout: 60_000 });
}

/** The numeric class that a first person's browser measured: the next ones are the same device. */
let classHere: string | null = null;
const CLASS = 'manyhands.numericClass';

/**
 * Donates this browser, and sees that WebGPU computes. Volunteers with a software adapter get wasm,
 * which is faster; the address says that here it is wanted.
 */
export async function donateOnWebGpu({ page }: Person): Promise<void> {
  await page.evaluate(([name, kept]) => kept && localStorage.setItem(name, kept), [
    CLASS,
    classHere,
  ] as const);
  await page.goto(`${new URL(page.url()).pathname}?software-gpu`);
  await page.getByRole('button', { name: 'Donate this browser' }).click();
  const device = page.getByTestId('donation-device');
  await expect(device).toHaveAttribute('data-backend', 'webgpu', { timeout: 60_000 });
  await expect(device).toContainText(/swiftshader/i);
  classHere = await page.evaluate((name) => localStorage.getItem(name), CLASS);
}

/** Waits until every run is in. */
export async function allRunsIn(page: Page, runs: number, minutes: number): Promise<void> {
  await expect(page.getByTestId('progress')).toHaveText(
    `${runs} of ${runs} ${runs === 1 ? 'run' : 'runs'}`,
    {
      timeout: minutes * 60_000,
    },
  );
}

/** Waits until parts of every result were trained again by the coordinator, and agreed. */
export async function allVerified(page: Page): Promise<void> {
  await expect(page.getByTestId('verification').first()).toContainText('All of them verified', {
    timeout: 2 * 60_000,
  });
}

export const verdictOf = (page: Page): Locator => page.getByRole('status', { name: 'Verdict' });

/** Results as the room exports them, as far as the tests read them. */
export interface Results {
  readonly runs: readonly {
    readonly id: string;
    readonly cell: number;
    readonly config: Config;
    readonly seed: number;
    readonly summary: Summary;
    readonly outcome: { readonly kind: string } | null;
    readonly computedBy: string;
    /** Who carried it from step to step. */
    readonly legs: readonly {
      readonly from: number;
      readonly to: number;
      readonly began: string | null;
      readonly ended: string | null;
      readonly computedBy: string;
    }[];
    readonly broken: string | null;
    readonly device: { readonly backend: string; readonly adapter: string };
  }[];
  readonly fits: Analysis['fits'];
  readonly verdict: Verdict;
  readonly claims: readonly { readonly text: string }[];
}

export async function exportedResults(page: Page): Promise<Results> {
  const link = page.getByRole('link', { name: 'Export JSON' });
  const response = await page.request.get((await link.getAttribute('href')) ?? '');
  expect(response.ok()).toBe(true);
  return (await response.json()) as Results;
}
