/** Every file and directory that a configuration can name: what is amiss with it is told before anything starts, at its place. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {rootCertificates} from 'node:tls';
import {afterAll, describe, expect, it} from 'vitest';
import {type Fields, formatFault} from '../config/index.ts';
import {ComponentFaults, explainConfig, type Kind, loadConfig, loadFactories} from '../pipeline/index.ts';
import {registry} from './registry.ts';
import {startTestCollector} from './testing.ts';

const directory = mkdtempSync(join(tmpdir(), 'weft-named-'));
afterAll(() => rmSync(directory, {recursive: true}));
const config = join(directory, 'weft.yaml');
const missing = join(directory, 'missing', 'file');

const strategies = join(directory, 'strategies.json');
writeFileSync(strategies, '{"default_strategy": {"type": "probabilistic", "param": 0.5}}');

type Tree = {readonly [key: string]: unknown};

/** The settings that a component needs beside one that names a file. */
const needed: Readonly<Record<string, Tree>> = {
  'receivers.kafka': {brokers: ['127.0.0.1:1']},
  'exporters.kafka': {brokers: ['127.0.0.1:1']},
  'exporters.loadbalancing': {resolver: {static: {hostnames: ['127.0.0.1:1']}}},
  'exporters.load_balancing': {resolver: {static: {hostnames: ['127.0.0.1:1']}}},
  'exporters.loki': {endpoint: 'https://127.0.0.1:1'},
  'exporters.otlp': {endpoint: '127.0.0.1:1'},
  'exporters.otlp_grpc': {endpoint: '127.0.0.1:1'},
  'exporters.otlphttp': {endpoint: 'https://127.0.0.1:1'},
  'exporters.otlp_http': {endpoint: 'https://127.0.0.1:1'},
  'exporters.jaeger': {endpoint: '127.0.0.1:1'},
  'exporters.zipkin': {endpoint: 'https://127.0.0.1:1/api/v2/spans'},
  'exporters.prometheus': {endpoint: '127.0.0.1:0'},
  'exporters.prometheusremotewrite': {endpoint: 'https://127.0.0.1:1'},
  'extensions.jaegerremotesampling': {source: {file: strategies}},
  'processors.resourcedetection': {detectors: ['openshift', 'consul']},
  'processors.resource_detection': {detectors: ['openshift', 'consul']},
};

/** The settings that one that names a file needs beside it. */
function beside(path: string, key: string): Tree {
  if (key === 'cert_file') return {key_pem: 'none'};
  if (key === 'key_file') return {cert_pem: rootCertificates[0]};
  if (key === 'client_ca_file') return {cert_pem: 'none', key_pem: 'none'};
  if (key === 'username_file') return {password: 'a'};
  if (key === 'password_file') return {username: 'a'};
  if (path === 'extensions.headers_setter.headers.value_file') return {key: 'a'};
  return {};
}

/** Paths of settings whose names say that they name a file, as `exporters.otlp.tls.ca_file`. */
function named(fields: Fields, prefix: string): string[] {
  return Object.entries(fields).flatMap(([key, {type}]) => {
    const path = `${prefix}.${key}`;
    const own = type.label === 'text' && /(^|_)(file|filename|directory|path)$/.test(key) ? [path] : [];
    return [...own, ...named(type.fields ?? {}, path)];
  });
}

function configuration(path: string, file: string): string {
  const [kind, type, ...keys] = path.split('.') as [Kind, string, ...string[]];
  const key = keys.pop() as string;
  let inner: unknown = {...beside(path, key), [key]: file};
  for (const each of keys.reverse()) {
    const more = each === 'remote' ? {endpoint: '127.0.0.1:1'} : {};
    inner = {[each]: path.includes('headers_setter') ? [inner] : {...more, ...(inner as Tree)}};
  }
  const own = {...needed[`${kind}.${type}`], ...(inner as Tree)};
  const parts: Record<string, Tree> = {receivers: {otlp: {protocols: {grpc: null}}}, exporters: {weft: null}};
  if (path.startsWith('receivers.otlp.')) parts.receivers = {};
  parts[kind] = {...parts[kind], [type]: own};
  const signal = ['prometheus', 'prometheusremotewrite'].includes(type)
    ? 'metrics'
    : type === 'loki'
      ? 'logs'
      : 'traces';
  const pipeline = {
    receivers: [kind === 'receivers' ? type : 'otlp'],
    processors: kind === 'processors' ? [type] : [],
    exporters: [kind === 'exporters' ? type : 'weft'],
  };
  const extensions = kind === 'extensions' ? [type] : [];
  return JSON.stringify({...parts, service: {extensions, pipelines: {[signal]: pipeline}}});
}

