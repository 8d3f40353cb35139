'use client';
/** The connection's status, for React. */
import { useSyncExternalStore } from 'react';
import type { ConnectionStatus } from '../../client/client.ts';
import { getClient } from './client.ts';

const CONNECTING: ConnectionStatus = { kind: 'connecting' };

/** Whether this page is connected to the coordinator; `connecting` while rendering on the server. */
export function useConnection(): ConnectionStatus {
  return useSyncExternalStore(subscribe, current, () => CONNECTING);
}

function subscribe(fn: () => void): () => void {
  return getClient().onStatus(fn);
}

function current(): ConnectionStatus {
  return getClient().status();
}
