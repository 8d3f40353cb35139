/** A room that is led: roles, a link for viewing, presenting and following, freezing, pointers, hidden names. */
import type { Page } from '@playwright/test';
import { expect, joinByCode, openInvestigation, test } from './people.ts';

const people = (page: Page) => page.getByRole('region', { name: /here$/ });
const bar = (page: Page) => page.getByRole('complementary', { name: 'How the room is led' });

/** Moves the pointer about over the first chart until `seen` is so. */
async function pointUntil(page: Page, seen: () => Promise<boolean>): Promise<void> {
  const chart = page.locator('[data-cursors]').first().locator('xpath=ancestor::*[name()="svg"]');
  await chart.scrollIntoViewIfNeeded();
  const box = await chart.boundingBox();
  if (box === null) throw new Error('The first chart has no box.');
  let step = 0;
  await expect
    .poll(async () => {
      step += 1;
      const across = 0.4 + 0.3 * ((step % 5) / 5);
      await page.mouse.move(box.x + box.width * across, box.y + box.height / 2);
      return await seen();
    })
    .toBe(true);
}

test('[R8] [R9] [R11] [R12] a teacher leads a class', async ({ person }) => {
  const [teacher, student, watcher] = [await person(), await person(), await person()];
  const code = await openInvestigation(teacher, 'Deep linear networks');
  await joinByCode(student, code);

  // A link for viewing: no member, no way to donate or claim.
  await teacher.page.getByRole('button', { name: 'Invite and access' }).click();
  const dialog = teacher.page.getByRole('dialog', { name: 'Who may come in' });
  await dialog.getByRole('button', { name: 'Make a link' }).click();
  const link = (await dialog.getByText('?view=').textContent()) ?? '';
  await dialog.getByRole('button', { name: 'Close the door' }).click();
  await expect(dialog.getByText('Closed: the room code')).toBeVisible();
  await dialog.getByRole('button', { name: 'Close', exact: true }).click();
  await watcher.page.goto(link);
  await expect(watcher.page.getByTestId('room-code')).toHaveText(code);
  await expect(watcher.page.getByRole('button', { name: 'Donate this browser' })).toHaveCount(0);
  await expect(
    watcher.page.getByText('Your role in this room reads claims and does not write them.'),
  ).toBeVisible();
  await expect(people(teacher.page)).toContainText('1 more person watches');

  // Pointers, on the chart of everybody and not of who moves.
  const labels = student.page.locator('[data-cursors] text');
  await pointUntil(teacher.page, async () => (await labels.count()) > 0);
  await expect(teacher.page.locator('[data-cursors] text')).toHaveCount(0);

  // Presenting, and following it: the isolated cell goes along.
  await teacher.page.getByRole('button', { name: 'Present', exact: true }).click();
  await expect(bar(student.page)).toContainText('presents.');
  await bar(student.page).getByRole('button', { name: 'Follow' }).click();
  const cell = (page: Page) =>
    page.getByRole('region', { name: 'Coverage' }).getByRole('button').first();
  await cell(teacher.page).click();
  await expect(
    student.page.getByRole('button', { name: 'Show all cells' }),
    'the follower’s page isolates the cell',
  ).toBeVisible();
  await bar(student.page).getByRole('button', { name: 'Stop following' }).click();

  // Freezing, for everybody.
  await teacher.page.getByRole('button', { name: 'Freeze charts' }).click();
  await expect(bar(student.page)).toContainText('stand still at evidence version');
  await expect(bar(watcher.page)).toContainText('stand still at evidence version');

  // Hidden names: the student sees numbers, the teacher names.
  const name = await teacher.page
    .getByRole('region', { name: /here$/ })
    .getByRole('listitem')
    .filter({ hasNotText: 'you' })
    .first()
    .textContent();
  await teacher.page.getByRole('button', { name: 'Hide names' }).click();
  await expect(people(student.page)).toContainText('Student 2');
  await expect(people(student.page)).toContainText('Instructor 1');
  expect(name).not.toContain('Student');

  // A role that is given shows at once.
  await teacher.page.getByRole('combobox', { name: /^Role of/ }).selectOption('instructor');
  await expect(student.page.getByRole('button', { name: 'Present', exact: true })).toBeVisible();
});

test('[R16] who comes into a frozen room sees what everybody sees there, until it goes on', async ({
  person,
}) => {
  const [teacher, student, late] = [await person(), await person(), await person('phone')];
  const code = await openInvestigation(teacher, 'Deep linear networks');
  await joinByCode(student, code);
  await teacher.page.getByRole('button', { name: 'Freeze charts' }).click();
  const at = await version(teacher.page);
  await student.page.getByRole('button', { name: 'Donate this browser' }).click();
  await expect(bar(teacher.page)).toContainText(/new results? waiting/, { timeout: 60_000 });
  const nothing = /^0 of \d+ runs$/;
  await joinByCode(late, code);
  expect(await version(late.page)).toBe(at);
  await expect(bar(late.page)).toContainText(/new results? waiting/);
  for (const { page } of [teacher, student, late]) {
    await expect(page.getByTestId('progress')).toHaveText(nothing);
    await expect(page.locator('canvas[data-raw]:not([data-raw="0"])')).toHaveCount(0);
  }
  await late.page.reload();
  await expect(late.page.getByTestId('progress')).toHaveText(nothing);

  await bar(teacher.page).getByRole('button', { name: 'Let charts go on' }).click();
  await expect(late.page.getByTestId('progress')).toHaveText(/^[1-9]\d* of \d+ runs$/);
  await teacher.page.getByRole('button', { name: 'Freeze charts' }).click();
  await version(teacher.page);
  const shown = (await teacher.page.getByTestId('progress').textContent()) ?? '';
  const after = await person();
  await joinByCode(after, code);
  await expect(after.page.getByTestId('progress')).toHaveText(shown);
});

/** The evidence version at which the charts of a page stand still, as it says. */
async function version(page: Page): Promise<string> {
  const says = bar(page).getByText('stand still at evidence version');
  return /version (\d+)/.exec((await says.textContent()) ?? '')?.[1] ?? '';
}

test('[R7] [R13] a closed door says so, and another browser becomes the owner by a code', async ({
  person,
}) => {
  const [owner, phone] = [await person(), await person()];
  const code = await openInvestigation(owner, 'Deep linear networks');
  await owner.page.getByRole('button', { name: 'Invite and access' }).click();
  await owner.page.getByRole('button', { name: 'Close the door' }).click();
  await owner.page.getByRole('button', { name: 'Close', exact: true }).click();
  await phone.page.goto(`/i/${code.replace('-', '')}`);
  await expect(phone.page.getByText(/door of this room is closed/)).toBeVisible();

  const other = await openInvestigation(phone, 'Deep linear networks');
  expect(other).not.toBe(code);
  await owner.page.getByRole('button', { name: 'Use another browser' }).click();
  await owner.page.getByRole('button', { name: 'Make a code' }).click();
  const transfer = owner.page.getByText(/^[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}$/);
  await phone.page.getByRole('button', { name: 'Use another browser' }).click();
  await phone.page
    .getByRole('textbox', { name: 'Code from the other browser' })
    .fill((await transfer.textContent()) ?? '');
  // The page loads anew as the other person.
  const loaded = phone.page.waitForEvent('load');
  await phone.page.getByRole('button', { name: 'Use this code' }).click();
  await loaded;
  await phone.page.goto(`/i/${code.replace('-', '')}`);
  await expect(phone.page.getByRole('button', { name: 'Conclude investigation' })).toBeVisible();
});
