// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of configurations look like templates
import {describe, expect, it} from 'vitest';
import {type Fault, formatFault, listed} from '../config/index.ts';
import {type ConfigRequest, loadConfig} from '../pipeline/index.ts';
import {registry} from './registry.ts';

const processors = listed(Object.keys(registry.processors));

/** Loads `main.yaml` (and the other files by name) and gives what a person would read. */
async function load(
  yaml: string,
  request: Partial<ConfigRequest> & {readonly files?: Readonly<Record<string, string>>} = {},
) {
  const files: Readonly<Record<string, string>> = {'main.yaml': yaml, ...request.files};
  const loaded = await loadConfig({
    configs: ['main.yaml'],
    env: {},
    registry,
    readFile(path) {
      const text = files[path];
      if (text === undefined) throw new Error('no such file');
      return text;
    },
    ...request,
  });
  const lines = (faults: readonly Fault[]): string[] => faults.map(formatFault);
  return {
    loaded,
    faults: loaded.kind === 'faulty' ? lines(loaded.faults) : [],
    warnings: lines(loaded.warnings),
    config: loaded.kind === 'ok' ? loaded.config : undefined,
  };
}

/** A sound configuration whose receiver has this text as its `protocols` (at line 3). */
const withProtocols = (protocols: string): string => `receivers:
  otlp:
    protocols: ${protocols}
exporters: {weft: }
service: {pipelines: {traces: {receivers: [otlp], exporters: [weft]}}}
`;
const sound = withProtocols('{grpc: }');
/** A sound configuration with another section or another processor. */
const withProcessor = (
  processor: string,
  id = processor.split(':', 1)[0],
): string => `receivers: {otlp: {protocols: {grpc: }}}
processors:
  ${processor}
exporters: {weft: }
service: {pipelines: {traces: {receivers: [otlp], processors: [${id}], exporters: [weft]}}}
`;

const otlpOf = (loaded: Awaited<ReturnType<typeof load>>, id = 'otlp'): unknown =>
  loaded.config?.components.receivers.get(id)?.config;

