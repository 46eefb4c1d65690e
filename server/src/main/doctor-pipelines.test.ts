/** What doctor says of pipelines at work, from a running collector's own figures. */
import {expect, test} from 'vitest';
import type {PipelineResponse} from '../api/index.ts';
import {startTestCollector, type TestCollector} from '../collector/testing.ts';
import {spansNamed} from '../pipeline/testing.ts';
import {otlp} from '../wire/index.ts';
import {pipelineFindings, whyNotFound} from './doctor-pipelines.ts';

const configuration = {sources: [], loadedUnixNano: '0', warnings: [], atNextStart: []};
const viewOf = (collector: TestCollector): PipelineResponse => {
  collector.look();
  return {configuration, ...collector.view()};
};

async function send(collector: TestCollector, ...names: readonly string[]): Promise<void> {
  await fetch(`http://${collector.endpoints.otlp_http}/v1/traces`, {
    method: 'POST',
    headers: {'content-type': 'application/x-protobuf'},
    body: new Uint8Array(otlp.traces.encodeProto(spansNamed(...names))),
  });
}

const started = (more: string, pipelines: string) =>
  startTestCollector({
    yaml: `
receivers: {otlp: {protocols: {http: }}, otlp/idle: {protocols: {http: {endpoint: "127.0.0.1:4418"}}}}
exporters: {weft: , otlphttp/away: {endpoint: "http://127.0.0.1:1", sending_queue: {enabled: false}, retry_on_failure: {enabled: false}}}
${more}
service: {pipelines: {${pipelines}}}`,
  });

test('weft doctor: spans that arrive where no pipeline stores are told with their number, and where they go', async () => {
  await using collector = await started(
    '',
    'traces: {receivers: [otlp], exporters: [otlphttp/away]}, logs: {receivers: [otlp], exporters: [weft]}',
  );
  await send(collector, 'a', 'b');
  const view = viewOf(collector);
  expect(pipelineFindings(view)).toEqual([
    {
      kind: 'note',
      text: 'pipeline `traces` (otlp → otlphttp/away): spans arrive (2 spans in the last minute, 2 since the start), but it does not end in `weft`',
      fix: expect.stringContaining('add `weft` to `service.pipelines.traces.exporters`'),
    },
    {kind: 'good', text: 'pipeline `logs` (otlp → weft): nothing has come yet', fix: ''},
    {
      kind: 'note',
      text: 'exporter `otlphttp/away` lost 2 since the start (destination)',
      fix: expect.stringContaining('ECONNREFUSED'),
    },
  ]);
  expect(whyNotFound(view, collector.endpoints.otlp_http as string)?.text).toBe(
    'spans of the receiver `otlp` go through `traces` to otlphttp/away, and this pipeline does not end in `weft`',
  );
});

test('weft doctor: a span that the store never got is looked for on its way, connectors included', async () => {
  await using collector = await started(
    'processors: {filter: {traces: {span: ["true"]}}}\nconnectors: {forward: , spanmetrics: }',
    `traces: {receivers: [otlp], processors: [filter], exporters: [forward]}, traces/kept: {receivers: [forward], exporters: [weft]},
     traces/counted: {receivers: [otlp/idle], exporters: [spanmetrics]}, metrics: {receivers: [spanmetrics], exporters: [weft]}`,
  );
  await send(collector, 'a');
  const view = viewOf(collector);
  const findings = pipelineFindings(view);
  expect(findings.map(({kind, text}) => `${kind}: ${text}`)).toEqual([
    'good: pipeline `traces` (otlp → forward): 1 span in the last minute, 1 since the start',
    'good: pipeline `traces/kept` (forward → weft): nothing has come yet',
    'note: pipeline `traces/counted` (otlp/idle → spanmetrics): nothing has come yet',
    'good: pipeline `metrics` (spanmetrics → weft): nothing has come yet',
    'note: processor `filter` of `traces` lets nothing pass: it left out all of 1',
  ]);
  expect(whyNotFound(view, collector.endpoints.otlp_http as string)?.text).toBe(
    'a processor may have held it back: `filter` has handed on 0 of 1',
  );
  expect(whyNotFound(view, '127.0.0.1:1')).toBeUndefined();
});
