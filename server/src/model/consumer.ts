import type {TenantId} from '../base/index.ts';
import type {Lent} from './lent.ts';
import type {LogBatch} from './log-batch.ts';
import type {MetricBatch} from './metric-batch.ts';
import type {SpanBatch} from './span-batch.ts';

/** A batch of any signal; `signal` tells which. */
export type AnyBatch = SpanBatch | LogBatch | MetricBatch;

/** The batch of a signal; of several signals, the union of theirs. */
export type BatchOf<S extends AnyBatch['signal']> = Extract<AnyBatch, {readonly signal: S}>;

export type Metadata = ReadonlyMap<string, readonly string[]>;

/** What an authenticator found out about a sender: `username` and `raw` of basicauth. */
export type AuthData = ReadonlyMap<string, string>;

export interface Client {
  /** Without the port; undefined where the connection has no address, or is gone. */
  readonly address: string | undefined;
  readonly auth: AuthData | undefined;
}

/** Travels beside a batch through the pipeline. */
export interface ConsumeContext {
  readonly tenant: TenantId;
  /** The sender's headers (lower-case names), where the receiver's `include_metadata` asks for them. */
  readonly metadata?: Metadata;
  /** Who sent it, where that came over a connection and the batch is one sender's. */
  readonly client?: Client;
  /**
   * Hears of items that were left out although the batch is acknowledged, and why, in words for the sender: OTLP's partial
   * success. A processor that merges the batches of several senders has none to tell.
   */
  readonly onLeftOut?: (items: number, reason: string) => void;
}

/**
 * The next station of a batch. `consume` resolves when the batch is safe (stored, or handed to whoever is responsible for it),
 * and only then may a receiver acknowledge it to its sender. It rejects with `RetryableError` when the same batch may be taken
 * later, with `PermanentError` when it never will; either way nothing of it was kept.
 *
 * `access` decides who owns the batch. Passing one's own batch fits both kinds; passing a lent one fits readers only, and the
 * compiler says so.
 */
export type Consumer = Reader | Taker;

/** Reads the batch, which is its owner's again once the promise has settled. */
export interface Reader {
  readonly access: 'reads';
  readonly consume: (batch: Lent<AnyBatch>, context: ConsumeContext) => Promise<void>;
}

/** Takes the batch: it is the callee's own from the call on, whatever becomes of the promise. */
export interface Taker {
  readonly access: 'takes';
  readonly consume: (batch: AnyBatch, context: ConsumeContext) => Promise<void>;
}
