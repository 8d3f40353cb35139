'use client';
/** Requests about one's account, over HTTP: the answer's cookies are the browser's, and no script reads them. */
import type { AccountView } from '../../server/protocol.ts';
import { deviceKey } from '../net/device-key.ts';

export type AccountReply =
  | { readonly ok: true; readonly account: AccountView | null }
  | { readonly ok: false; readonly message: string };

const FAILED = 'The coordinator could not be reached. Check the connection and try again.';

/** @param name what stands after /api/auth/ @returns who is signed in now, or a sentence */
export async function askAccount(name: string, body: object): Promise<AccountReply> {
  try {
    const response = await fetch(`/api/auth/${name}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ ...body, deviceKey: deviceKey() }),
    });
    const answer = (await response.json()) as {
      readonly account?: AccountView | null;
      readonly message?: string;
    };
    if (!response.ok) return { ok: false, message: answer.message ?? FAILED };
    return { ok: true, account: answer.account ?? null };
  } catch {
    return { ok: false, message: FAILED };
  }
}
