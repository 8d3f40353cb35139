/**
 * What a page weighs, compressed, as it was sent: its first load (the scripts that its HTML names, as the
 * framework counts it), and whatever it goes on to load by itself until nothing more comes, before anybody
 * acts. TensorFlow.js cannot be among them: it weighs more than any page has left.
 */
import type { Page } from '@playwright/test';
import { expect, openInvestigation, test } from './people.ts';

/** kB (1,000 bytes) of a first load, whatever the page. */
const FIRST_LOAD = 250;
/**
 * With what comes after it. The library of the charts is 86 of a study's page and of a room. These are what
 * was measured and a little: they may only sink.
 */
const IN_ALL = { gallery: 180, study: 290, room: 342 } as const;

interface Weight {
  readonly first: number;
  readonly all: number;
}

/** Loads an address with nothing kept, and weighs its scripts. */
async function scriptsOf(page: Page, address: string): Promise<Weight> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  const scripts = new Map<string, string>();
  const weighed: { readonly name: string; readonly kB: number }[] = [];
  session.on('Network.responseReceived', ({ requestId, type, response }) => {
    if (type === 'Script') scripts.set(requestId, new URL(response.url).pathname);
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const name = scripts.get(requestId);
    if (name !== undefined) weighed.push({ name, kB: encodedDataLength / 1_000 });
  });
  const response = await page.goto(address, { waitUntil: 'networkidle' });
  const html = (await response?.text()) ?? '';
  await session.detach();
  const sum = (of: typeof weighed) => of.reduce((total, { kB }) => total + kB, 0);
  return { first: sum(weighed.filter(({ name }) => html.includes(name))), all: sum(weighed) };
}

test('[O5] a page loads no more script than its budget, compressed, before anybody donates', async ({
  person,
}) => {
  const owner = await person();
  await openInvestigation(owner, 'Deep linear networks');
  const reader = await person();
  const addresses = {
    ...{ gallery: '/', study: '/studies/deep-linear' },
    room: new URL(owner.page.url()).pathname,
  };
  const sizes = {
    gallery: await scriptsOf(reader.page, addresses.gallery),
    study: await scriptsOf(reader.page, addresses.study),
    room: await scriptsOf(reader.page, addresses.room),
  };
  console.log(sizes);
  for (const page of ['gallery', 'study', 'room'] as const) {
    const { first, all } = sizes[page];
    expect(first, `${page}, first load`).toBeGreaterThan(50);
    expect(first, `${page}, first load`).toBeLessThanOrEqual(FIRST_LOAD);
    expect(all, `${page}, in all`).toBeLessThanOrEqual(IN_ALL[page]);
  }
});
