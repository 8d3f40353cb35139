import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { zipped } from './zipped.ts';

const LONG = 'many hands '.repeat(5_000);
const by = (accepted?: string) => ({
  headers: accepted === undefined ? {} : { 'accept-encoding': accepted },
});

test.each(['gzip', 'gzip, deflate, br', 'br;q=1.0, gzip;q=0.8', 'GZIP', '*', 'br, *;q=0.5'])(
  'whoever reads gzip (%s) is sent a long answer so, and the same one',
  async (accepted) => {
    const { body, headers } = await zipped(by(accepted), LONG);
    expect(headers).toEqual({ Vary: 'Accept-Encoding', 'Content-Encoding': 'gzip' });
    expect(body.length).toBeLessThan(LONG.length / 10);
    expect(gunzipSync(body).toString()).toBe(LONG);
  },
);

test.each([undefined, '', 'br', 'identity', 'gzip;q=0', '*;q=0', 'gzip;q=0, *'])(
  'whoever does not (%s) is sent it as it is',
  async (accepted) => {
    expect(await zipped(by(accepted), LONG)).toEqual({
      ...{ body: LONG, headers: { Vary: 'Accept-Encoding' } },
    });
  },
);

test('short answers and bytes are sent as they are', async () => {
  expect(await zipped(by('gzip'), '{}')).toEqual({ body: '{}', headers: {} });
  const bytes = new Uint8Array(100_000);
  expect((await zipped(by('gzip'), bytes)).body).toBe(bytes);
});
