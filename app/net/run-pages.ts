/** Runs that come in pages, unpacked by the browser itself. */
import type { RunsPage, RunView } from '../../server/protocol.ts';

/** The runs of a page. Rejects if it is not what a coordinator packs. */
export async function unpackRuns({ runs }: RunsPage): Promise<readonly RunView[]> {
  const packed = new Blob([Uint8Array.from(runs)]).stream();
  return await new Response(packed.pipeThrough(new DecompressionStream('gzip'))).json();
}
