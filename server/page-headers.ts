/** Headers of every page and of every file that belongs to one. */

/**
 * Everything comes from this server. 'wasm-unsafe-eval' is TensorFlow.js's wasm backend, inline
 * scripts are Next's own hydration data.
 */
const contentSecurityPolicy = (framedBy: string) =>
  [
    "default-src 'self'",
    "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'",
    "worker-src 'self' blob:",
    "connect-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "object-src 'none'",
    "base-uri 'self'",
    `frame-ancestors ${framedBy}`,
  ].join('; ');

/** Cross-origin isolation keeps other origins out of the page's process. Threads do without: they
 * share no memory. */
export const headersFor = (framedBy: string) => [
  { key: 'Content-Security-Policy', value: contentSecurityPolicy(framedBy) },
  { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
  { key: 'Cross-Origin-Embedder-Policy', value: 'require-corp' },
  { key: 'X-Content-Type-Options', value: 'nosniff' },
  { key: 'Referrer-Policy', value: 'same-origin' },
];
