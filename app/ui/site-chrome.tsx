'use client';
/** What stands above every page but those that other sites embed, which are all figure. */
import { usePathname } from 'next/navigation';
import type { ReactNode } from 'react';

export function SiteChrome({ children }: { readonly children: ReactNode }) {
  return usePathname().startsWith('/embed/') ? null : children;
}
