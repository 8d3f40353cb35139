/** What a page draws over each panel by the panel's own projection; the charts do not know what it is. */
import { createContext, type ReactNode } from 'react';
import type { Projection } from './projection.ts';

export type PanelOverlay = (panel: string, at: Projection) => ReactNode;

/** Keep it the same function: another one draws every chart anew. */
export const PanelOverlayContext = createContext<PanelOverlay | null>(null);
