/** The records that are being folded, on disk before their senders are answered: after a crash they are folded again. */
import type {TenantId} from '../base/index.ts';
import type {ConsumeContext, LogBatch} from '../model/index.ts';
import {type LogRecord, openQueueLog, type QueueLog} from '../pipeline/index.ts';
import {otlp} from '../wire/index.ts';

export interface FoldingJournal {
  /** Resolves with the token to confirm once the records are safe. */
  write(batch: LogBatch, context: ConsumeContext): Promise<LogRecord | undefined>;
  /** What an earlier process had not handed on. */
  left(): AsyncIterable<{readonly batch: LogBatch; readonly context: ConsumeContext; readonly record: LogRecord}>;
  confirm(records: readonly LogRecord[]): Promise<void>;
  close(): Promise<void>;
}

/** Writes nothing: a crash then takes along what is being folded. What an earlier process left is read all the same. */
export async function openFoldingJournal(directory: string, isDurable: boolean): Promise<FoldingJournal> {
  const queue: QueueLog = await openQueueLog({directory, fsync: true});
  return {
    async write(batch, context) {
      if (!isDurable) return undefined;
      return queue.append([header(context), otlp.logs.encodeProto(batch as never)], batch.logs.count);
    },
    async *left() {
      for (const record of queue.left) {
        const bytes = await queue.read(record);
        const read = bytes && parse(bytes);
        if (read !== undefined) yield {...read, record};
        else await queue.confirm(record);
      }
    },
    confirm: async (records) => void (await Promise.all(records.map((record) => queue.confirm(record)))),
    close: () => queue.close(),
  };
}

/** The length of a JSON text, and the text: whose records they are. */
function header({tenant, metadata}: ConsumeContext): Uint8Array {
  const json = Buffer.from(JSON.stringify({tenant, metadata: metadata && [...metadata]}));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  return Buffer.concat([length, json]);
}

function parse(bytes: Uint8Array): {batch: LogBatch; context: ConsumeContext} | undefined {
  const length = Buffer.from(bytes.buffer, bytes.byteOffset, 4).readUInt32LE();
  const {tenant, metadata} = JSON.parse(Buffer.from(bytes.subarray(4, 4 + length)).toString()) as {
    tenant: TenantId;
    metadata?: [string, string[]][];
  };
  const {batch} = otlp.logs.decodeProto(bytes.slice(4 + length));
  return {batch, context: {tenant, ...(metadata !== undefined && {metadata: new Map(metadata)})}};
}
