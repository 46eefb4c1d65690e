/** A whole Collector configuration as teams have it, of the time of exporters that the Collector no longer has. */
import {expect, it} from 'vitest';
import {formatFault} from '../config/index.ts';
import {loadConfig} from '../pipeline/index.ts';
import {spansNamed} from '../pipeline/testing.ts';
import {otlp} from '../wire/index.ts';
import {registry} from './registry.ts';
import {startTestCollector} from './testing.ts';

const typical = `receivers:
  otlp:
    protocols:
      grpc:
        endpoint: 0.0.0.0:4317
      http:
        endpoint: 0.0.0.0:4318

processors:
  # Batches
  batch:
    timeout: 10s
    send_batch_size: 1024

  # 10 % in production
  probabilistic_sampler:
    sampling_percentage: 10

  resourcedetection:
    detectors: [env, system, docker]

  attributes:
    actions:
      - key: environment
        value: production
        action: upsert

exporters:
  jaeger:
    endpoint: jaeger:14250
    tls:
      insecure: true

  prometheus:
    endpoint: 0.0.0.0:8889

  logging:
    loglevel: info

service:
  pipelines:
    traces:
      receivers: [otlp]
      processors: [batch, resourcedetection, attributes, probabilistic_sampler]
      exporters: [jaeger, logging]

    metrics:
      receivers: [otlp]
      processors: [batch]
      exporters: [prometheus]
`;

it('configuration of the seeds: loads as it is, and says which exporters the Collector no longer has', async () => {
  const loaded = await loadConfig({registry, configs: [`config.yaml`], env: {}, readFile: () => typical});
  expect(loaded.kind === 'faulty' ? loaded.faults.map(formatFault) : []).toEqual([]);
  const open = 'listens on every address of this machine, beyond loopback: others on the network can reach it';
  expect(loaded.warnings.map(formatFault)).toEqual([
    `config.yaml:5:19: \`endpoint\`: ${open}`,
    `config.yaml:7:19: \`endpoint\`: ${open}`,
    'config.yaml:12:5: `timeout` counts as 1s: senders wait until their data is safe',
    'config.yaml:29:3: `jaeger` works here and is gone from the OpenTelemetry Collector; its successor is `otlp_grpc`, which Jaeger takes on port 4317',
    `config.yaml:35:15: \`endpoint\`: ${open}`,
    'config.yaml:37:3: `logging` works here and is gone from the OpenTelemetry Collector; its successor is `debug`',
  ]);
});

it('configuration of the seeds: runs as it is, on free ports', async () => {
  await using collector = await startTestCollector({yaml: typical});
  const answer = await fetch(`http://${collector.endpoints.otlp_http}/v1/traces`, {
    method: 'POST',
    headers: {'content-type': 'application/x-protobuf'},
    body: new Uint8Array(otlp.traces.encodeProto(spansNamed(...Array.from({length: 200}, (_, i) => `${i}`)))),
  });
  expect(answer.status).toBe(200);
  expect(Object.keys(collector.endpoints).toSorted()).toEqual(['otlp_grpc', 'otlp_http', 'prometheus_http']);
  const taken = collector.count('otelcol_processor_incoming_items', {processor: 'batch', otel_signal: 'traces'});
  expect(taken).toBe(200);
});
