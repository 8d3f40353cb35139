/** This page's one client of the coordinator. */
import { type Client, createClient } from '../../client/client.ts';
import { deviceKey } from './device-key.ts';

let client: Client | null = null;

/** This page's client. It connects when it is first used in a browser, never while rendering. */
export function getClient(): Client {
  client ??= createClient({ deviceKey });
  return client;
}
