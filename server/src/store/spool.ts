/**
 * Durable, then acknowledged: blocks are on disk before `append` resolves, and in the engine exactly once some time later.
 */

export interface Spool {
  /**
   * Takes one ClickHouse Native block of `rows` rows for `table`, whose first bytes are its column and row counts. Resolves when it
   * would survive a power cut. Blocks of one table must name the same columns in the same order.
   * Rejects with `RetryableError` (`spool_full`, `spool_memory`, `disk_full`, `stopping`) where it cannot take more at the
   * moment: nothing of the block is kept then, and the sender should try again later. The bytes belong to the spool until the promise settles.
   */
  append(table: string, block: Uint8Array, rows: number): Promise<void>;
  /** Resolves when everything that was acknowledged before the call can be queried. */
  flush(): Promise<void>;
  readonly status: SpoolStatus;
  /** Replays what an earlier process left behind, in the background; appends are taken from now on. */
  start(): Promise<void>;
  /** Takes nothing more, gives the engine up to `graceMs` to take what is there, leaves the rest for the next start. Idempotent. */
  stop(graceMs?: number): Promise<void>;
}

export interface SpoolStatus {
  /** Acknowledged and not yet in the engine. */
  readonly bytes: number;
  readonly rows: number;
  readonly segments: number;
  /** Appended and not yet on disk. */
  readonly waitingBytes: number;
  /** Segments that the engine refused for good; they lie in `rejected/` with the error beside them. */
  readonly rejectedSegments: number;
  readonly rejectedRows: number;
  /** Of the last attempt to insert, while it has not been overcome. */
  readonly error: Error | undefined;
}
