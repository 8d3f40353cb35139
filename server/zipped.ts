/** Long answers, gzipped off the coordinator's own thread for whoever reads that: a large room's are megabytes. */
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);
/** An answer is sent once: what more effort would save, waiting for it costs. */
const EFFORT = { level: 3 };
/** Shorter ones fit in a few packets as they are. */
const LONG = 16_384;

/** The body as it is sent, and the headers that say so. Bytes are sent as they are: they are compressed, or cannot be. */
export async function zipped(
  { headers }: Pick<IncomingMessage, 'headers'>,
  body: string | Uint8Array,
): Promise<{ readonly body: string | Uint8Array; readonly headers: Record<string, string> }> {
  if (typeof body !== 'string' || body.length < LONG) return { body, headers: {} };
  const vary = { Vary: 'Accept-Encoding' };
  if (!reads(headers['accept-encoding'])) return { body, headers: vary };
  return { body: await compress(body, EFFORT), headers: { ...vary, 'Content-Encoding': 'gzip' } };
}

/** RFC 9110, 12.5.3: named, or meant by a star, and not with a weight of zero. */
function reads(accepted: string | string[] | undefined): boolean {
  const codings = String(accepted ?? '')
    .split(',')
    .map((coding) =>
      coding
        .trim()
        .toLowerCase()
        .split(/\s*;\s*q=/),
    );
  const [, weight] =
    codings.find(([name]) => name === 'gzip') ?? codings.find(([name]) => name === '*') ?? [];
  const isNamed = codings.some(([name]) => name === 'gzip' || name === '*');
  return isNamed && Number(weight ?? 1) > 0;
}
