/** The frame of every page: fonts of our own, the name, the way home, whether we are connected. */
import '@fontsource-variable/inter/index.css';
import '@fontsource-variable/inter/wght-italic.css';
import './globals.css';
import type { Metadata, Viewport } from 'next';
import type { ReactNode } from 'react';
import { ConnectionBanner } from './ui/connection-banner.tsx';
import { SiteChrome } from './ui/site-chrome.tsx';
import { SiteHeader } from './ui/site-header.tsx';

export const metadata: Metadata = {
  title: { default: 'Manyhands', template: '%s · Manyhands' },
  description:
    'Test the laws of deep learning together: the browsers in the room train the networks, and theory is drawn against experiment as the runs arrive.',
  applicationName: 'Manyhands',
};

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#faf9f6' },
    { media: '(prefers-color-scheme: dark)', color: '#101418' },
  ],
};

export default function RootLayout({ children }: { readonly children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <SiteChrome>
          <a className="skip" href="#main">
            Skip to the content
          </a>
          <SiteHeader />
          <ConnectionBanner />
        </SiteChrome>
        <main id="main" tabIndex={-1} style={{ flex: 1, outline: 'none' }}>
          {children}
        </main>
      </body>
    </html>
  );
}
