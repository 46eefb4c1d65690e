import type {TenantId} from '../base/index.ts';

/** Encodes batches of one signal into Native blocks of one table. It copies what it needs: the batch is the caller's again. */
export interface BlockWriter<B> {
  readonly table: string;
  /** In the block so far. */
  readonly rows: number;
  append(batch: B, tenant: TenantId): void;
  /** The block of everything appended since the last call; the writer is empty afterwards. */
  finish(): Uint8Array;
}
