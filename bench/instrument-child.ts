/**
 * One measurement of bench/instrument.ts in a process of its own: `node instrument-child.ts CASE`. Prints the CPU time of
 * one operation in microseconds (user and system; garbage collection, compiler and export included) and how many spans
 * were dropped. Each case runs until the compiler has settled before it is measured: an application runs for days.
 */
import {AsyncLocalStorage} from 'node:async_hooks';
import {once} from 'node:events';
import http from 'node:http';
import type {AddressInfo} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
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

/** The least that a tracer of this API needs: an active context of Node's, an id, two readings of the clock, a record. */
function leastSpan(): (run: () => unknown, settle: boolean) => unknown {
  const storage = new AsyncLocalStorage<object>();
  let records: object[] = [];
  return (run, settle) => {
    const record = {name: 'work', id: Math.random(), start: performance.now(), end: 0};
    const end = <T>(value: T): T => {
      record.end = performance.now();
      if (records.push(record) === 512) records = [];
      return value;
    };
    const result = storage.run(record, run);
    return settle ? (result as Promise<unknown>).then(end) : end(result);
  };
}
const least = leastSpan();

const cases: Readonly<Record<string, () => Case | Promise<Case>>> = {
  'sync span': () => ({
    warmup: 200,
    rounds: 200,
    batch: 500,
    run: traced ? (i) => tracer.startActiveSpan('work', (span) => end(span, work(i))) : work,
  }),
  'sync span, 4 attributes': () => ({
    warmup: 200,
    rounds: 200,
    batch: 500,
    run: traced
      ? (i) => tracer.startActiveSpan('work', {attributes: attributes(i)}, (span) => end(span, work(i)))
      : work,
  }),
  'async span': () => ({
    warmup: 200,
    rounds: 200,
    batch: 500,
    run: traced ? (i) => tracer.startActiveSpan('work', async (span) => end(span, await workLater(i))) : workLater,
  }),
  'floor: empty context': () => {
    const storage = new AsyncLocalStorage<object>();
    return {warmup: 200, rounds: 200, batch: 500, run: (i) => storage.run({}, work, i)};
  },
  'floor: sync span': () => ({warmup: 200, rounds: 200, batch: 500, run: (i) => least(() => work(i), false)}),
  'floor: async span': () => ({
    warmup: 200,
    rounds: 200,
    batch: 500,
    run: (i) => least(async () => await workLater(i), true),
  }),
  'HTTP hop': async () => ({warmup: 100, rounds: 100, batch: 200, run: await httpHop()}),
  'Kafka hop': async () => ({warmup: 10, rounds: 15, batch: 100, run: await kafkaHop(false)}),
  'Kafka hop, batched': async () => ({warmup: 20, rounds: 40, batch: 500, run: await kafkaHop(true)}),
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

type Counts = {
  counts(): {readonly spans: {readonly queueFull: number; readonly bytesFull: number; readonly gaveUp: number}};
};

/** Spans that @weft/instrument dropped. (The SDK does not say.) */
function dropped(): number {
  const running = (globalThis as Record<symbol, Counts | undefined>)[Symbol.for('weft.instrument.running')];
  const {queueFull = 0, bytesFull = 0, gaveUp = 0} = running?.counts().spans ?? {};
  return queueFull + bytesFull + gaveUp;
}

async function measure({warmup, rounds, batch, run}: Case): Promise<number> {
  const round = async (from: number): Promise<void> => {
    for (let index = from; index < from + batch; index++) {
      const result = run(index);
      if (result instanceof Promise) await result;
    }
    await sleep(2); // Time to export, so that nothing is dropped: what is dropped costs less.
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
  const micros = await measure(await cases[name]!());
  process.stdout.write(`${JSON.stringify({micros, dropped: dropped()})}\n`);
  process.exit(0);
}
