/** Where the requests of a sending queue lie while they wait: in memory, or on disk too. */

import type {Storage} from './component.ts';
import {type QueuedRequest, readRequest, requestParts} from './exporter-request.ts';
import {type LogRecord, openQueueLog, type QueueLog} from './queue-log.ts';

/** A request that waits. */
export interface Stored {
  readonly items: number;
  /** Of its body, or of all that lies on disk of it. */
  readonly bytes: number;
  /** Undefined where the disk has lost it. */
  load(): Promise<QueuedRequest | undefined>;
  /** It has been dealt with. Resolves when a next process will know. */
  done(): Promise<void>;
}

export interface QueueStore {
  /** What is not done with is there for the next process. */
  readonly keeps: boolean;
  /** Of one that keeps. */
  readonly directory?: string;
  /** What an earlier process left, oldest first, once it is open. */
  open(): Promise<readonly Stored[]>;
  /** Resolves when the request is as safe as it is to be. */
  put(request: QueuedRequest): Promise<Stored>;
  close(): Promise<void>;
}

export const memoryStore: QueueStore = {
  keeps: false,
  open: async () => [],
  put: async (request) => ({
    items: request.items,
    bytes: request.body.length,
    load: async () => request,
    done: async () => {},
  }),
  close: async () => {},
};

/** Bodies that lie in memory beside the disk, so that a queue that keeps up never reads. */
const maxCachedBytes = 16 << 20;

/** `onDamage` is told how many bytes of earlier files are no requests. */
export function diskStore({directory, fsync}: Storage, onDamage: (bytes: number) => void): QueueStore {
  let log: QueueLog;
  let cachedBytes = 0;
  const stored = (record: LogRecord, request?: QueuedRequest): Stored => {
    let cached: QueuedRequest | undefined;
    if (request !== undefined && cachedBytes + record.bytes <= maxCachedBytes) {
      cached = request;
      cachedBytes += record.bytes;
    }
    return {
      items: record.items,
      bytes: record.bytes,
      async load() {
        if (cached !== undefined) return cached;
        const bytes = await log.read(record);
        return bytes && readRequest(bytes, record.items);
      },
      async done() {
        if (cached !== undefined) cachedBytes -= record.bytes;
        cached = undefined;
        await log.confirm(record);
      },
    };
  };
  return {
    keeps: true,
    directory,
    async open() {
      log = await openQueueLog({directory, fsync});
      if (log.damagedBytes > 0) onDamage(log.damagedBytes);
      return log.left.map((record) => stored(record));
    },
    put: async (request) => stored(await log.append(requestParts(request), request.items), request),
    close: () => log?.close(),
  };
}
