/** What the coordinator counts, for /api/health: refusals by event and reason, connections, results. */
export interface Counters {
  readonly refused: Record<string, Record<string, number>>;
  connections: number;
  accepted: number;
  failures: number;
}

export const newCounters = (): Counters => ({
  refused: {},
  connections: 0,
  accepted: 0,
  failures: 0,
});

export function countRefusal(counters: Counters, event: string, reason: string): void {
  const byReason = counters.refused[event] ?? {};
  counters.refused[event] = byReason;
  byReason[reason] = (byReason[reason] ?? 0) + 1;
}
