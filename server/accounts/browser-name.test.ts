import { expect, test } from 'vitest';
import { browserName } from './browser-name.ts';

test('a browser is called as its owner calls it, those that name others first', () => {
  const names = [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0',
    'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0 Mobile/15E148 Safari/604.1',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15',
    'Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0 Mobile Safari/537.36',
  ].map(browserName);
  expect(names).toEqual([
    ...['Edge on Windows', 'Firefox on Linux', 'Chrome on iPhone', 'Safari on macOS'],
    'Samsung Internet on Android',
  ]);
  expect([null, '', 'curl/8.5.0', 'Windows'].map(browserName)).toEqual([
    ...['A browser', 'A browser', 'A browser', 'A browser on Windows'],
  ]);
});
