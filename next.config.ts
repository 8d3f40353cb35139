import type { NextConfig } from 'next';

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
const headersFor = (framedBy: string) => [
  { key: 'Content-Security-Policy', value: contentSecurityPolicy(framedBy) },
  { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
  { key: 'Cross-Origin-Embedder-Policy', value: 'require-corp' },
  { key: 'X-Content-Type-Options', value: 'nosniff' },
  { key: 'Referrer-Policy', value: 'same-origin' },
];

const config: NextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  // `npm test` checks the types of everything; checking them again would slow every first start.
  typescript: { ignoreBuildErrors: true },
  headers: async () => [
    {
      // Names of data files contain their digest: what was loaded once never changes.
      source: '/data/:path*',
      headers: [{ key: 'Cache-Control', value: 'public, max-age=31536000, immutable' }],
    },
    { source: '/((?!embed/).*)', headers: headersFor("'self'") },
    {
      // Made to stand on other sites, those that isolate themselves included.
      source: '/embed/:path*',
      headers: [...headersFor('*'), { key: 'Cross-Origin-Resource-Policy', value: 'cross-origin' }],
    },
  ],
};

export default config;
