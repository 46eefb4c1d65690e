import {describe, expect, test} from 'vitest';
import {ConfigError} from './config.ts';
import {readConfig} from './config-read.ts';
import {isPreloaded} from './preloaded.ts';
import {containerId} from './resource.ts';

describe('readConfig', () => {
  test('options over environment over defaults', () => {
    const env = {
      OTEL_SERVICE_NAME: 'env',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://env:4318/',
      OTEL_PROPAGATORS: ' b3 , baggage ',
    };
    expect(readConfig({}, {})).toMatchObject({
      serviceName: undefined,
      targets: {
        traces: {protocol: 'http/protobuf', url: 'http://localhost:4318/v1/traces'},
        metrics: {url: 'http://localhost:4318/v1/metrics'},
      },
      propagators: ['tracecontext', 'baggage'],
      exporters: {traces: ['otlp'], logs: ['otlp'], metrics: ['otlp']},
    });
    expect(readConfig({}, env)).toMatchObject({
      serviceName: 'env',
      targets: {logs: {url: 'http://env:4318/v1/logs'}},
      propagators: ['b3', 'baggage'],
    });
    expect(readConfig({serviceName: 'code', endpoint: 'https://code', propagators: ['jaeger']}, env)).toMatchObject({
      serviceName: 'code',
      targets: {traces: {url: 'https://code/v1/traces'}},
      propagators: ['jaeger'],
    });
  });

  test('a signal’s own endpoint is used as it is; headers are decoded; empty variables are absent', () => {
    const config = readConfig(
      {},
      {
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://t/custom',
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20a%3D,x-tenant=acme',
        OTEL_SERVICE_NAME: '',
      },
    );
    expect(config.targets).toMatchObject({
      traces: {protocol: 'http/protobuf', url: 'http://t/custom'},
      logs: {protocol: 'http/protobuf', url: 'http://localhost:4318/v1/logs'},
    });
    expect(config.headers).toEqual({authorization: 'Basic a=', 'x-tenant': 'acme'});
    expect(config.serviceName).toBeUndefined();
  });

  test('gRPC for all signals or for one, at its own port', () => {
    const grpc = readConfig(
      {},
      {OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'http/protobuf'},
    );
    expect(grpc.targets).toMatchObject({
      traces: {protocol: 'grpc', url: 'http://localhost:4317'},
      logs: {protocol: 'http/protobuf', url: 'http://localhost:4318/v1/logs'},
      metrics: {protocol: 'grpc', url: 'http://localhost:4317'},
    });
    const named = readConfig({protocol: 'grpc', endpoint: 'https://collector:4317/'}, {});
    expect(named.targets.metrics).toMatchObject({protocol: 'grpc', url: 'https://collector:4317'});
  });

  test('options that cannot be used are listed at once', () => {
    const options = {
      endpoint: 'localhost:4317',
      protocol: 'udp',
      exporters: {traces: 'jaeger'},
      headers: {'a b': 'secret'},
      exitTimeoutMillis: -1,
    };
    const fault = (() => {
      try {
        return readConfig(options as never, {});
      } catch (error) {
        return error;
      }
    })();
    expect(fault).toBeInstanceOf(ConfigError);
    expect((fault as ConfigError).faults).toHaveLength(5);
    for (const name of Object.keys(options)) expect((fault as ConfigError).message).toContain(name);
    expect((fault as ConfigError).message).not.toContain('secret');
  });
});

test.each<[readonly string[], string | undefined, boolean]>([
  [['--import', '@weft/instrument'], undefined, true],
  [['--import=@weft/instrument'], undefined, true],
  [['-r', '@weft/instrument'], undefined, true],
  [[], '--enable-source-maps --import "@weft/instrument"', true],
  [['--import', '@weft/instrument/register'], undefined, false],
  [['--import', 'other'], undefined, false],
  [[], undefined, false],
])('preloaded by %j and NODE_OPTIONS %j: %s', (execArgv, options, expected) => {
  expect(isPreloaded(execArgv, options)).toBe(expected);
});

test.each([
  ['docker, cgroup v1', `12:cpu:/docker/${'a1'.repeat(32)}\n`, '', 'a1'.repeat(32)],
  [
    'containerd in Kubernetes',
    `1:name=systemd:/kubepods/pod9/cri-containerd-${'b2'.repeat(32)}.scope\n`,
    '',
    'b2'.repeat(32),
  ],
  [
    'cgroup v2',
    '0::/\n',
    `1 2 3 /var/lib/docker/containers/${'c3'.repeat(32)}/hostname /etc/hostname rw`,
    'c3'.repeat(32),
  ],
  ['no container', '0::/user.slice\n', '1 2 / / rw', undefined],
])('container id: %s', (_what, cgroup, mountinfo, id) => expect(containerId(cgroup, mountinfo)).toBe(id));
