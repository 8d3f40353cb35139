/** What leaves a room: a run replayed in the browser, a snapshot opened by a stranger, taken in again, and framed. */
import { allRunsIn, allVerified, expect, openInvestigation, test, verdictOf } from './people.ts';

const RUNS = 4;

test('[X1] [X5] a run is replayed where it is read, and a frozen room is read by a stranger, file and frame alike', async ({
  person,
}) => {
  const [owner, stranger] = [await person(), await person()];
  await openInvestigation(owner, 'Deep linear networks');
  const { page } = owner;
  await page.getByRole('button', { name: 'Donate this browser' }).click();
  await allRunsIn(page, RUNS, 2);
  await allVerified(page);

  await page
    .getByRole('button', { name: /^Seed 1: done/ })
    .first()
    .click();
  await page.getByRole('button', { name: 'Replay this point here' }).click();
  await expect(page.getByRole('status', { name: 'Replay' })).toContainText(
    /All \d+ committed states came out with the same bits\. This device is of the same numeric class/,
    { timeout: 90_000 },
  );
  await expect(page.locator('[data-overlay] path').first()).toBeAttached();
  await page.keyboard.press('Escape');

  await page.getByRole('textbox', { name: 'Title' }).fill('Lesson one');
  await page.getByRole('button', { name: 'Take a snapshot' }).click();
  const snapshot = page.getByRole('link', { name: 'Open the snapshot' });
  const where = (await snapshot.getAttribute('href')) ?? '';
  const verdict = await verdictOf(page).innerText();

  await stranger.page.goto(where);
  await expect(stranger.page.getByRole('heading', { name: 'Lesson one', level: 1 })).toBeVisible();
  expect(await verdictOf(stranger.page).innerText()).toBe(verdict);
  const file = await stranger.page.request.get(`/api/snapshots/${where.slice(3)}/snapshot.json`);
  await stranger.page.goto('/s/import');
  await stranger.page
    .getByLabel('File of the snapshot')
    .setInputFiles({ name: 's.json', mimeType: 'application/json', buffer: await file.body() });
  await stranger.page.getByRole('button', { name: 'Import' }).click();
  await expect(stranger.page.getByText('This snapshot is here already.')).toBeVisible();

  const framed = await stranger.page.goto(`/embed${where}?panel=modes&theme=dark`);
  expect(framed?.headers()['content-security-policy']).toContain('frame-ancestors *');
  await expect(stranger.page.getByRole('application')).toHaveCount(1);
  await expect(stranger.page.getByRole('navigation')).toHaveCount(0);
  const room = await stranger.page.request.get(where);
  expect(room.headers()['content-security-policy']).toContain("frame-ancestors 'self'");
});
