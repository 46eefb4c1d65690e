/**
 * A stand-in for a Kafka broker where none is given: one node that speaks Kafka's own protocol over TCP, so that Kafka
 * clients connect unchanged. Topics with partitions, record batches with headers, long polling, consumer groups with
 * rebalance and committed offsets; all in memory. Not here: replication, transactions, compaction, SASL, TLS.
 * Message layouts: Apache Kafka protocol guide, see `stand-in-kafka-requests.ts`.
 */
import {createServer, type Socket} from 'node:net';
import type {ConsumerGroup} from './stand-in-kafka-group.ts';
import {TopicLogs} from './stand-in-kafka-log.ts';
import {apis, type Broker} from './stand-in-kafka-requests.ts';
import {KafkaReader} from './stand-in-kafka-wire.ts';

const bytesPerPartition = 16 * 1024 * 1024;

/** Answers one request frame (without its length); undefined where the protocol wants no answer. Throws on what it cannot read. */
async function answer(broker: Broker, frame: Buffer): Promise<Buffer | undefined> {
  const header = new KafkaReader(frame);
  const key = header.int16();
  const version = header.int16();
  const correlation = header.int32();
  const clientId = header.string();
  const api = apis.find((one) => one.key === key);
  if (api === undefined) throw new RangeError(`Kafka request ${key} is not served by the stand-in`);
  const reply = await api.answer(broker, {version, clientId, body: header});
  if (reply === undefined) return undefined;
  const body = reply.finish();
  const head = Buffer.allocUnsafe(8);
  head.writeInt32BE(body.length + 4, 0);
  head.writeInt32BE(correlation, 4);
  return Buffer.concat([head, body]);
}

function serve(socket: Socket, broker: Broker): void {
  let buffer: Buffer = Buffer.alloc(0);
  /** Answers leave in the order of their requests, as the protocol demands, so each waits for the one before. */
  let last: Promise<void> = Promise.resolve();
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk]);
    while (buffer.length >= 4 && buffer.length >= 4 + buffer.readInt32BE(0)) {
      const size = buffer.readInt32BE(0);
      const reply = answer(broker, buffer.subarray(4, 4 + size));
      buffer = buffer.subarray(4 + size);
      last = Promise.all([reply, last]).then(
        ([bytes]) => void (bytes !== undefined && socket.writable && socket.write(bytes)),
        () => void socket.destroy(),
      );
    }
  });
}

/** Listens on loopback; `close` ends every connection. */
export async function startKafkaStandIn(port = 0): Promise<{brokers: string; close(): Promise<void>}> {
  const sockets = new Set<Socket>();
  const groups = new Map<string, ConsumerGroup>();
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('BUG: a TCP server without a port');
  const broker: Broker = {port: address.port, topics: new TopicLogs(bytesPerPartition), groups, partitionsByDefault: 3};
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, broker);
  });
  return {
    brokers: `127.0.0.1:${address.port}`,
    close: () => {
      for (const one of groups.values()) one.close();
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
