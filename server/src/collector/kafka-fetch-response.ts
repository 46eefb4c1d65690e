/**
 * Answers to fetch requests whose record batches stay packed: the client's own parser unpacks them at once, without a bound,
 * and one batch that cannot be read fails the whole answer.
 */
import {type Connection, type ConnectionPool, IS_CONTROL, type Reader, ResponseError} from '@platformatic/kafka';
import {type KafkaRecord, type PackedBatch, readBatches, unpackRecords} from './kafka-records.ts';

/** A batch as the client's filter of aborted transactions wants it: only marks of transactions have their records read. */
export type FetchedBatch = PackedBatch & {readonly records: readonly KafkaRecord[]};

export interface FetchedPartition {
  readonly partitionIndex: number;
  readonly errorCode: number;
  readonly highWatermark: bigint;
  readonly abortedTransactions: readonly {readonly producerId: bigint; readonly firstOffset: bigint}[] | null;
  readonly preferredReadReplica: number;
  readonly records: readonly FetchedBatch[] | null;
}

export interface FetchResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly sessionId: number;
  readonly responses: readonly {readonly topicId: string; readonly partitions: readonly FetchedPartition[]}[];
}

const fetchKey = 1;

/** The pool, whose connections read answers to fetch requests as above; for the client's `fetch` alone. */
export function packedFetches(pool: ConnectionPool): ConnectionPool {
  const wrapped = new WeakMap<Connection, Pick<Connection, 'send'>>();
  const wrap = (connection: Connection): Pick<Connection, 'send'> => {
    let known = wrapped.get(connection);
    if (known === undefined) {
      known = {
        send(key, version, create, parse, ...rest) {
          const parser = key === fetchKey ? (parseFetchResponse as unknown as typeof parse) : parse;
          connection.send(key, version, create, parser, ...rest);
        },
      };
      wrapped.set(connection, known);
    }
    return known;
  };
  const get = (
    broker: Parameters<ConnectionPool['get']>[0],
    callback: (error: Error | null, found?: unknown) => void,
  ) => pool.get(broker, (error, connection) => callback(error, connection && wrap(connection)));
  return {get} as unknown as ConnectionPool;
}

/** Versions 4 to 17 of the answer (Kafka's FetchResponse.json). */
function parseFetchResponse(_correlation: number, key: number, version: number, reader: Reader): FetchResponse {
  const isFlexible = version >= 12;
  const errors: Record<string, [number, null]> = {};
  const throttleTimeMs = reader.readInt32();
  const errorCode = version >= 7 ? reader.readInt16() : 0;
  if (errorCode !== 0) errors['/'] = [errorCode, null];
  const sessionId = version >= 7 ? reader.readInt32() : 0;
  const response = {
    throttleTimeMs,
    errorCode,
    sessionId,
    responses: reader.readArray(
      (_, i) => ({
        topicId: version >= 13 ? reader.readUUID() : reader.readString(isFlexible),
        partitions: reader.readArray(
          (_, j) => {
            const partition = parsePartition(reader, version, isFlexible);
            if (partition.errorCode !== 0) errors[`/responses/${i}/partitions/${j}`] = [partition.errorCode, null];
            return partition;
          },
          isFlexible,
          isFlexible,
        ),
      }),
      isFlexible,
      isFlexible,
    ),
  };
  if (Object.keys(errors).length > 0) throw new ResponseError(key, version, errors, response);
  return response;
}

function parsePartition(reader: Reader, version: number, isFlexible: boolean): FetchedPartition {
  const partitionIndex = reader.readInt32();
  const errorCode = reader.readInt16();
  const highWatermark = reader.readInt64();
  // The last stable offset, and where the log starts.
  reader.readInt64();
  if (version >= 5) reader.readInt64();
  return {
    partitionIndex,
    errorCode,
    highWatermark,
    abortedTransactions: reader.readNullableArray(
      () => ({producerId: reader.readInt64(), firstOffset: reader.readInt64()}),
      isFlexible,
      isFlexible,
    ),
    preferredReadReplica: version >= 11 ? reader.readInt32() : -1,
    records: recordsOf(reader.readNullableBytes(isFlexible)),
  };
}

const isControl = ({attributes}: PackedBatch): boolean => (attributes & IS_CONTROL) !== 0;
/** A mark has one record of a few bytes, whose key is a version and what it marks. */
const maxMarkBytes = 4096;
const markKeyBytes = 4;

function recordsOf(bytes: Uint8Array | null): FetchedBatch[] | null {
  if (bytes === null) return null;
  return readBatches(bytes).map((batch) => ({...batch, records: isControl(batch) ? markOf(batch) : []}));
}

/** A mark that is none gets a record without a key, and ends no transaction. */
function markOf(batch: PackedBatch): readonly KafkaRecord[] {
  try {
    const [first] = unpackRecords(batch, maxMarkBytes);
    if (first?.key !== undefined && (first.key?.length ?? 0) >= markKeyBytes)
      return [{...first, key: Buffer.from(first.key as Uint8Array)}];
  } catch {
    // As where it has no key.
  }
  return [{offsetDelta: 0, key: null, value: null, headers: [], cost: 0}];
}
