import {execFile} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, expect, test} from 'vitest';

const directory = mkdtempSync(join(tmpdir(), 'weft-check-'));
afterAll(() => rmSync(directory, {recursive: true}));

/** Runs `weft check-config` on files with these texts; gives its exit code and what it said. */
async function check(texts: readonly string[], ...args: readonly string[]): Promise<readonly [number, string]> {
  const files = texts.map((text, index) => {
    const file = join(directory, `${index}.yaml`);
    writeFileSync(file, text);
    return `${index}.yaml`;
  });
  const cli = new URL('./cli.ts', import.meta.url).pathname;
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, 'check-config', ...files, ...args], {cwd: directory}, (error, text) => {
      resolve([typeof error?.code === 'number' ? error.code : 0, text.trim()]);
    });
  });
}

const sound = `receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:4400"}}}}
processors: {batch: }
exporters: {weft: , otlphttp: {endpoint: "http://127.0.0.1:1", headers: {key: hidden}}, debug: }
service: {pipelines: {traces: {receivers: [otlp], processors: [batch], exporters: [weft, otlphttp]}}}
`;

test('check-config: a sound configuration is told to be, with its warnings', async () => {
  expect(await check([sound])).toEqual([
    0,
    'warning: 0.yaml:3:89: exporter `debug` is defined and not used in any pipeline\nsound: 1 pipeline (traces)',
  ]);
});

test('check-config: every fault is told with its place, the key, what was expected and the nearest name', async () => {
  const faulty = sound.replace('batch: }', 'bacth: {timeout: soon}, memory_limiter: {}}');
  expect(await check([faulty], '--set', 'weft.retention.traces=never')).toEqual([
    1,
    [
      'warning: 0.yaml:2:14: processor `bacth` is defined and not used in any pipeline',
      'warning: 0.yaml:2:38: processor `memory_limiter` is defined and not used in any pipeline',
      'warning: 0.yaml:3:89: exporter `debug` is defined and not used in any pipeline',
      'fault: 0.yaml:2:14: unknown processor `bacth`; did you mean `batch`?',
      'fault: 0.yaml:2:54: `check_interval` is required: Time between measurements of memory; 1s is a good value.',
      'fault: 0.yaml:4:64: pipeline `traces` names processor `batch`, which is not defined; did you mean `bacth`?',
      'fault: --set weft.retention.traces=never: `traces`: expected a duration such as 200ms, 5s or 1h30m, 7d, or off, found "never"',
      '4 faults',
    ].join('\n'),
  ]);
});

test('check-config --explain: tells order, who edits, copies, addresses and settings, without secrets', async () => {
  const more = 'service: {pipelines: {traces/2: {receivers: [otlp], exporters: [debug]}}}';
  const [code, text] = await check([sound, more], '--explain');
  expect(code).toBe(0);
  expect(text).toBe(`pipeline traces (traces)
  from otlp, listens on 127.0.0.1:4400
  1. batch: takes the batch, to edit or to hold it
  to weft: reads
  to otlphttp: reads

pipeline traces/2 (traces)
  from otlp, listens on 127.0.0.1:4400
  to debug: reads

copies of batches
  1 behind otlp for traces: 2 get each batch, 1 of them their own

listens on
  127.0.0.1:4400 (otlp)
  127.0.0.1:16686 (page and APIs)
  127.0.0.1:16685 (APIs over gRPC)

settings that are not at their defaults
  receiver otlp
    protocols:
      grpc:
        endpoint: 127.0.0.1:4400
  exporter otlphttp
    endpoint: http://127.0.0.1:1
    headers:
      key: ••••••`);
});

test('check-config --explain: tells the addresses that nobody wrote', async () => {
  const text = `receivers: {otlp: {protocols: {grpc: , http: }}, zipkin: , jaeger: {protocols: {thrift_compact: }}}
exporters: {weft: }
extensions: {health_check: }
service: {extensions: [health_check], pipelines: {traces: {receivers: [otlp, zipkin, jaeger], exporters: [weft]}}}
`;
  const [, explained] = await check([text], '--explain');
  expect(explained).toContain('  from otlp, listens on 127.0.0.1:4317, 127.0.0.1:4318\n');
  expect(explained).toContain('  from jaeger, listens on 127.0.0.1:6831\n');
  for (const line of ['127.0.0.1:9411 (zipkin', '127.0.0.1:13133 (health_check)'])
    expect(explained).toContain(`\n  ${line}`);
});

test('check-config: what components need of the machine is looked for, and told of each at its place', async () => {
  const text = sound
    .replace('"http://127.0.0.1:1"', '"http://127.0.0.1:1", tls: {ca_file: absent.pem}')
    .replace('grpc: {', 'grpc: {tls: {cert_file: none.pem, key_file: none.key}, ');
  const [code, told] = await check([text]);
  expect(code).toBe(1);
  expect(told.split('\n').filter((line) => !line.startsWith('warning'))).toEqual([
    expect.stringMatching(/^fault: 0\.yaml:3:79: exporter `otlphttp`: cannot read absent\.pem: ENOENT/),
    expect.stringMatching(/^fault: 0\.yaml:1:56: receiver `otlp`: cannot read none\.pem: ENOENT/),
    '2 faults',
  ]);
});

test('check-config: addresses of exporters are told, and may not be listened on twice', async () => {
  const scraped = `receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:4400"}}}}
exporters: {prometheus: {endpoint: "127.0.0.1:8889"}, prometheus/2: {endpoint: "127.0.0.1:8890"}}
service: {pipelines: {metrics: {receivers: [otlp], exporters: [prometheus, prometheus/2]}}}
`;
  const [, explained] = await check([scraped], '--explain');
  expect(explained).toMatch(/^note: no pipeline ends in the exporter `weft`/);
  expect(explained).toContain('  to prometheus: reads, listens on 127.0.0.1:8889\n');
  expect(explained).toContain('listens on\n  127.0.0.1:4400 (otlp)\n  127.0.0.1:8889 (prometheus)\n');
  expect(await check([scraped.replace('8890', '8889')])).toEqual([
    1,
    expect.stringContaining('127.0.0.1:8889 is listened on twice: by `prometheus` at 0.yaml:2:36'),
  ]);
});
