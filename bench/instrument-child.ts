/**
 * One measurement of bench/instrument.ts in a process of its own: `node instrument-child.ts CASE`. Prints the CPU time of
 * one operation in microseconds (user and system, garbage collection and export included).
 */
import {once} from 'node:events';
import http from 'node:http';
import type {AddressInfo} from 'node:net';
import {setImmediate as breathe, setTimeout as sleep} from 'node:timers/promises';
import {type Span, trace} from '@opentelemetry/api';

type Case = {
  readonly warmup: number;
  readonly rounds: number;
  readonly batch: number;
  readonly run: (index: number) => unknown;
};

const tracer = trace.getTracer('bench');
const attributes = (index: number) => ({
  'order.id': `ORD-${index}`,
  'order.items': 3,
  'tenant.id': 'acme',
  priority: 'high',
});
const end = (span: Span, value: number): number => {
  span.end();
  return value;
};
const traced = process.env.BENCH_VARIANT !== 'none';
const work = (index: number): number => index * 2;
const workLater = async (index: number): Promise<number> => index * 2;

async function httpHop(): Promise<(index: number) => Promise<void>> {
  const server = http.createServer((_request, response) => void response.end('ok'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  const agent = new http.Agent({keepAlive: true, maxSockets: 1});
  const {port} = server.address() as AddressInfo;
  return (index) =>
    new Promise((resolve, reject) => {
      const request = http.request({host: '127.0.0.1', port, agent, path: `/orders/${index % 100}`}, (response) => {
        response.on('data', () => {});
        response.on('end', resolve);
      });
      request.on('error', reject);
      request.end();
    });
}

/** One message from `send` to its handler; sent a hundred at a time when `batched`. */
async function kafkaHop(batched: boolean): Promise<(index: number) => Promise<void>> {
  const {Kafka, logLevel} = await import('kafkajs');
  const kafka = new Kafka({brokers: [process.env.BENCH_KAFKA ?? ''], logLevel: logLevel.NOTHING});
  const topic = `bench-${process.pid}`;
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({topics: [{topic}]});
  await admin.disconnect();
  const [producer, consumer] = [kafka.producer(), kafka.consumer({groupId: topic})];
  await Promise.all([producer.connect(), consumer.connect()]);
  await consumer.subscribe({topic, fromBeginning: true});
  let handled = 0;
  const count = async (messages: number): Promise<void> => {
    handled += messages;
  };
  await consumer.run(batched ? {eachBatch: ({batch}) => count(batch.messages.length)} : {eachMessage: () => count(1)});
  let sent = 0;
  const size = batched ? 100 : 1;
  return async (index) => {
    if (index % size !== 0) return;
    sent += size;
    await producer.send({topic, messages: Array.from({length: size}, () => ({value: 'message'}))});
    while (handled < sent) await sleep(1);
  };
}

const cases: Readonly<Record<string, () => Case | Promise<Case>>> = {
  'sync span': () => ({
    warmup: 40,
    rounds: 200,
    batch: 500,
    run: traced ? (i) => tracer.startActiveSpan('work', (span) => end(span, work(i))) : work,
  }),
  'sync span, 4 attributes': () => ({
    warmup: 40,
    rounds: 200,
    batch: 500,
    run: traced
      ? (i) => tracer.startActiveSpan('work', {attributes: attributes(i)}, (span) => end(span, work(i)))
      : work,
  }),
  'async span': () => ({
    warmup: 40,
    rounds: 200,
    batch: 500,
    run: traced ? (i) => tracer.startActiveSpan('work', async (span) => end(span, await workLater(i))) : workLater,
  }),
  'HTTP hop': async () => ({warmup: 10, rounds: 60, batch: 200, run: await httpHop()}),
  'Kafka hop': async () => ({warmup: 2, rounds: 8, batch: 100, run: await kafkaHop(false)}),
  'Kafka hop, batched': async () => ({warmup: 2, rounds: 20, batch: 500, run: await kafkaHop(true)}),
};

/** Serves HTTP until told to stop; prints the share of one core it used meanwhile. */
async function serve(): Promise<void> {
  const server = http.createServer((_request, response) => void response.end('ok'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.stdout.write(`port ${(server.address() as AddressInfo).port}\n`);
  let [started, from] = [performance.now(), process.cpuUsage()];
  process.on('SIGUSR2', () => {
    [started, from] = [performance.now(), process.cpuUsage()]; // The warm-up is over.
  });
  process.once('SIGTERM', () => {
    const {user, system} = process.cpuUsage(from);
    process.stdout.write(`${JSON.stringify((user + system) / 10 / (performance.now() - started))}\n`);
    process.exit(0);
  });
}

async function measure({warmup, rounds, batch, run}: Case): Promise<number> {
  const round = async (from: number): Promise<void> => {
    for (let index = from; index < from + batch; index++) {
      const result = run(index);
      if (result instanceof Promise) await result;
    }
    await breathe();
  };
  for (let index = 0; index < warmup; index++) await round(index * batch);
  const from = process.cpuUsage();
  for (let index = 0; index < rounds; index++) await round(index * batch);
  const {user, system} = process.cpuUsage(from);
  return (user + system) / rounds / batch;
}

const name = process.argv[2] ?? '';
if (name === 'serve') await serve();
else {
  process.stdout.write(`${JSON.stringify(await measure(await cases[name]!()))}\n`);
  process.exit(0);
}
