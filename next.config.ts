import type { NextConfig } from 'next';
import { headersFor } from './server/page-headers.ts';

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
