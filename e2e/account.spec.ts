/** An account, for who wants one: the same person in two browsers, and everything that ends it. */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, joinByCode, openInvestigation, test } from './people.ts';

const PASSWORD = 'a stone, a leaf, a door';

const form = (page: Page, name: string) => page.getByRole('form', { name });
const here = (page: Page) => page.getByRole('region', { name: /here$/ });
const browsers = (page: Page) => page.getByRole('list', { name: 'Your browsers' });

/** Fills one of the two forms of somebody who is not signed in. */
async function sign(page: Page, how: 'Sign in' | 'Make an account', password = PASSWORD) {
  await form(page, how).getByLabel('User name').fill('ada.l');
  await form(page, how).getByLabel('Password').fill(password);
  await form(page, how).getByRole('button', { name: how }).click();
}

async function hasNoGraveFaults(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const grave = violations.filter((v) => v.impact === 'serious' || v.impact === 'critical');
  expect(grave.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' ')}`)).toEqual([]);
  const [wide, window] = await page.evaluate(() => [
    ...[document.documentElement.scrollWidth, document.documentElement.clientWidth],
  ]);
  expect(wide, 'scrolls sideways').toBeLessThanOrEqual(window ?? 0);
}

test('[R15] a guest makes an account, is herself on her phone, and parts it again', async ({
  person,
}) => {
  const [desk, phone] = [await person(), await person('phone')];
  const code = await openInvestigation(desk, 'Deep linear networks');
  await desk.page.getByRole('link', { name: 'Account', exact: true }).click();
  await expect(desk.page.getByText('Nothing here needs an account')).toBeVisible();
  await hasNoGraveFaults(desk.page);
  await sign(desk.page, 'Make an account');
  await expect(desk.page.getByText('Signed in as ada.l')).toBeVisible();
  await expect(browsers(desk.page)).toContainText('(this one)');
  await hasNoGraveFaults(desk.page);
  // She kept her room.
  await desk.page.goto(`/i/${code}`);
  await expect(desk.page.getByRole('button', { name: 'Conclude investigation' })).toBeVisible();

  await joinByCode(phone, code);
  await expect(here(phone.page)).toBeVisible();
  await expect(phone.page.getByRole('button', { name: 'Conclude investigation' })).toHaveCount(0);
  // A page of the phone that stays open meanwhile.
  const room = phone.page;
  const account = await room.context().newPage();
  await account.goto('/account');
  await sign(account, 'Sign in', 'not the password');
  await expect(form(account, 'Sign in').getByRole('alert')).toHaveText(
    'The user name or the password is wrong.',
  );
  await sign(account, 'Sign in');
  await expect(account.getByText('Signed in as ada.l')).toBeVisible();
  await expect(browsers(account).getByRole('listitem')).toHaveCount(2);
  await hasNoGraveFaults(account);
  await expect(room.getByRole('button', { name: 'Conclude investigation' })).toBeVisible();

  // The desk parts the phone, which is a guest then.
  await desk.page.goto('/account');
  await expect(browsers(desk.page).getByRole('listitem')).toHaveCount(2);
  await browsers(desk.page)
    .getByRole('button', { name: /^Part / })
    .click();
  await expect(browsers(desk.page).getByRole('listitem')).toHaveCount(1);
  await expect(room.getByRole('button', { name: 'Conclude investigation' })).toHaveCount(0);
  await account.reload();
  await expect(form(account, 'Sign in')).toBeVisible();

  // Another password, out, in, and gone.
  const change = form(desk.page, 'Change the password');
  await change.getByLabel('Password now').fill(PASSWORD);
  await change.getByLabel('New password').fill(`${PASSWORD}, a year`);
  await change.getByRole('button', { name: 'Change the password' }).click();
  await expect(change.getByRole('status')).toContainText('The password is changed');
  await desk.page.getByRole('button', { name: 'Sign out of this browser' }).click();
  await sign(desk.page, 'Sign in', `${PASSWORD}, a year`);
  await form(desk.page, 'Delete the account').getByLabel('Password').fill(`${PASSWORD}, a year`);
  await desk.page.getByRole('button', { name: 'Delete the account' }).click();
  await expect(form(desk.page, 'Make an account')).toBeVisible();
  await desk.page.goto(`/i/${code}`);
  await expect(desk.page.getByRole('button', { name: 'Conclude investigation' })).toBeVisible();
});
