/** Data files for what trains in a browser: from the server of the page, under names that may be cached for ever. */
import { checkedFiles } from '../programs/data-files.ts';
import type { DataFiles } from '../programs/data-set.ts';

export function servedFiles(): DataFiles {
  return checkedFiles(async (served) => {
    const response = await fetch(`/data/${served}`);
    if (!response.ok)
      throw new Error(`The data file ${served} could not be loaded (status ${response.status}).`);
    return new Uint8Array(await response.arrayBuffer());
  });
}
