/** A whole Collector configuration as teams have it: what Weft takes of it, and how exactly it names the rest. */
import {expect, it} from 'vitest';
import {formatFault} from '../config/index.ts';
import {loadConfig} from '../pipeline/index.ts';
import {registry} from './registry.ts';

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

/** The parts that may be missing, where they stand. */
const parts = [
  ['processors', 'probabilistic_sampler', '16:3'],
  ['processors', 'resourcedetection', '19:3'],
  ['processors', 'attributes', '22:3'],
  ['exporters', 'jaeger', '29:3'],
  ['exporters', 'prometheus', '34:3'],
] as const;

it('configuration of the seeds: names each part that is missing, where it is, and nothing else', async () => {
  const loaded = await loadConfig({registry, configs: [`config.yaml`], env: {}, readFile: () => typical});
  expect(loaded.kind === 'faulty' ? loaded.faults.map(formatFault) : []).toEqual(
    parts
      .filter(([kind, type]) => !Object.hasOwn(registry[kind], type))
      .map(([kind, type, at]) => {
        const present = Object.keys(registry[kind]).map((each) => `\`${each}\``);
        const unknown = `unknown ${kind.slice(0, -1)} \`${type}\``;
        return `config.yaml:${at}: ${unknown}: Weft does not have it; the ${kind} are ${present.join(', ')}`;
      }),
  );
  expect(loaded.warnings.map(formatFault)).toEqual(
    expect.arrayContaining([
      'config.yaml:5:19: `endpoint`: listens on every address of this machine, beyond loopback: others on the network can reach it',
      'config.yaml:7:19: `endpoint`: listens on every address of this machine, beyond loopback: others on the network can reach it',
      'config.yaml:12:5: `timeout` counts as 1s: senders wait until their data is safe',
    ]),
  );
});
