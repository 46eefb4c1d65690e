import type {TenantId} from '../base/index.ts';
import type {Batch, Lent} from '../model/index.ts';

/** One ClickHouse Native block for one table. */
export interface Block {
  readonly table: string;
  readonly bytes: Uint8Array;
  readonly rows: number;
}

/** Encodes batches of one signal into Native blocks. It copies what it needs: the batch is the caller's again. */
export interface BlockWriter<B extends Batch> {
  /** Items in the blocks so far. */
  readonly rows: number;
  /** `places` says for each row whether it is a stray, as `placement.ts` has it; without it none is. */
  append(batch: Lent<B>, tenant: TenantId, places?: Uint8Array): void;
  /** The blocks of everything appended since the last call, in the order in which to store them; the writer is empty afterwards. */
  finish(): FinishedBlocks;
}

export interface FinishedBlocks {
  readonly blocks: readonly Block[];
  /** Called when the blocks could not be stored. */
  readonly failed?: () => void;
}
