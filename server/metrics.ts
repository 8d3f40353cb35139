/**
 * Metrics for Prometheus, beside the process's own (memory, processor, event loop). What is counted
 * elsewhere is read when somebody asks. Labels are closed lists: no stranger can make a new series.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Counters } from './counters.ts';
import type { RequestName } from './protocol.ts';

export interface Metrics {
  readonly contentType: string;
  /** Prometheus' text. */
  text(): Promise<string>;
  /** A request was answered: `ok`, or the reason of its refusal. */
  answered(name: RequestName, outcome: string, seconds: number): void;
  /** Results that shared a transaction. */
  batch(results: number, seconds: number): void;
  /** A room was told of a result so long after it was accepted. */
  told(seconds: number): void;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** @param sockets how many are connected here */
export function createMetrics(counters: Counters, sockets: () => number): Metrics {
  const register = new Registry();
  const registers = [register];
  collectDefaultMetrics({ register });
  new Gauge({
    ...{ name: 'manyhands_sockets', help: 'Sockets connected to this coordinator', registers },
    collect() {
      this.set(sockets());
    },
  });
  const read = (name: string, help: string, value: () => number) =>
    new Counter({
      ...{ name, help, registers },
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  read('manyhands_connections_total', 'Sockets that connected', () => counters.connections);
  read('manyhands_results_accepted_total', 'Results accepted', () => counters.accepted);
  read('manyhands_failures_total', 'Requests that failed by our fault', () => counters.failures);
  new Counter({
    ...{ name: 'manyhands_refusals_total', help: 'Refusals', labelNames: ['event', 'reason'] },
    registers,
    collect() {
      this.reset();
      for (const [event, reasons] of Object.entries(counters.refused)) {
        for (const [reason, n] of Object.entries(reasons)) this.inc({ event, reason }, n);
      }
    },
  });
  const requests = new Histogram({
    ...{ name: 'manyhands_request_seconds', help: 'From message to answer', registers },
    ...{ labelNames: ['event', 'outcome'], buckets: SECONDS },
  });
  const batches = new Histogram({
    ...{ name: 'manyhands_results_batch', help: 'Results that shared a transaction', registers },
    buckets: [1, 2, 4, 8, 16, 32, 64],
  });
  const transactions = new Histogram({
    ...{ name: 'manyhands_results_transaction_seconds', help: 'Transaction of a batch', registers },
    buckets: SECONDS,
  });
  const deltas = new Histogram({
    ...{ name: 'manyhands_delta_seconds', help: 'From accepted to told to the room', registers },
    buckets: SECONDS,
  });
  return {
    contentType: register.contentType,
    text: () => register.metrics(),
    answered: (event, outcome, seconds) => requests.observe({ event, outcome }, seconds),
    batch(results, seconds) {
      batches.observe(results);
      transactions.observe(seconds);
    },
    told: (seconds) => deltas.observe(seconds),
  };
}