/** The faults that `check-config` tells, and those that a start ends with. */
async function faultsOf(yaml: string): Promise<readonly [checked: readonly string[], started: readonly string[]]> {
  writeFileSync(config, yaml);
  const loaded = await loadConfig({configs: [config], env: {}, registry});
  if (loaded.kind === 'faulty') throw new Error(loaded.faults.map(formatFault).join('\n'));
  const told = (error: unknown): string[] => {
    if (error instanceof ComponentFaults) return error.faults.map(formatFault);
    throw error;
  };
  const checked = await explainConfig(loaded.config).then(() => [], told);
  const started = await startTestCollector({file: config}).then(async (collector) => {
    await collector.stop();
    return [];
  }, told);
  return [checked, started];
}

const factories = await loadFactories(registry);
const paths = Object.entries(factories).flatMap(([kind, types]) =>
  Object.entries<{readonly config: {readonly fields?: Fields}}>(types).flatMap(([type, factory]) =>
    named(factory.config.fields ?? {}, `${kind}.${type}`),
  ),
);

describe('a file that is not there', () => {
  it.each(paths)('%s: check-config and the start say the same, with its place', async (path) => {
    const yaml = configuration(path, missing);
    const [checked, started] = await faultsOf(yaml);
    const place = `${config}:1:${yaml.indexOf(JSON.stringify(missing)) + 1}: `;
    expect(checked).toEqual([expect.stringMatching(missing)]);
    expect(checked[0]?.slice(0, place.length)).toBe(place);
    expect(started).toEqual(checked);
  });
});

describe('a file that says something else', () => {
  const file = join(directory, 'odd');
  writeFileSync(file, '{"a": ":"}');
  const cases = [
    ['extensions.remote_sampling.file.path', '{"default_strategy": {"type": "probabilistic", "param": 2}}'],
    ['extensions.jaegerremotesampling.source.file', 'no JSON'],
    ['extensions.bearertokenauth.filename', '\n\n'],
    ['extensions.basicauth.htpasswd.file', 'no colon'],
    ['extensions.basicauth.client_auth.username_file', 'a:b'],
    ['extensions.file_storage.directory', 'no directory'],
    ['receivers.otlp.protocols.http.tls.client_ca_file', 'no certificate'],
    ['receivers.otlp.protocols.grpc.tls.key_file', 'no key'],
    ['exporters.otlp.tls.ca_file', 'no certificate'],
    ['exporters.loadbalancing.protocol.otlp.tls.ca_file', 'no certificate'],
    ['exporters.otlphttp.tls.cert_file', 'no certificate'],
  ] as const;
  it.each(cases)('%s: check-config and the start say the same', async (path, content) => {
    writeFileSync(file, content);
    const [checked, started] = await faultsOf(configuration(path, file));
    expect(checked).toEqual([expect.stringContaining(file)]);
    expect(started).toEqual(checked);
  });
});

it('check-config: every file that is amiss is told at once', async () => {
  const yaml = JSON.stringify({
    receivers: {otlp: {protocols: {http: {auth: {authenticator: 'bearertokenauth'}}}}},
    exporters: {file: {path: missing}},
    extensions: {bearertokenauth: {filename: missing}, file_storage: {directory: missing}},
    service: {
      extensions: ['bearertokenauth', 'file_storage'],
      pipelines: {traces: {receivers: ['otlp'], exporters: ['file']}},
    },
  });
  const [checked, started] = await faultsOf(yaml);
  expect(checked).toHaveLength(3);
  expect(started).toEqual(checked);
});
