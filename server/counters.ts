/** Without a prototype: an event named `__proto__` must be a key like any other. */
const emptyRecord = <T>(): Record<string, T> => Object.create(null) as Record<string, T>;

/** What the coordinator counts, for /api/health: refusals by event and reason, connections, results. */
export interface Counters {
  readonly refused: Record<string, Record<string, number>>;
  connections: number;
  accepted: number;
  failures: number;
}

export const newCounters = (): Counters => ({
  refused: emptyRecord(),
  connections: 0,
  accepted: 0,
  failures: 0,
});

export function countRefusal(counters: Counters, event: string, reason: string): void {
  const byReason = counters.refused[event] ?? emptyRecord<number>();
  counters.refused[event] = byReason;
  byReason[reason] = (byReason[reason] ?? 0) + 1;
}
