import {expect, it} from 'vitest';
import {utf8Bytes} from '../base/index.ts';
import {emptyMap, parseYaml} from '../config/index.ts';
import {contextOf, recordingLog, testSettings} from '../pipeline/testing.ts';
import {otlp} from '../wire/index.ts';
import {debugExporter, loggingExporter} from './exporter-debug.ts';

const quiet = {fault() {}, warn() {}, listens() {}, refers() {}};
const span = {
  traceId: 'a1'.repeat(16),
  spanId: 'b2'.repeat(8),
  name: 'checkout',
  attributes: [{key: 'size', value: {intValue: 3}}],
};
const traces = {resourceSpans: [{scopeSpans: [{spans: [span, {...span, name: 'pay'}]}]}]};
const logs = {
  resourceLogs: [{scopeLogs: [{logRecords: [{severityText: 'WARN', timeUnixNano: '1', body: {stringValue: 'slow'}}]}]}],
};
const metrics = {
  resourceMetrics: [
    {scopeMetrics: [{metrics: [{name: 'orders', gauge: {dataPoints: [{asInt: 1, timeUnixNano: '1'}]}}]}]},
  ],
};

/** The lines that an exporter with these settings writes of a batch of each signal. */
async function written(
  yaml: string,
  factory: typeof debugExporter | typeof loggingExporter = debugExporter,
  times = 1,
): Promise<string[]> {
  const log = recordingLog();
  const node = parseYaml('', yaml, quiet) ?? emptyMap({source: '', line: 0, column: 0});
  const {consumer} = factory.create(testSettings({log}), factory.config.read(node, quiet) as never);
  const bytes = (value: object): Uint8Array => utf8Bytes(JSON.stringify(value));
  for (let i = 0; i < times; i++) await consumer.consume(otlp.traces.decodeJson(bytes(traces)).batch, contextOf());
  await consumer.consume(otlp.logs.decodeJson(bytes(logs)).batch, contextOf());
  await consumer.consume(otlp.metrics.decodeJson(bytes(metrics)).batch, contextOf());
  return log.lines.map((line) => line.message);
}

it('debug exporter: counts', async () => {
  expect(await written('{}')).toEqual(['traces', 'logs', 'metrics']);
});

const normal = [
  `traces\ncheckout ${span.traceId} ${span.spanId} size=3\npay ${span.traceId} ${span.spanId} size=3`,
  'logs\nWARN slow',
  'metrics\norders',
];
it('debug exporter: writes a line for each item', async () => {
  expect(await written('{verbosity: normal}')).toEqual(normal);
});

it('debug exporter: understands the old name and its level', async () => {
  expect(await written('{loglevel: info}', loggingExporter)).toEqual(normal);
});

it('debug exporter: writes everything', async () => {
  const [text] = await written('{verbosity: detailed}');
  expect(JSON.parse((text as string).slice('traces\n'.length))).toMatchObject({
    resourceSpans: [{scopeSpans: [{spans: [{name: 'checkout'}, {name: 'pay'}]}]}],
  });
});

it('debug exporter: leaves out what is too much', async () => {
  const lines = await written('{sampling_initial: 2, sampling_thereafter: 3}', debugExporter, 10);
  expect(lines.filter((line) => line === 'traces').length).toBe(4);
});