describe('configuration: faults', () => {
  const cases: readonly [name: string, yaml: string, ...faults: string[]][] = [
    ['none', sound],
    [
      'not YAML',
      'receivers: [',
      'main.yaml:1:13: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['a key twice', 'weft: {http: , http: }\n', 'main.yaml:1:16: not valid YAML: Map keys must be unique'],
    [
      'not a map',
      '- a\n',
      'main.yaml:1:1: expected a map with `receivers`, `processors`, `connectors`, `exporters`, `extensions`, `service`, `weft`, found a list',
      'main.yaml:1:1: name at least one pipeline, such as `traces: {receivers: [otlp], exporters: [weft]}`',
    ],
    [
      'an unknown section',
      `${sound}recievers: {}\n`,
      'main.yaml:6:1: unknown section `recievers`; did you mean `receivers`?; the sections are `receivers`, `processors`, `connectors`, `exporters`, `extensions`, `service`, `weft`',
    ],
    [
      'an unknown key, misspelt',
      withProtocols('{grpc: {endpont: "localhost:1"}}'),
      'main.yaml:3:24: unknown key `endpont`; did you mean `endpoint`?',
    ],
    [
      'a value that is none of the known ones, misspelt',
      withProtocols('{grpc: {tls: {cert_file: a, key_file: b, min_version: 1.22}}}'),
      'main.yaml:3:70: `min_version`: expected one of `1.2`, `1.3`, found 1.22; did you mean `1.2`?',
    ],
    [
      'an unknown key, unlike any',
      withProcessor('memory_limiter: {check_interval: 1s, limit_mib: 5, zzzz: 1}'),
      'main.yaml:3:54: unknown key `zzzz`; the keys here are `check_interval`, `limit_mib`, `spike_limit_mib`, `limit_percentage`, `spike_limit_percentage`, `min_gc_interval_when_soft_limited`, `min_gc_interval_when_hard_limited`, `garbage_collector`, `max_gc_interval_when_soft_limited`, `max_gc_interval_when_hard_limited`',
    ],
    [
      'a text for a number',
      withProcessor('batch: {send_batch_size: many}'),
      'main.yaml:3:28: `send_batch_size`: expected a whole number, found "many"',
    ],
    [
      'a fraction for a number',
      withProcessor('batch: {send_batch_size: 1.5}'),
      'main.yaml:3:28: `send_batch_size`: expected a whole number, found 1.5',
    ],
    [
      'a number below its least',
      withProtocols('{grpc: {max_recv_msg_size_mib: 0}}'),
      'main.yaml:3:47: `max_recv_msg_size_mib`: expected a whole number of at least 1, found 0',
    ],
    [
      'a bare number for a duration',
      withProcessor('batch: {timeout: 5}'),
      'main.yaml:3:20: `timeout`: expected a duration such as 200ms, 5s or 1h30m; a number needs its unit, found 5',
    ],
    [
      'a duration that no timer can wait for',
      withProcessor('memory_limiter: {check_interval: 720h, limit_mib: 100}'),
      'main.yaml:3:36: `check_interval`: expected a duration of at most 596h (24.8 days), found "720h"',
    ],
    [
      'a path with a scheme',
      withProtocols('{http: {traces_url_path: ":invalid"}}'),
      'main.yaml:3:41: `traces_url_path`: expected a path such as /v1/traces, without a scheme or `:` before its first slash, found ":invalid"',
    ],
    [
      'a path that no request can have',
      withProtocols('{http: {traces_url_path: /täst, logs_url_path: "/a?b", metrics_url_path: "/a%zz"}}'),
      ...['41: `traces_url_path`', '63: `logs_url_path`', '89: `metrics_url_path`'].map(
        (place, i) =>
          `main.yaml:3:${place}: expected a path such as /v1/traces; other characters than letters, digits and -._~!$&'()*+,;=:@/ are written as %20, found "${['/täst', '/a?b', '/a%zz'][i]}"`,
      ),
    ],
    [
      'a path that clients shorten',
      withProtocols('{http: {traces_url_path: /a/../b, logs_url_path: "//a"}}'),
      'main.yaml:3:41: `traces_url_path`: expected a path such as /v1/traces, without `.`, `..` or a second slash at its start, found "/a/../b"',
      'main.yaml:3:65: `logs_url_path`: expected a path such as /v1/traces, without `.`, `..` or a second slash at its start, found "//a"',
    ],
    [
      'one path for two signals',
      withProtocols('{http: {traces_url_path: v1/logs}}'),
      'main.yaml:3:23: `http`: two signals have one path; `traces_url_path`, `metrics_url_path` and `logs_url_path` differ',
    ],
    [
      'a map for a list',
      withProtocols('{http: {cors: {allowed_origins: {}}}}'),
      'main.yaml:3:48: `allowed_origins`: expected a list, as in [a, b]; found a map',
    ],
    [
      'a list for a map',
      withProtocols('[grpc, http]'),
      'main.yaml:3:16: `protocols`: expected a map with `grpc`, `http`, found a list',
    ],
    [
      'no protocol',
      withProtocols('{}'),
      'main.yaml:3:16: `protocols`: name at least one protocol: `grpc:`, `http:` or both',
    ],
    [
      'an address with a scheme',
      withProtocols('{grpc: {endpoint: "http://localhost:4317"}}'),
      'main.yaml:3:34: `endpoint`: expected an address to listen on without a scheme, such as 127.0.0.1:4317, found "http://localhost:4317"',
    ],
    [
      'an address without a port',
      withProtocols('{grpc: {endpoint: localhost}}'),
      'main.yaml:3:34: `endpoint`: expected an address to listen on, such as 127.0.0.1:4317, found "localhost"',
    ],
    [
      'a port beyond 65535',
      withProtocols('{grpc: {endpoint: "localhost:65536"}}'),
      'main.yaml:3:34: `endpoint`: expected an address to listen on, such as 127.0.0.1:4317, found "localhost:65536"',
    ],
    [
      'two on one port',
      withProtocols('{grpc: {endpoint: "0.0.0.0:5000"}, http: {endpoint: "localhost:5000"}}'),
      'main.yaml:3:68: 127.0.0.1:5000 is listened on twice: by `otlp` at main.yaml:3:34 and by `otlp`; change one port',
    ],
    [
      'two on one port that neither names',
      `receivers: {otlp: {protocols: {grpc: }}, otlp/2: {protocols: {grpc: }}}
exporters: {weft: }
service: {pipelines: {traces: {receivers: [otlp, otlp/2], exporters: [weft]}}}`,
      'main.yaml:1:69: 127.0.0.1:4317 is listened on twice: by `otlp` at main.yaml:1:38 and by `otlp/2`; change one port',
    ],
    [
      'TLS without a key',
      withProtocols('{grpc: {tls: {cert_file: a.pem}}}'),
      'main.yaml:3:29: `tls`: a server needs a certificate and its key: set `cert_file` and `key_file`',
    ],
    [
      'a setting that must not be ignored',
      withProtocols('{grpc: {middlewares: [{id: x}]}}'),
      'main.yaml:3:37: `middlewares`: middlewares are not available',
    ],
    [
      'an unknown type, misspelt',
      withProcessor('batchh: '),
      'main.yaml:3:3: unknown processor `batchh`; did you mean `batch`?',
    ],
    [
      'an unknown type, unlike any',
      withProcessor('unheard_of: '),
      `main.yaml:3:3: unknown processor \`unheard_of\`; the processors are ${processors}`,
    ],
    [
      'a type that the Collector has',
      withProcessor('k8sattributes: '),
      `main.yaml:3:3: unknown processor \`k8sattributes\`: Weft does not have it; the processors are ${processors}`,
    ],
    [
      'a type that is nearest to one of the Collector’s that is not here',
      withProcessor('ecsattributes: '),
      `main.yaml:3:3: unknown processor \`ecsattributes\`; did you mean \`k8sattributes\`? Weft does not have that either; the processors are ${processors}`,
    ],
    [
      'a processor that became a connector',
      withProcessor('spanmetrics: '),
      'main.yaml:3:3: unknown processor `spanmetrics`: Weft does not have it; use the connector `spanmetrics`',
    ],
    [
      'a type of another kind',
      withProcessor('debug: '),
      'main.yaml:3:3: unknown processor `debug`: it is one of the exporters; move it to `exporters:`',
    ],
    [
      'an id that is none',
      withProcessor('"batch/": ', 'batch/'),
      'main.yaml:3:3: `batch/` is not an id; write `type` or `type/name`',
      'main.yaml:5:64: pipeline `traces` names processor `batch/`, which is not defined; define it under `processors:`',
    ],
    [
      'an undefined receiver',
      sound.replace('[otlp]', '[otpl]'),
      'main.yaml:5:44: pipeline `traces` names receiver `otpl`, which is not defined; did you mean `otlp`?',
    ],
    [
      'an undefined exporter',
      sound.replace('[weft]', '[kafka]'),
      'main.yaml:5:63: pipeline `traces` names exporter `kafka`, which is not defined; define it under `exporters:`',
    ],
    [
      'a processor twice',
      withProcessor('batch: ', 'batch, batch'),
      'main.yaml:5:71: pipeline `traces` names processor `batch` twice',
    ],
    [
      'a pipeline without exporter',
      sound.replace(', exporters: [weft]', ''),
      'main.yaml:5:23: pipeline `traces` needs at least one exporter',
    ],
    [
      'an unknown signal',
      sound.replace('traces:', 'trace:'),
      'main.yaml:5:23: unknown pipeline `trace`; did you mean `traces`? A pipeline is one of `traces`, `metrics`, `logs`, with or without `/name`',
    ],
    [
      'an unknown key of a pipeline',
      sound.replace('{receivers', '{processor: [], receivers'),
      'main.yaml:5:32: unknown key `processor` in a pipeline; did you mean `processors`?; the keys are `receivers`, `processors`, `exporters`',
    ],
    [
      'no pipeline',
      'receivers: {otlp: {protocols: {grpc: }}}\n',
      'main.yaml:1:1: name at least one pipeline, such as `traces: {receivers: [otlp], exporters: [weft]}`',
    ],
    [
      'a connector that gives to nobody',
      `connectors: {forward: }\n${sound.replace('[weft]', '[forward]')}`,
      "main.yaml:1:14: connector `forward` is no pipeline's receiver: what it makes goes nowhere",
    ],
    [
      'a circle of pipelines',
      'connectors: {forward: }\nservice: {pipelines: {traces: {receivers: [forward], exporters: [forward]}}}\n',
      'main.yaml:2:23: connectors make a circle of pipelines: traces → traces',
    ],
    [
      'a connector between two signals',
      'connectors: {forward: }\nreceivers: {otlp: {protocols: {grpc: }}}\nexporters: {weft: }\nservice: {pipelines: {traces: {receivers: [otlp], exporters: [forward]}, logs: {receivers: [forward], exporters: [weft]}}}\n',
      'main.yaml:4:23: connector `forward` can make nothing of traces (pipeline `traces`) for `logs`',
    ],
    [
      'a connector of two signals whose pipelines of one lead nowhere',
      'connectors: {forward: }\nreceivers: {otlp: {protocols: {grpc: }}}\nexporters: {weft: }\nservice: {pipelines: {traces: {receivers: [otlp], exporters: [forward]}, traces/2: {receivers: [forward], exporters: [weft]}, logs: {receivers: [forward], exporters: [weft]}}}\n',
      'main.yaml:4:127: connector `forward` cannot make logs (pipeline `logs`) of what `traces` gives it',
    ],
    [
      'none with a connector that hands on two signals',
      'connectors: {forward: }\nreceivers: {otlp: {protocols: {grpc: }}}\nexporters: {weft: }\nservice: {pipelines: {traces: {receivers: [otlp], exporters: [forward]}, traces/2: {receivers: [forward], exporters: [weft]}, logs: {receivers: [otlp], exporters: [forward]}, logs/2: {receivers: [forward], exporters: [weft]}}}\n',
    ],
    [
      'an undefined extension',
      `${sound.replace('service: {', 'service: {extensions: [zpages], ')}`,
      'main.yaml:5:24: extension `zpages` is not defined; define it under `extensions:`',
    ],
    [
      'a rule about two values',
      withProcessor('batch: {send_batch_size: 10, send_batch_max_size: 5}'),
      'main.yaml:3:10: `send_batch_max_size` must be 0 or at least `send_batch_size`',
    ],
    [
      'a required key',
      withProcessor('memory_limiter: {limit_mib: 100}'),
      'main.yaml:3:19: `check_interval` is required: Time between measurements of memory; 1s is a good value.',
    ],
    [
      'a wrong retention',
      `${sound}weft: {retention: {traces: forever}}\n`,
      'main.yaml:6:28: `traces`: expected a duration such as 200ms, 5s or 1h30m, 7d, or off, found "forever"',
    ],
    [
      'a retention of a thousand years',
      `${sound}weft: {retention: {traces: 365000d}}\n`,
      'main.yaml:6:28: `traces`: expected a duration of at most 36500d; write off to keep for ever, found "365000d"',
    ],
    [
      'a wrong URL',
      `${sound}weft: {clickhouse: "clickhouse:9000"}\n`,
      'main.yaml:6:20: `clickhouse`: expected a URL such as http://user:password@clickhouse:8123/weft, found "clickhouse:9000"',
    ],
    [
      'a wrong size',
      `${sound}weft: {spool: {max_bytes: big}}\n`,
      'main.yaml:6:27: `max_bytes`: expected a size such as 512MiB, 10GiB or a number of bytes, found "big"',
    ],
  ];
  it.each(cases)('%s', async (_, yaml, ...faults) => {
    expect((await load(yaml)).faults).toEqual(faults);
  });

  it('are all listed at once, in the order of the lines', async () => {
    const yaml = `receivers:
  otlp:
    protocols:
      grpc:
        endpoint: nowhere
        keepalive: {server_parameters: {tim: 1s}}
processors:
  batchh:
exporters:
  weft:
    x: 1
service:
  pipelines:
    traces:
      receivers: [otlp, zipkin]
      exporters: [weft]
`;
    expect((await load(yaml)).faults).toEqual([
      'main.yaml:5:19: `endpoint`: expected an address to listen on, such as 127.0.0.1:4317, found "nowhere"',
      'main.yaml:6:41: unknown key `tim`; did you mean `time`?',
      'main.yaml:8:3: unknown processor `batchh`; did you mean `batch`?',
      'main.yaml:11:5: unknown key `x`; the keys here are none',
      'main.yaml:15:25: pipeline `traces` names receiver `zipkin`, which is not defined; define it under `receivers:`',
    ]);
  });

  it('in YAML that nests without end are one, in words', async () => {
    expect((await load('['.repeat(20_000) + ']'.repeat(20_000))).faults.at(-1)).toMatch(
      /^main\.yaml:1:\d+: not valid YAML: it nests too deep$/,
    );
  });

  it('name the file that cannot be read', async () => {
    expect((await load(sound, {configs: ['absent.yaml']})).faults[0]).toBe('absent.yaml: cannot read it: no such file');
  });
});

describe('configuration: warnings', () => {
  const cases: readonly [name: string, yaml: string, ...warnings: string[]][] = [
    ['nothing to say', sound],
    [
      'all addresses',
      withProtocols('{grpc: {endpoint: "0.0.0.0:4317"}}'),
      'main.yaml:3:34: `endpoint`: listens on every address of this machine, beyond loopback: others on the network can reach it',
    ],
    [
      'no host',
      withProtocols('{grpc: {endpoint: ":4317"}}'),
      'main.yaml:3:34: `endpoint`: listens on every address of this machine, beyond loopback: others on the network can reach it',
    ],
    [
      'another address',
      withProtocols('{grpc: {endpoint: "10.0.0.1:4317"}}'),
      'main.yaml:3:34: `endpoint`: listens on 10.0.0.1, beyond loopback: others on the network can reach it',
    ],
    ['IPv6 loopback', withProtocols('{grpc: {endpoint: "[::1]:4317"}}')],
    [
      'an unused part',
      withProcessor('batch: ', ''),
      'main.yaml:3:3: processor `batch` is defined and not used in any pipeline',
    ],
    [
      'a key without effect',
      withProtocols('{grpc: {read_buffer_size: 1000}}'),
      'main.yaml:3:24: `read_buffer_size` has no effect: the runtime chooses its buffers',
    ],
    [
      'a long batch timeout',
      withProcessor('batch: {timeout: 10s}'),
      'main.yaml:3:11: `timeout` counts as 1s: senders wait until their data is safe',
    ],
  ];
  it.each(cases)('%s', async (_, yaml, ...warnings) => {
    expect(await load(yaml)).toMatchObject({faults: [], warnings});
  });
});

describe('configuration: values', () => {
  it('have the defaults of the Collector', async () => {
    expect(otlpOf(await load(withProtocols('{grpc: , http: }')))).toMatchObject({
      protocols: {
        grpc: {endpoint: {host: '127.0.0.1', port: 4317}, max_recv_msg_size_mib: 4, include_metadata: false},
        http: {
          endpoint: {host: '127.0.0.1', port: 4318},
          max_request_body_size: 20 * 2 ** 20,
          traces_url_path: '/v1/traces',
        },
      },
    });
  });

  it('leave a protocol off that is not named', async () => {
    expect(otlpOf(await load(sound))).toMatchObject({protocols: {http: undefined}});
  });

  it('read the section of Weft itself', async () => {
    const {config} = await load(
      `${sound}weft: {clickhouse: "http://u:p@db:8123/weft", retention: {traces: 36h, logs: off}, spool: {max_bytes: 1.5GiB}}`,
    );
    expect(config?.weft).toMatchObject({
      retention: {traces: 36 * 3_600_000, logs: undefined, metrics: 30 * 86_400_000},
      spool: {max_bytes: 1.5 * 2 ** 30},
      http: {endpoint: {host: '127.0.0.1', port: 16_686}, hosts: []},
    });
    expect(config?.weft.clickhouse?.href).toBe('http://u:p@db:8123/weft');
  });

  it('keep the built-in pipelines where a file has only a section `weft`', async () => {
    const {config, faults} = await load('weft: {retention: {traces: off}}\n');
    expect(faults).toEqual([]);
    expect(config?.pipelines.map((each) => each.id)).toEqual(['traces', 'metrics', 'logs']);
    expect(config?.weft.retention.traces).toBeUndefined();
  });
});

describe('configuration: sources', () => {
  it('run the built-in configuration without --config', async () => {
    const {config, faults, warnings} = await load('', {configs: []});
    expect({faults, warnings}).toEqual({faults: [], warnings: []});
    expect(
      config?.pipelines.map(({id, receivers, processors, exporters}) => [id, receivers, processors, exporters]),
    ).toEqual([
      ['traces', ['otlp', 'jaeger', 'zipkin'], ['memory_limiter', 'adaptive_sampling'], ['weft']],
      ['metrics', ['otlp'], ['memory_limiter'], ['weft']],
      ['logs', ['otlp'], ['memory_limiter'], ['weft']],
    ]);
  });

  it('merge maps key by key and replace the rest', async () => {
    const over =
      'receivers: {otlp: {protocols: {http: {endpoint: "localhost:9000"}}}}\nservice: {pipelines: {traces: {exporters: [debug]}}}\nexporters: {debug: }\n';
    const loaded = await load(sound, {configs: ['main.yaml', 'file:over.yaml'], files: {'over.yaml': over}});
    expect(loaded.faults).toEqual([]);
    expect(otlpOf(loaded)).toMatchObject({protocols: {grpc: {endpoint: {port: 4317}}, http: {endpoint: {port: 9000}}}});
    expect(loaded.config?.pipelines[0]?.exporters).toEqual(['debug']);
  });

  it('let a null of a later file remove what an earlier one has, as the Collector does', async () => {
    const loaded = await load(withProcessor('batch: '), {configs: ['main.yaml', 'yaml:processors:']});
    expect(loaded.faults).toEqual([
      'main.yaml:5:64: pipeline `traces` names processor `batch`, which is not defined; define it under `processors:`',
    ]);
  });

  it('take YAML from the command line and from the environment', async () => {
    const loaded = await load(sound, {
      configs: ['env:CONFIG', 'yaml:receivers::otlp::protocols::grpc::endpoint: localhost:5001'],
      env: {CONFIG: sound},
    });
    expect(loaded.faults).toEqual([]);
    expect(otlpOf(loaded)).toMatchObject({protocols: {grpc: {endpoint: {port: 5001}}}});
  });

  it('set single values, the last one strongest', async () => {
    const key = 'receivers.otlp.protocols.grpc.endpoint';
    const loaded = await load('', {
      configs: [],
      sets: [`${key}=127.0.0.1:4400`, `${key}=127.0.0.1:4401`, 'exporters.weft='],
    });
    expect(loaded.faults).toEqual([]);
    expect(otlpOf(loaded)).toMatchObject({protocols: {grpc: {endpoint: {port: 4401}}, http: {endpoint: {port: 4318}}}});
  });

  it('name the flag at fault', async () => {
    const sets = ['receivers.otlp.protocols.grpc.endpoint=4400', 'oops'];
    expect((await load('', {configs: [], sets})).faults).toEqual([
      '--set oops: expected path.to.key=value',
      '--set receivers.otlp.protocols.grpc.endpoint=4400: `endpoint`: expected an address to listen on, such as 127.0.0.1:4317, found 4400',
    ]);
  });

  it('refuse a scheme that there is not', async () => {
    expect((await load('', {configs: ['https://example.com/a.yaml']})).faults[0]).toBe(
      'https://example.com/a.yaml: unknown scheme `https`; use a path, file:PATH, yaml:TEXT or env:NAME',
    );
  });
});

describe('configuration: references', () => {
  const grpcOf = async (
    endpoint: string,
    env: Record<string, string> = {},
    files: Record<string, string> = {},
  ): Promise<unknown> => {
    const loaded = await load(withProtocols(`{grpc: {endpoint: "${endpoint}"}}`), {env, files});
    if (loaded.faults.length > 0) return loaded.faults;
    const {host, port} = (otlpOf(loaded) as {protocols: {grpc: {endpoint: {host: string; port: number}}}}).protocols
      .grpc.endpoint;
    return `${host}:${port}`;
  };
  const cases: readonly [text: string, env: Record<string, string>, result: string][] = [
    ['${env:ADDRESS}', {ADDRESS: '127.0.0.1:1'}, '127.0.0.1:1'],
    ['${ADDRESS}', {ADDRESS: '127.0.0.1:2'}, '127.0.0.1:2'],
    ['${env:ADDRESS:-127.0.0.1:3}', {}, '127.0.0.1:3'],
    ['${ADDRESS:-127.0.0.1:3}', {}, '127.0.0.1:3'],
    ['${env:ADDRESS:-127.0.0.1:3}', {ADDRESS: '127.0.0.1:4'}, '127.0.0.1:4'],
    ['${env:HOST}:${env:PORT:-5}', {HOST: '127.0.0.1'}, '127.0.0.1:5'],
    ['${env:${WHICH}}', {WHICH: 'B', B: '127.0.0.1:6'}, '127.0.0.1:6'],
    ['${env:A}', {A: '${env:B}', B: '127.0.0.1:7'}, '127.0.0.1:7'],
    ['${file:address.txt}', {}, '127.0.0.1:8'],
    ['${yaml:127.0.0.1:9}', {}, '127.0.0.1:9'],
  ];
  it.each(cases)('%s with %o', async (text, env, result) => {
    expect(await grpcOf(text, env, {'address.txt': '127.0.0.1:8\n'})).toBe(result);
  });

  it('take the type of what they refer to', async () => {
    const loaded = await load(withProcessor('batch: {send_batch_size: "${env:SIZE}"}'), {env: {SIZE: '10'}});
    expect(loaded.config?.components.processors.get('batch')?.config).toMatchObject({send_batch_size: 10});
  });

  it('stay text where a text is wanted', async () => {
    const header = '{http: {response_headers: {a: "${env:VERSION}", b: "cost $$5", c: "$${env:VERSION}"}}}';
    const loaded = await load(withProtocols(header), {env: {VERSION: '1.10'}});
    const {protocols} = otlpOf(loaded) as {protocols: {http: {response_headers: ReadonlyMap<string, string>}}};
    expect([...protocols.http.response_headers]).toEqual([
      ['a', '1.10'],
      ['b', 'cost $5'],
      ['c', '${env:VERSION}'],
    ]);
  });

  it('can stand for a whole section', async () => {
    expect(
      (await load(withProtocols('${env:PROTOCOLS}'), {env: {PROTOCOLS: '{grpc: {endpoint: "localhost:1"}}'}})).faults,
    ).toEqual([]);
  });

  it('warn of a variable that is not set', async () => {
    expect((await load(withProtocols('{grpc: {endpoint: "${env:NONE}"}}'))).warnings).toEqual([
      'main.yaml:3:34: environment variable `NONE` is not set; write `${env:NONE:-default}`',
    ]);
  });

  it.each([
    ['${env:A}', {A: '${env:A}'}, 'A'],
    ['${env:A}', {A: 'a${env:A}b'}, 'A'],
    ['${env:A}', {A: '${env:A}${env:A}'}, 'A'],
    ['${env:A}', {A: '[${env:A}, ${env:A}]'}, 'A'],
    ['x${env:A}', {A: 'a${env:A}b'}, 'A'],
  ] as const)('configuration: %s with %o is a fault with its place: it refers to itself', async (text, env, name) => {
    expect(await grpcOf(text, env)).toEqual([
      `main.yaml:3:34: \`\${env:${name}}\` refers to itself, or to what refers to it: it can never be replaced`,
    ]);
  });

  it('are not expanded by aliases without end', async () => {
    const levels = Array.from({length: 12}, (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(', ')}]`);
    expect((await load(`a0: &a0 x\n${levels.join('\n')}\n`)).faults[0]).toBe(
      'main.yaml:1:1: has more than 100000 values; aliases that repeat each other?',
    );
  });
});
