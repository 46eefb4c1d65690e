/**
 * A stand-in for a Kafka broker where none is given: one node that speaks Kafka's own protocol over TCP, so that Kafka
 * clients connect unchanged. Topics with partitions, record batches as they came (compressed or not), idempotent producers,
 * long polling, consumer groups with rebalance and committed offsets; all in memory, within bounds. Not here: replication,
 * transactions, compaction, SASL, TLS. Versions are those of Apache Kafka 4.1; `stand-in-kafka-requests.ts` has the table.
 */
import {createServer, type Socket} from 'node:net';
import type {Broker} from './stand-in-kafka-api.ts';
import {ReceivedBytes, serveConnection} from './stand-in-kafka-connection.ts';
import {Groups} from './stand-in-kafka-groups.ts';
import {Topics} from './stand-in-kafka-topics.ts';

const host = '127.0.0.1';
const maximumRecordBytes = 64 * 1024 * 1024;
const maximumConnections = 256;

/** Listens on loopback; `close` ends every connection. */
export async function startKafkaStandIn(port = 0): Promise<{brokers: string; close(): Promise<void>}> {
  const sockets = new Set<Socket>();
  const received = new ReceivedBytes();
  const server = createServer();
  server.maxConnections = maximumConnections;
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('BUG: a TCP server without a port');
  let producers = 0n;
  const broker: Broker = {
    host,
    port: address.port,
    topics: new Topics(maximumRecordBytes),
    groups: new Groups(),
    nextProducerId: () => producers++,
  };
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serveConnection(socket, broker, received);
  });
  return {
    brokers: `${host}:${address.port}`,
    close: () => {
      broker.groups.close();
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
