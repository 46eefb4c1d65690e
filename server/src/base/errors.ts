/**
 * The closed set of failures that cross a folder's border in the pipeline. A receiver maps them to its protocol's codes in
 * one table; everything else that is thrown is a defect of Weft and is reported as such.
 */

/** The same data may be accepted later: the sender should wait at least `retryAfterMs` and send it again. */
export class RetryableError extends Error {
  override readonly name = 'RetryableError';
  readonly retryAfterMs: number;
  /** A short stable word for counters, for example `spool_full`. */
  readonly reason: string;

  constructor(reason: string, message: string, retryAfterMs = 1000, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The data will never be accepted as it is; sending it again is useless. */
export class PermanentError extends Error {
  override readonly name: string = 'PermanentError';
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** The bytes are not what the protocol says they are. `offset` is where in the decompressed body, where known. */
export class MalformedError extends PermanentError {
  override readonly name = 'MalformedError';
  readonly offset: number | undefined;

  constructor(message: string, offset?: number, options?: ErrorOptions) {
    super('malformed', offset === undefined ? message : `${message} (at byte ${offset})`, options);
    this.offset = offset;
  }

  /** The same failure, told with where it is in the sender's own terms: `resourceSpans[0].scopeSpans: expected …`. */
  within(path: string): MalformedError {
    const error = new MalformedError(`${path}: ${this.message}`, undefined, {cause: this});
    return Object.assign(error, {offset: this.offset});
  }
}

/** A body, or what it decompresses to, exceeds `limitBytes`. */
export class TooLargeError extends PermanentError {
  override readonly name = 'TooLargeError';
  readonly limitBytes: number;

  constructor(message: string, limitBytes: number) {
    super('too_large', message);
    this.limitBytes = limitBytes;
  }
}

/**
 * A query that the store did not answer. `timeout`: it ran into its time limit; `too_large`: it needs more memory or rows
 * than a query may; `unavailable`: ClickHouse cannot be reached; `cancelled`: whoever asked went away.
 */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly reason: QueryErrorReason;
  /** What exactly, for those who say it in another language; the API's `failure-texts.ts` has the texts. */
  readonly told: QueryErrorDetail | undefined;

  constructor(reason: QueryErrorReason, message: string, options?: ErrorOptions & {told?: QueryErrorDetail}) {
    super(message, options);
    this.reason = reason;
    this.told = options?.told;
  }
}
export interface QueryErrorDetail {
  readonly reason: string;
  readonly values: Readonly<Record<string, string | number>>;
}
export type QueryErrorReason = 'timeout' | 'too_large' | 'unavailable' | 'cancelled';

/** A file or directory that the configuration names is not what it should be. */
export class FileError extends Error {
  override readonly name = 'FileError';
  /** As it is written. */
  readonly path: string;

  constructor(path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.path = path;
  }
}

/** For what cannot happen: reaching it is a defect of Weft, never of the input. */
export function bug(message: string): never {
  throw new Error(`BUG: ${message}`);
}

export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
