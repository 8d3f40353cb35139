/** What the coordinator writes down: pino's methods, or nothing in a test. */
import type { Logger } from 'pino';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
