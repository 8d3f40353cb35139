/** What people call a browser, from what it says of itself. A hint to tell one's own apart, nothing more. Pure. */

/** Of those that say they are several, the first here is meant. */
const BROWSERS = [
  ['Edge', /\bEdg(?:e|A|iOS)?\//],
  ['Opera', /\bOPR\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Chrome|CriOS|HeadlessChrome)\//],
  ['Safari', /\bSafari\//],
] as const;
const SYSTEMS = [
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Android', /\bAndroid\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMac OS X\b/],
  ['Linux', /\bLinux\b/],
] as const;

/** "Firefox on Windows"; "a browser" of one that says nothing that we know. */
export function browserName(userAgent: string | null): string {
  const find = (all: readonly (readonly [string, RegExp])[]) =>
    all.find(([, rule]) => rule.test(userAgent ?? ''))?.[0];
  const [browser, system] = [find(BROWSERS), find(SYSTEMS)];
  if (system === undefined) return browser ?? 'A browser';
  return `${browser ?? 'A browser'} on ${system}`;
}
