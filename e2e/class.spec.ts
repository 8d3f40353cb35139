/**
 * A class: a teacher opens a sweep of learning rates over widths, students come in by the code on phones
 * and at desks, train, watch, claim and answer; a claim is flagged when its evidence changes, and the frozen
 * room is read by somebody who was never in it.
 */
import { createHash } from 'node:crypto';
import type { SnapshotView } from '../server/protocol.ts';
import {
  allRunsIn,
  allVerified,
  expect,
  joinByCode,
  openInvestigation,
  type Person,
  test,
  verdictOf,
} from './people.ts';

const SWEEP = {
  Width: '128, 256',
  'Learning rate': '0.0113, 0.0226, 0.0453, 0.0905, 0.128',
  Seeds: '1',
};
const RUNS = 10;
const CLAIM = 'Both valleys are lowest near 0.03.';

const claimsOf = ({ page }: Person) => page.getByRole('list', { name: 'Claims' });

/** Lends this browser, in whatever way it trains best. */
async function donate({ page }: Person): Promise<void> {
  await page.getByRole('button', { name: 'Donate this browser' }).click();
  await expect(page.getByTestId('donation-device')).toBeVisible({ timeout: 60_000 });
}

test('a class sweeps learning rates over widths, argues, is told when evidence changes, and is cited', async ({
  person,
}) => {
  const teacher = await person();
  const [ann, ben, eve] = [await person('phone'), await person('desk'), await person('phone')];
  const reader = await person();
  const { page } = teacher;
  const code = await openInvestigation(teacher, 'Learning rates that transfer', SWEEP);

  await test.step('students come in by the code, and two of them train', async () => {
    for (const student of [ann, ben, eve]) await joinByCode(student, code);
    await expect(page.getByRole('heading', { name: '4 here' })).toBeVisible();
    await Promise.all([donate(ann), donate(ben)]);
    await allRunsIn(page, RUNS, 4);
    await allRunsIn(eve.page, RUNS, 1);
    await allVerified(page);
  });

  await test.step('everybody sees theory and data, and the sweep as a whole', async () => {
    for (const one of [teacher, ann, ben, eve])
      await expect(one.page.locator('[data-mean]').first()).toBeAttached();
    await expect(page.getByRole('tab', { name: 'Heat map' })).toBeVisible();
  });

  await test.step('one claims, another answers, on a phone each', async () => {
    for (const [end, value] of [
      ['x from', '0.02'],
      ['x to', '0.05'],
      ['y from', '0.01'],
      ['y to', '2'],
    ] as const)
      await ann.page.getByRole('textbox', { name: end, exact: true }).fill(value);
    await ann.page
      .getByRole('combobox', { name: 'Claim', exact: true })
      .or(ann.page.getByRole('textbox', { name: 'Claim', exact: true }))
      .fill(CLAIM);
    await ann.page.getByRole('button', { name: 'Add claim' }).click();
    await expect(claimsOf(eve)).toContainText(CLAIM);
    await eve.page.getByRole('button', { name: 'Reply', exact: true }).first().click();
    await eve.page.getByLabel(/^Reply to/).fill('One seed is none.');
    await eve.page.getByRole('button', { name: 'Reply', exact: true }).last().click();
    await expect(claimsOf(ann)).toContainText('One seed is none.');
    await expect(claimsOf(teacher)).not.toContainText('Evidence changed');
  });

  await test.step('a second seed changes what the claim stands on, and it says so', async () => {
    await page.getByRole('button', { name: 'Add seeds or values' }).click();
    await page.getByRole('textbox', { name: 'More seeds' }).fill('2');
    await page.getByRole('button', { name: 'Add to the investigation' }).click();
    await allRunsIn(page, 2 * RUNS, 4);
    await allVerified(page);
    for (const one of [teacher, ann, ben, eve])
      await expect(claimsOf(one)).toContainText('Evidence changed');
    await expect(claimsOf(ann).getByRole('list', { name: 'What changed since' })).toContainText(
      /\d+ runs? ha(s|ve) come/,
    );
  });

  await test.step('the room is frozen, and somebody else reads the very same', async () => {
    await page.getByRole('textbox', { name: 'Title' }).fill('A class on transfer');
    await page.getByRole('button', { name: 'Take a snapshot' }).click();
    const link = page.getByRole('link', { name: 'Open the snapshot' });
    const where = (await link.getAttribute('href')) ?? '';
    await reader.page.goto(where);
    await expect(
      reader.page.getByRole('heading', { name: 'A class on transfer', level: 1 }),
    ).toBeVisible();
    expect(await verdictOf(reader.page).innerText()).toBe(await verdictOf(page).innerText());
    await expect(reader.page.getByText(CLAIM)).toBeVisible();
    const means = ({ page: one }: Person) =>
      one.locator('[data-mean]').evaluateAll((paths) => paths.map((p) => p.dataset.mean));
    await expect.poll(() => means(reader)).toEqual(await means(teacher));

    const api = `/api/snapshots/${where.slice('/s/'.length)}`;
    const [own, foreign] = await Promise.all(
      [teacher, reader].map(
        async (one) => await (await one.page.request.get(`${api}/snapshot.json`)).body(),
      ),
    );
    expect(foreign?.equals(own ?? Buffer.alloc(0)), 'the file is the same, byte for byte').toBe(
      true,
    );
    const { about, content } = (await (
      await reader.page.request.get(`${api}/view.json`)
    ).json()) as SnapshotView;
    expect(content.runs).toHaveLength(2 * RUNS);
    expect(content.claims.map((claim) => claim.text)).toEqual([CLAIM]);
    // The file holds the content as it was hashed, between its fixed ends.
    const text = (foreign ?? Buffer.alloc(0)).toString('utf8');
    const hashed = text.slice(
      '{"content":'.length,
      text.indexOf(',"manyhands":"snapshot","sha256"'),
    );
    expect(createHash('sha256').update(hashed, 'utf8').digest('hex')).toBe(about.sha256);
  });
});
