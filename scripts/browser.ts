/**
 * Engines in a real browser, for tests and benches: bundles a script, opens it in Chromium with
 * WebGPU on the software adapter (or the machine's own), and calls its functions. The page is served
 * from loopback with the headers that the product sends, and data files beside it, as the product does.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium, type Page } from 'playwright';
import { DATA_FOLDER } from '../data/local.ts';
import { makeDataFiles } from '../data/make.ts';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
/** Workers that a script may start, as bundlers find them: by their name beside the script. */
const WORKERS = ['compute/engines/wasm/share.worker.ts'];
const WASM = path.join(root, 'node_modules', '@tensorflow', 'tfjs-backend-wasm', 'dist');

const PAGE =
  '<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="/style.css"><script type="module" src="/script.js"></script>';

/** With these alone Chromium takes the machine's own adapter, if there is one. */
const HARDWARE_ARGS = [
  '--headless=new',
  '--no-sandbox',
  '--no-first-run',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-unsafe-webgpu',
];
export const CHROMIUM_ARGS = [...HARDWARE_ARGS, '--use-webgpu-adapter=swiftshader'];

/** Opens a page on which the script `entry` has run. */
export async function openPage(
  entry: string,
  adapter: 'software' | 'hardware' = 'software',
): Promise<{ readonly page: Page; dispose(): Promise<void> }> {
  const scripts = new Map<string, string>();
  for (const [name, file] of [
    ['script.js', entry] as const,
    ...WORKERS.map((worker) => [path.basename(worker), worker] as const),
  ]) {
    const bundle = await build({
      ...{ entryPoints: [file], bundle: true, format: 'esm', write: false, target: 'es2022' },
      ...{ absWorkingDir: root, platform: 'browser', logLevel: 'error', outdir: 'out' },
      // As in production: React checks much more while somebody develops.
      ...{ jsx: 'automatic', define: { 'process.env.NODE_ENV': '"production"' } },
      loader: { '.woff2': 'empty' },
    });
    const text = (ending: string) => bundle.outputFiles.find((f) => f.path.endsWith(ending))?.text;
    scripts.set(`/${name}`, text('.js') ?? '');
    if (name === 'script.js') scripts.set('/style.css', text('.css') ?? '');
  }
  await makeDataFiles(DATA_FOLDER);
  const server = createServer((request, response) => {
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const folder = pathname.startsWith('/data/') ? DATA_FOLDER : WASM;
    if (folder === DATA_FOLDER || pathname.endsWith('.wasm')) {
      if (folder === WASM) response.setHeader('Content-Type', 'application/wasm');
      readFile(path.join(folder, path.basename(pathname))).then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      );
      return;
    }
    const script = scripts.get(pathname);
    const kind = pathname.endsWith('.css') ? 'text/css' : 'text/javascript';
    response.setHeader('Content-Type', script === undefined ? 'text/html' : kind);
    response.end(script ?? PAGE);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: adapter === 'software' ? CHROMIUM_ARGS : HARDWARE_ARGS,
  });
  const page = await browser.newPage();
  let said = 0;
  page.on('console', (m) => {
    // A broken kernel complains at every dispatch: the first few say all.
    if (m.type() === 'error' || m.type() === 'warning') if (said++ < 5) console.error(m.text());
  });
  page.on('pageerror', (error) => console.error(error));
  await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
  return {
    page,
    async dispose() {
      await browser.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
