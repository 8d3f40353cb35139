'use client';
/** The card of a run, fetched when the first is opened: few visitors open one. */
import dynamic from 'next/dynamic';

export const PointSheet = dynamic(() => import('./point-card.tsx').then((m) => m.PointSheet), {
  ssr: false,
});
