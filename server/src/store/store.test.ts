import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {MessageChannel} from 'node:worker_threads';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {createMeter, defaultTenant, silentLog, systemClock, utf8Bytes} from '../base/index.ts';
import {createEmbeddedEngine} from '../engine/index.ts';
import {Budget} from '../query/index.ts';
import {otlp} from '../wire/index.ts';
import {createReaders} from './reader.ts';
import {createStore, type Store} from './store.ts';

const directory = mkdtempSync(join(tmpdir(), 'weft-store-'));
let store: Store;
let readers: ReturnType<typeof createReaders>;
beforeAll(async () => {
  const engine = createEmbeddedEngine({directory: join(directory, 'clickhouse'), log: silentLog});
  store = createStore({
    engine,
    directory,
    spoolLimitBytes: 2 ** 30,
    retention: {traces: undefined, logs: undefined, metrics: undefined},
    clock: systemClock,
    meter: createMeter(),
    log: silentLog,
  });
  await store.start();
  await store.open();
  const {port1, port2} = new MessageChannel();
  store.tellNews(port1);
  readers = createReaders(engine.endpoint, engine.database, {changes: store.changes, news: port2});
});
afterAll(async () => {
  readers.close();
  await store.stop(0);
  rmSync(directory, {recursive: true, force: true});
});

const services = async (): Promise<string[]> => {
  const budget = new Budget(new AbortController().signal);
  return (await readers.services(defaultTenant, {budget})).map(({name, spans}) => `${name} ${spans}`);
};
const send = async (service: string): Promise<void> => {
  const attributes = [{key: 'service.name', value: {stringValue: service}}];
  const now = String(BigInt(Date.now()) * 1_000_000n);
  const span = {
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    name: 'x',
    startTimeUnixNano: now,
    endTimeUnixNano: now,
  };
  const sent = {resourceSpans: [{resource: {attributes}, scopeSpans: [{spans: [span]}]}]};
  await store.sink.consume(otlp.traces.decodeJson(utf8Bytes(JSON.stringify(sent))).batch, {tenant: defaultTenant});
};

test('store: services that were kept are read again after a flush, and by themselves once spans are in', async () => {
  expect(await services()).toEqual([]);
  await send('one');
  await store.flush(60_000);
  expect(await services()).toEqual(['one 1']);
  await send('two');
  await expect.poll(services).toEqual(['one 1', 'two 1']);
});
