/** Files of other programs given as a configuration: recognised, and what to write instead can be loaded. */
import {describe, expect, test} from 'vitest';
import {formatFault} from '../config/index.ts';
import {loadConfig} from '../pipeline/index.ts';
import {registry} from './registry.ts';

const load = (text: string, env: Readonly<Record<string, string>> = {}) =>
  loadConfig({registry, configs: ['given.yaml'], env, readFile: () => text});

async function faults(text: string): Promise<string[]> {
  const loaded = await load(text);
  return loaded.kind === 'faulty' ? loaded.faults.map(formatFault) : [];
}

/** From Tempo's documentation, example/docker-compose/shared/tempo.yaml. */
const tempo = `stream_over_http_enabled: true
server:
  http_listen_port: 3200
distributor:
  receivers:
    otlp:
      protocols:
        grpc:
          endpoint: "tempo:4317"
ingester:
  max_block_duration: 5m
compactor:
  compaction:
    block_retention: 1h
storage:
  trace:
    backend: local
`;

test('configuration: Tempo’s file is recognised, with what to write instead', async () => {
  expect(await faults(tempo)).toEqual([
    'given.yaml:4:1: this is Tempo\'s configuration (`distributor`, `ingester`, `compactor`): Weft is configured as the OpenTelemetry Collector is: move what stands under `distributor.receivers` to `receivers:`, write `weft: {retention: {traces: 14d}}` for `block_retention` and `weft: {http: {endpoint: "0.0.0.0:16686"}}` for `http_listen_port`, and leave the rest out; without `--config` Weft receives OTLP and stores it',
  ]);
});

test.each([
  ['Loki', 'schema_config: {configs: []}\ncompactor: {}'],
  ['Mimir', 'blocks_storage: {backend: s3}\ncompactor: {}\ningester: {}'],
  ['Prometheus', 'global: {scrape_interval: 15s}\nscrape_configs: []'],
])('configuration: %s’s file is recognised', async (name, text) => {
  expect(await faults(text)).toEqual([expect.stringContaining(`this is ${name}'s configuration`)]);
});

test('configuration: a file of Jaeger’s strategies is recognised', async () => {
  expect(await faults('{"default_strategy": {"type": "probabilistic", "param": 0.5}}')).toEqual([
    'given.yaml:1:2: these are Jaeger’s sampling strategies (`default_strategy`): name this file as `extensions: {remote_sampling: {file: {path: strategies.json}, http: }}` and run it with `service: {extensions: [remote_sampling]}`',
  ]);
});

describe('configuration: a client’s sampler is recognised', () => {
  test.each([
    ['{type: const, param: 1}', '{fixed: {probability: 1}, http: }'],
    ['{type: const, param: 0}', '{fixed: {probability: 0}, http: }'],
    ['{type: probabilistic, param: 0.1}', '{fixed: {probability: 0.1}, http: }'],
    ['{type: ratelimiting, param: 5}', '{mode: adaptive, adaptive: {service_samples_per_second: 5}, http: }'],
    ['{type: remote, param: 1}', '{http: }'],
    ['1', '{fixed: {probability: 1}, http: }'],
  ])('%s', async (sampler, settings) => {
    expect(await faults(`service_name: cart\nsampler: ${sampler}\nreporter: {}`)).toEqual([
      `given.yaml:2:1: \`sampler\` is a setting of a Jaeger client: write \`extensions: {remote_sampling: ${settings}}\`, and \`service: {extensions: [remote_sampling]}\`; clients ask for it with \`type: remote\``,
    ]);
    const instead = `receivers: {otlp: {protocols: {grpc: }}}\nexporters: {weft: }\nextensions: {remote_sampling: ${settings}}\nservice: {extensions: [remote_sampling], pipelines: {traces: {receivers: [otlp], exporters: [weft]}}}`;
    expect(await faults(instead)).toEqual([]);
  });
});

describe('configuration: Jaeger’s variables are recognised', () => {
  const said = (name: string, what: string): string =>
    `\`${name}\` is a variable of Jaeger's and has no effect: ${what}`;
  const badger = 'write `--data DIR`';
  const storage = 'Weft stores in its data directory (`--data DIR`), or in ClickHouse by `weft: {clickhouse: URL}`';

  test.each([
    'SPAN_STORAGE_TYPE=badger\nBADGER_DIRECTORY_VALUE=/badger\n',
    'SPAN_STORAGE_TYPE: badger\nBADGER_DIRECTORY_VALUE: /badger\n',
    '# of a pod\nexport SPAN_STORAGE_TYPE=badger\nexport BADGER_DIRECTORY_VALUE=/badger\n',
  ])('in a file: %j', async (text) => {
    expect((await faults(text)).map((line) => line.replace(/^given\.yaml:\d+:\d+: /, ''))).toEqual([
      said('SPAN_STORAGE_TYPE', storage),
      said('BADGER_DIRECTORY_VALUE', badger),
    ]);
  });

  test('in the environment, as warnings', async () => {
    const loaded = await load('weft: ', {SPAN_STORAGE_TYPE: 'badger', PATH: '/bin', JAEGER_SERVICE_HOST: '10.0.0.1'});
    expect(loaded.kind).toBe('ok');
    expect(loaded.warnings.map(formatFault)).toEqual([`environment: ${said('SPAN_STORAGE_TYPE', storage)}`]);
  });
});
