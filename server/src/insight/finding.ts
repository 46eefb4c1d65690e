/** What the explanation of a trace is made of. */
import type {ErrorKind} from './error-kind.ts';
import type {WorkKind} from './work.ts';

/** One table of what can be found; the texts of each language have an entry for each. */
export const findingKinds = [
  /** An error that reached the caller. */
  'error',
  /** An error that a later attempt made good. */
  'healed_error',
  /** An error that went no further, without another attempt. */
  'handled_error',
  /** The pauses between attempts. */
  'retry_backoff',
  'pool_wait',
  'lock_wait',
  'queue_wait',
  'network_time',
  'cold_start',
  'slow_statement',
  /** A call to what sends no spans. */
  'slow_call',
  /** Time in which a service did something that no span tells of. */
  'unexplained_time',
  'slow_consumer',
  /** A step that takes longer than in other traces of the same operation. */
  'slower_than_usual',
  /** The same statement again and again: N+1. */
  'repeated_statement',
  /** The same call to another service again and again. */
  'chatty_edge',
  /** Equal calls one after the other. */
  'serial_calls',
  'lost_context',
  'sensitive_data',
  'unbounded_name',
  'low_sampling',
] as const;
export type FindingKind = (typeof findingKinds)[number];

export interface Finding {
  readonly kind: FindingKind;
  /** A `problem` made this request slow or fail; a `notice` is worth mending, and is not why. */
  readonly severity: 'problem' | 'notice';
  /** 0 to 1. */
  readonly confidence: number;
  /** The share of the trace's duration that it explains, 0 to 1; of an error that reached the caller 1. */
  readonly impact: number;
  /** Indexes of spans, the most telling first. */
  readonly spans: readonly number[];
  readonly figures: Figures;
  readonly facts: Facts;
}

/** What is not known is absent. Times in nanoseconds. */
export interface Figures {
  /** On the critical path where the finding is of time. */
  readonly nanos?: number;
  readonly longestNanos?: number;
  readonly count?: number;
  /** Of attempts, those that failed. */
  readonly failed?: number;
  /** Services that an error passed on its way up, its own included. */
  readonly layers?: number;
  readonly lag?: number;
  readonly ageNanos?: number;
  readonly probability?: number;
  /** The mean over typical traces, and how many traces it is known of. */
  readonly usualNanos?: number;
  readonly traces?: number;
}

export interface Facts {
  readonly error?: ErrorKind;
  readonly service?: string;
  readonly operation?: string;
  readonly version?: string;
  /** Of an exception, or the status. */
  readonly type?: string;
  readonly message?: string;
  readonly stack?: string;
  readonly statement?: string;
  /** What was called: a host, a service, a queue. */
  readonly peer?: string;
  /** Services from where the error was born up to the root. */
  readonly way?: readonly string[];
  /** What the caller was waiting for when it gave up. */
  readonly waitedFor?: string;
  readonly callers?: readonly string[];
  readonly keys?: readonly string[];
  readonly name?: string;
  readonly work?: WorkKind;
  /** Of a slow statement: it changes rows, so that it may have waited for a lock. */
  readonly writes?: boolean;
}
