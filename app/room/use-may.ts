'use client';
/** What this page's person may do in the room: what the coordinator would refuse is not offered. */
import { createContext, useContext } from 'react';
import { type Act, mayAct, type Role } from '../../server/vocabulary.ts';

export const RoleContext = createContext<Role>('viewer');

export function useMay(act: Act): boolean {
  return mayAct(useContext(RoleContext), act);
}
