/** The body of an HTTP request, as JSON. */
import type { IncomingMessage } from 'node:http';

/** What was sent; undefined if it is longer than so many bytes, or no JSON. */
export async function jsonOf(request: IncomingMessage, most: number): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > most) return undefined;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}
