import type {TenantId} from '../base/index.ts';

export type Metadata = ReadonlyMap<string, readonly string[]>;

/** What travels beside a batch through the pipeline. */
export interface ConsumeContext {
  readonly tenant: TenantId;
  /** The sender's headers (lower-case names), where the receiver's `include_metadata` asks for them. */
  readonly metadata?: Metadata;
}

/**
 * Takes a batch for good: it is the callee's from here on, to edit or to keep. Resolves when the batch is safe (stored, or
 * handed to whoever is responsible for it), and only then may a receiver acknowledge it to its sender.
 *
 * Rejects with `RetryableError` when the same batch may be taken later, with `PermanentError` when it never will; either way
 * nothing of it was kept.
 */
export type Consumer<T> = (batch: T, context: ConsumeContext) => Promise<void>;
