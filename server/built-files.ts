/**
 * Scripts and styles of the pages, as they lie in the build's folder: compressed beforehand
 * (`scripts/build.ts`), which is smaller than what could be done at each request.
 */
import path from 'node:path';
import sirv from 'sirv';
import { headersFor } from './page-headers.ts';
import type { Pages } from './serve.ts';

const BUILT = '/_next/static/';
/** Names contain a digest of what is in them. */
const FOR_EVER = { maxAge: 31_536_000, immutable: true };
const HEADERS = headersFor("'self'");

/** Answers for the files below this root's build folder; everything else is asked of `rest`. */
export function withBuiltFiles(root: string, rest: Pages['show']): Pages['show'] {
  const answer = sirv(path.join(root, '.next', 'static'), {
    ...{ brotli: true, gzip: true, ...FOR_EVER },
    // Workers take their policy from their own file.
    setHeaders: (response) => {
      for (const { key, value } of HEADERS) response.setHeader(key, value);
    },
  });
  return (request, response) => {
    const { url } = request;
    if (!url?.startsWith(BUILT)) return rest(request, response);
    let isThere = true;
    request.url = url.slice(BUILT.length - 1);
    answer(request, response, () => {
      isThere = false;
    });
    request.url = url;
    return isThere ? undefined : rest(request, response);
  };
}
