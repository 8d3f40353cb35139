/** The second study, and what of it is exported. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  allRunsIn,
  allVerified,
  donateOnWebGpu,
  expect,
  exportedResults,
  joinByCode,
  openInvestigation,
  test,
  verdictOf,
} from './people.ts';

const run = promisify(execFile);
const RUNS = 4;

test('deep linear networks hold, and an exported point is reproduced on the command line', async ({
  person,
}, info) => {
  const [owner, donor] = [await person(), await person()];
  const code = await openInvestigation(owner, 'Deep linear networks');
  await joinByCode(donor, code);
  await donateOnWebGpu(donor);
  await allRunsIn(owner.page, RUNS, 5);
  await allVerified(owner.page);
  await expect(verdictOf(owner.page)).toContainText('Holds');
  await expect(owner.page.locator('[data-mean]').first()).toBeAttached();

  if (process.env.SCREENSHOT !== undefined) {
    await owner.page.evaluate(() => window.scrollTo(0, 0));
    await owner.page.screenshot({ path: process.env.SCREENSHOT });
  }

  const csv = await owner.page.request.get(
    (await owner.page.getByRole('link', { name: 'Export CSV' }).getAttribute('href')) ?? '',
  );
  expect((await csv.text()).trim().split('\r\n')).toHaveLength(RUNS + 1);
  expect((await exportedResults(owner.page)).verdict.state).toBe('holds');

  await owner.page
    .getByRole('button', { name: /^Seed 1: done/ })
    .first()
    .click();
  const download = owner.page.waitForEvent('download');
  await owner.page.getByRole('link', { name: 'Download the run with its curves' }).click();
  const point = info.outputPath('point.json');
  await (await download).saveAs(point);
  const { stdout } = await run('npx', ['manyhands', 'replay', point]);
  expect(stdout).toContain('The replay agrees');
});

test('a browser without a fit GPU trains on WebAssembly, and is told why', async ({ person }) => {
  const one = await person();
  await openInvestigation(one, 'Deep linear networks');
  await one.page.getByRole('button', { name: 'Donate this browser' }).click();
  const device = one.page.getByTestId('donation-device');
  await expect(device).toHaveAttribute('data-backend', 'wasm', { timeout: 60_000 });
  await expect(one.page.getByText(/is software, slower than wasm/)).toBeVisible();
  await allRunsIn(one.page, RUNS, 2);
  await expect(verdictOf(one.page)).toContainText('Holds');
});
