/**
 * A run that outlives its volunteers: three carry it in turn, each really killed while it trains, and
 * somebody else brings it home.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startManyhands } from './manyhands-server.ts';
import {
  allRunsIn,
  allVerified,
  expect,
  exportedResults,
  openInvestigation,
  test,
} from './people.ts';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const STEPS = 4_000;
/** Long enough to be carried, with the pairs that the study is judged at. */
const GRID = { Seeds: '1', 'Training steps': String(STEPS) };
const HANDOVER_MS = 2_000;

/**
 * Of the machines that are killed: as ones that others work on. The coordinator verifies faster than they
 * train, so that none of them can be done before its leg is verified, and segments take longer than a kill.
 */
const POLITELY = 0.15;

/** A machine of a lab's, which a signal can take away in the middle of anything. */
function machine(url: string, code: string, folder: string, share: number): ChildProcess {
  const flags = ['--backend', 'wasm', '--share', String(share)];
  const args = ['volunteer', '--server', url, '--code', code, '--folder', folder, ...flags];
  return spawn(process.execPath, [path.join(root, 'bin/manyhands.mjs'), ...args], {
    stdio: 'ignore',
  });
}

test('[L11] [V6] [X5] a grokking run is carried by three volunteers, each killed in mid-segment, and ends with an unbroken chain', async ({
  browser,
}, info) => {
  info.setTimeout(8 * 60_000);
  const server = await startManyhands({ MANYHANDS_HANDOVER_MS: String(HANDOVER_MS) });
  const folders: string[] = [];
  const machines: ChildProcess[] = [];
  const newMachine = async (code: string, share: number) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'manyhands-lab-'));
    folders.push(folder);
    const started = machine(server.url, code, folder, share);
    machines.push(started);
    return started;
  };
  const context = await browser.newContext({ baseURL: server.url });
  try {
    const page = await context.newPage();
    const code = await openInvestigation({ page, vanish: () => context.close() }, 'Grokking', GRID);
    const [first] = (await exportedResults(page)).runs;
    const card = async () => {
      const reply = await page.request.get(`/api/runs/${first?.id}/card.json`);
      return (await reply.json()) as {
        readonly legs: readonly { readonly attempt: number; readonly to: number }[];
      };
    };
    /** Where the last verified leg ends, once attempt `n` has one. */
    const carriedBy = async (n: number): Promise<number> => {
      let reached = 0;
      await expect
        .poll(
          async () => {
            const leg = (await card()).legs.find(({ attempt }) => attempt === n);
            reached = leg?.to ?? 0;
            return reached;
          },
          { timeout: 2 * 60_000, intervals: [100] },
        )
        .toBeGreaterThan(0);
      return reached;
    };

    const ends: number[] = [];
    for (const attempt of [1, 2, 3]) {
      const volunteer = await newMachine(code, POLITELY);
      ends.push(await carriedBy(attempt));
      // No word of farewell: what it trained since is gone with it.
      volunteer.kill('SIGKILL');
    }
    expect(Math.max(...ends)).toBeLessThan(STEPS);
    await newMachine(code, 1);
    await allRunsIn(page, 1, 4);
    await allVerified(page);

    const [run] = (await exportedResults(page)).runs;
    expect(run?.outcome).toEqual({ kind: 'completed' });
    expect(run?.summary.testAccuracy).toBeGreaterThanOrEqual(0.99);
    expect(run?.broken).toBeNull();
    const legs = run?.legs ?? [];
    expect(new Set(legs.map(({ computedBy }) => computedBy)).size).toBe(4);
    expect(legs.map(({ from }) => from)).toEqual([0, ...legs.slice(0, 3).map(({ to }) => to)]);
    expect(legs.at(-1)?.to).toBe(STEPS);
    // What was being verified when its volunteer was killed may have come in before the next one asked.
    for (const [i, end] of ends.entries()) expect(legs[i]?.to).toBeGreaterThanOrEqual(end);
    for (const [i, leg] of legs.slice(1).entries()) expect(leg.began).toBe(legs[i]?.ended);

    await page
      .getByRole('button', { name: /^Seed 1: done, verified/ })
      .first()
      .click();
    await expect(page.getByRole('list', { name: 'Legs' }).getByRole('listitem')).toHaveCount(4);
    await expect(page.getByText('Chain of states')).toBeVisible();
  } finally {
    for (const one of machines) one.kill('SIGKILL');
    await context.close();
    await server.dispose();
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  }
});
