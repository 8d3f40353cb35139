/**
 * From a result to the pixels: a started server, a page of the room in Chromium, other people's sockets
 * beside it, and a volunteer who submits results of the shape of real ones. One machine, one clock.
 */
import { chromium, type Page } from 'playwright';
import { createClient } from '../../client/client.ts';
import { startManyhands } from '../../e2e/manyhands-server.ts';
import { CHROMIUM_ARGS } from '../browser.ts';
import { moment, newKey } from './coordinator-people.ts';
import { viewers } from './coordinator-viewers.ts';
import { volunteers } from './coordinator-volunteers.ts';

/** All come from one address here, and no lease runs out; the results are not real enough to be replayed. */
const RAISED = {
  MANYHANDS_MESSAGES_PER_DEVICE: '1000000',
  MANYHANDS_MESSAGES_PER_ADDRESS: '1000000',
  MANYHANDS_CONNECTS_PER_ADDRESS: '1000000',
  MANYHANDS_SOCKETS_PER_ADDRESS: '1000000',
  MANYHANDS_VERIFY: 'elsewhere',
};
const PER_SECOND = 2;
/** The first results find a page that has drawn nothing yet. */
const WARM_UP = 5;
const PATIENCE_MS = 30_000;

export interface LiveTimes {
  /** Milliseconds from sending a result until the frame after the one that drew its runs. */
  readonly pixels: readonly number[];
  /** Milliseconds from sending a result until each other viewer's socket was told. */
  readonly told: readonly number[];
  /** Points of the densest panel at the end. */
  readonly points: number;
}

/** @throws if a result was not counted, or never drawn */
export async function resultToPixels(options: {
  readonly viewers: number;
  readonly results: number;
}): Promise<LiveTimes> {
  Object.assign(process.env, RAISED);
  const server = await startManyhands();
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: CHROMIUM_ARGS,
  });
  try {
    const { url } = server;
    const code = await openRoom(url);
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(`${url}/i/${code}`);
    await page.locator('canvas').first().waitFor({ state: 'attached', timeout: PATIENCE_MS });
    await page.evaluate(watch);
    const others = await viewers({ kind: 'viewers', url, code, viewers: options.viewers - 1 });
    const volunteer = await volunteers({
      ...{ kind: 'volunteers', url, codes: [code], volunteers: 1, perSecond: PER_SECOND },
      ...{ leasedBefore: 0, warmUpSeconds: 0, secondsARun: 5 },
      seconds: (WARM_UP + options.results) / PER_SECOND,
    });
    const { results, refused } = await volunteer.finish();
    if (results.length <= WARM_UP)
      throw new Error(`Hardly any result was counted: ${JSON.stringify(refused)}`);
    const { told } = await others.finish();
    const { ready } = await viewers({ kind: 'viewers', url, code, viewers: 1 });
    const seen = await drawn(page);
    const total = results.reduce((n, r) => n + r.runs.length, 0);
    const linesARun = (seen.at(-1)?.lines ?? 0) / total;
    if (!Number.isInteger(linesARun) || linesARun === 0)
      throw new Error(`The page shows ${seen.at(-1)?.lines ?? 0} lines of ${total} runs.`);
    let runs = 0;
    const pixels = results.map(({ runs: own, sentAt }) => {
      runs += own.length;
      const at = seen.find((s) => s.lines >= runs * linesARun)?.at ?? Number.NaN;
      return at - sentAt;
    });
    const sockets = results
      .slice(WARM_UP)
      .flatMap(({ runs: [first = ''], sentAt }) =>
        told.map((viewer) => (viewer[first] ?? Number.NaN) - sentAt),
      );
    return { pixels: pixels.slice(WARM_UP), told: sockets, points: ready.points };
  } finally {
    await browser.close();
    await server.dispose();
  }
}

async function openRoom(url: string): Promise<string> {
  const key = newKey();
  const client = createClient({ url, deviceKey: () => key });
  try {
    await new Promise<void>((resolve) => client.onConnected(resolve));
    const opened = await client.request('investigation.open', {
      ...{ study: 'edge-of-stability', title: 'Bench', null: false },
      grid: {
        params: {
          ...{ learningRate: [0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4], momentum: [0.5] },
          ...{ optimizer: ['momentum'], data: ['chebyshev'], activation: ['tanh'] },
          ...{ depth: [2], width: [32], steps: [1200] },
        },
        seeds: Array.from({ length: 100 }, (_, i) => i),
      },
    });
    if (!opened.ok) throw new Error(opened.message);
    return opened.value.code;
  } finally {
    client.dispose();
  }
}

/** In the page: notes the frame after each change of what the first chart has painted. */
function watch(): void {
  const canvas = document.querySelector('canvas');
  const seen: { lines: number; at: number }[] = [];
  Object.assign(globalThis, { seen });
  if (canvas === null) return;
  new MutationObserver(() => {
    const lines = Number(canvas.dataset.raw);
    // The frame that paints it, and then the one that begins when it is on the screen.
    requestAnimationFrame(() =>
      requestAnimationFrame(() =>
        seen.push({ lines, at: performance.timeOrigin + performance.now() }),
      ),
    );
  }).observe(canvas, { attributes: true, attributeFilter: ['data-raw'] });
}

async function drawn(page: Page): Promise<{ lines: number; at: number }[]> {
  const until = moment() + PATIENCE_MS;
  let before = -1;
  for (;;) {
    const seen = await page.evaluate(
      () => (globalThis as unknown as { seen: { lines: number; at: number }[] }).seen,
    );
    if (seen.length === before || moment() > until) return seen;
    before = seen.length;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
