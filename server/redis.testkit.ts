/** The Redis server that `npm test` starts, as each worker of the tests sees it. */

/** A Redis that no other file of tests is in: each worker has a database of its own. */
export function redisOfWorker(): string {
  const url = process.env.TEST_REDIS_URL;
  if (url === undefined)
    throw new Error('TEST_REDIS_URL is not set: run `npm test`, which starts a Redis.');
  return Object.assign(new URL(url), { pathname: `/${process.env.VITEST_POOL_ID ?? 0}` }).href;
}
