/**
 * This browser's identity: 256 random bits, made once and kept in localStorage. Safety: the key is
 * the only proof of who owns an investigation or a claim, so it leaves this browser in the socket's
 * handshake, and in the body of what asks about one's account, and by no other way: never in an
 * address, another message, a log or an export. The coordinator stores its hash.
 */
const NAME = 'manyhands.deviceKey';
const KEY = /^[0-9a-f]{64}$/;

/** Where localStorage is refused (some private windows), the key lives as long as the page. */
let unsaved: string | null = null;

/** The key of this browser, 64 hex digits; made on the first call. */
export function deviceKey(): string {
  try {
    const kept = localStorage.getItem(NAME);
    if (kept !== null && KEY.test(kept)) return kept;
    const made = unsaved ?? randomKey();
    localStorage.setItem(NAME, made);
    return made;
  } catch {
    unsaved ??= randomKey();
    return unsaved;
  }
}

function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}
