/** What the graph counts of every component, by the names of the Collector's receiverhelper and processorhelper. */
import {setTimeout as sleep} from 'node:timers/promises';
import {expect, it} from 'vitest';
import {RetryableError} from '../base/index.ts';
import {startTestCollector, type TestCollector} from './testing.ts';
import {requestOf} from './testing-contract.ts';

async function send({endpoints}: TestCollector): Promise<void> {
  const headers = {'content-type': 'application/x-protobuf'};
  const body = new Uint8Array(requestOf('traces', ['a', 'b']));
  await (await fetch(`http://${endpoints.otlp_http}/v1/traces`, {method: 'POST', headers, body})).arrayBuffer();
}

const yaml = `
receivers: {otlp: {protocols: {http: }}}
processors: {resource: {attributes: [{key: a, value: b, action: insert}]}}
exporters: {weft: }
service: {pipelines: {traces: {receivers: [otlp], processors: [resource], exporters: [weft]}}}`;

it.each([
  ['refused', new RetryableError('full', 'later')],
  ['failed', new TypeError('a defect')],
])('receiver: spans are %s where the pipeline rejects them with %s', async (verb, error) => {
  await using collector = await startTestCollector({yaml, sink: {traces: () => Promise.reject(error)}});
  await send(collector);
  const counts = ['accepted', 'refused', 'failed'].map((each) => [
    each,
    collector.count(`otelcol_receiver_${each}_spans`, {receiver: 'otlp', transport: 'http'}),
  ]);
  expect(counts).toEqual([
    ['accepted', 0],
    ['refused', verb === 'refused' ? 2 : 0],
    ['failed', verb === 'failed' ? 2 : 0],
  ]);
});

it('processor: its own duration leaves out what comes behind it', async () => {
  await using collector = await startTestCollector({yaml, sink: {traces: () => sleep(30)}});
  await send(collector);
  const series = (name: string, label: string) => {
    const family = collector.meter.read().find((each) => each.name === name);
    if (family?.kind !== 'histogram') return undefined;
    return family.series.find(({labels}) => labels[label] === 'resource');
  };
  const own = series('otelcol_processor_internal_duration', 'processor');
  const whole = series('weft_component_duration_seconds', 'id');
  expect([own?.count, whole?.count]).toEqual([1, 1]);
  expect(own?.sum).toBeGreaterThan(0);
  expect((whole?.sum ?? 0) - (own?.sum ?? 0)).toBeGreaterThan(0.02);
});
