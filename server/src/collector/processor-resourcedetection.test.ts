/** The cases of `env` are those of the Collector's own tests; the others ask this machine, or one that is made up. */
import {mkdtempSync, rmSync} from 'node:fs';
import {createServer} from 'node:http';
import os, {tmpdir} from 'node:os';
import {join} from 'node:path';
import process from 'node:process';
import {afterAll, describe, expect, test} from 'vitest';
import {createResourceDetection, resourceDetectionProcessor} from './processor-resourcedetection.ts';
import {containerId, parseLabels} from './resource-detect-env.ts';
import {inHosts} from './resource-detect-system.ts';
import {realSurroundings, type Surroundings} from './resource-detector.ts';
import {
  configFaults,
  itemsOf,
  logBatch,
  metricBatch,
  type Plain,
  type PlainMap,
  spanBatch,
  testProcessor,
  toPlain,
} from './testing-processor.ts';

const directory = mkdtempSync(join(tmpdir(), 'weft-detect-'));
afterAll(() => rmSync(directory, {recursive: true}));

/** A machine with these variables and files. */
const machine = (
  env: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = {},
  parts: Partial<typeof os> = {},
): Surroundings => ({
  env,
  process,
  os: {...os, ...parts},
  read: async (path) => files[path],
  locate: (origin) => origin,
});

/** The resource that a span of this resource has behind the processor. */
async function resourceOf(yaml: string, around: Surroundings, resource: PlainMap = {}): Promise<PlainMap> {
  const processor = testProcessor(createResourceDetection(around), yaml, 'traces');
  await processor.start?.();
  const [batch] = await processor.run(spanBatch({resource}));
  await processor.stop?.();
  return itemsOf(batch!)[0]!.resource as PlainMap;
}

describe('resourcedetection: env', () => {
  test.each<[string, Record<string, string>]>([
    [' example.org/test-1 =  test $ %3A \\" ,  Abc=Def  ', {'example.org/test-1': 'test $ : \\"', Abc: 'Def'}],
    ['single=key', {single: 'key'}],
    ['empty=,a=b', {empty: '', a: 'b'}],
  ])('%j', (labels, expected) => {
    const found = Object.entries(parseLabels(labels)).map(([key, value]): [string, Plain] => [key, toPlain(value)]);
    expect(Object.fromEntries(found)).toEqual(expected);
  });

  test.each([
    ['invalid=url-%3-encoding', 'invalid percent-encoding in the resource: "invalid=url-%3-encoding"'],
    ['invalid-char-ü=test', 'invalid text in the resource: "invalid-char-ü=test"'],
    ['invalid-char=ü-test', 'invalid text in the resource'],
    ['extra=chars, a', 'invalid text in the resource: " a"'],
    ['key=value,key', 'invalid text in the resource: "key"'],
  ])('%j is refused', async (labels, message) => {
    expect(() => parseLabels(labels)).toThrow(message);
    const around = machine({OTEL_RESOURCE_ATTRIBUTES: labels});
    await expect(resourceOf('{}', around)).rejects.toThrow(`the resource could not be detected: env: ${message}`);
  });

  test('comes from the newer variable, or else the older one, with an allow list', async () => {
    const both = {OTEL_RESOURCE_ATTRIBUTES: 'a=1,b=2', OTEL_RESOURCE: 'a=old'};
    expect(await resourceOf('{}', machine(both))).toEqual({a: '1', b: '2'});
    expect(await resourceOf('{}', machine({OTEL_RESOURCE_ATTRIBUTES: ' ', OTEL_RESOURCE: 'a=old'}))).toEqual({
      a: 'old',
    });
    expect(await resourceOf('{}', machine({}))).toEqual({});
    expect(await resourceOf('{env: {allow_list: [b]}}', machine(both))).toEqual({b: '2'});
  });

  test('its keys are included and excluded by wildcards, `*` across dots', async () => {
    const labels = 'deployment.environment.name=prod,k8s.node.name=n,k8s.pod.name=p,k8s1=x,team=shop';
    const of = (attributes: string): Promise<PlainMap> =>
      resourceOf(`{env: {attributes: ${attributes}}}`, machine({OTEL_RESOURCE_ATTRIBUTES: labels}));
    expect(await of('{included: [deployment.environment.name, k8s.*], excluded: [k8s.pod.name]}')).toEqual({
      'deployment.environment.name': 'prod',
      'k8s.node.name': 'n',
    });
    expect(await of('{excluded: [k8s*, "?eam"]}')).toEqual({'deployment.environment.name': 'prod'});
  });
});

test('resourcedetection: replaces what a resource has, unless override is false', async () => {
  const around = machine({OTEL_RESOURCE_ATTRIBUTES: 'a=detected,b=detected'});
  const resource = {a: 'own', z: 5n};
  expect(await resourceOf('{}', around, resource)).toEqual({a: 'detected', z: 5n, b: 'detected'});
  expect(await resourceOf('{override: false}', around, resource)).toEqual({a: 'own', z: 5n, b: 'detected'});
  expect(await resourceOf('{attributes: [b]}', around, resource)).toEqual({a: 'own', z: 5n, b: 'detected'});
});

test('resourcedetection: the first detector that knows an attribute says it; all signals get them', async () => {
  const around = machine({OTEL_RESOURCE_ATTRIBUTES: 'host.name=by-env'}, {}, {hostname: () => 'by-os'});
  const system = 'system: {hostname_sources: [os]}';
  expect(await resourceOf(`{detectors: [env, system], ${system}}`, around)).toMatchObject({'host.name': 'by-env'});
  expect(await resourceOf(`{detectors: [system, env], ${system}}`, around)).toMatchObject({'host.name': 'by-os'});
  const factory = createResourceDetection(around);
  const logs = testProcessor(factory, '{}', 'logs');
  const metrics = testProcessor(factory, '{}', 'metrics');
  await Promise.all([logs.start?.(), metrics.start?.()]);
  const [log] = await logs.run(logBatch({}, {resource: {a: 1n}}));
  const [metric] = await metrics.run(metricBatch({points: [{}]}));
  expect(itemsOf(log!).map(({resource}) => resource)).toEqual([
    {'host.name': 'by-env'},
    {a: 1n, 'host.name': 'by-env'},
  ]);
  expect(itemsOf(metric!)[0]!.resource).toEqual({'host.name': 'by-env'});
});

describe('resourcedetection: system', () => {
  const files = {
    '/etc/machine-id': '3d1219c7c4c5404aaa1f6d2a48adfda4\n',
    '/etc/hosts': '127.0.0.1 localhost # first\n10.0.0.5\tdb.example.org db\n',
    '/etc/os-release': 'NAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nBUILD_ID=7\n',
    '/proc/cpuinfo':
      'processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 17\nmodel name\t: AMD EPYC 9R14\nstepping\t: 1\ncache size\t: 1024 KB\n\nprocessor\t: 1\nmodel\t\t: 99\n',
  };
  const address = (ip: string, mac: string, internal: boolean) =>
    ({address: ip, mac, internal, family: 'IPv4', netmask: '', cidr: null}) as os.NetworkInterfaceInfo;
  const around = machine({}, files, {
    hostname: () => 'db',
    platform: () => 'linux',
    arch: () => 'x64',
    type: () => 'Linux',
    release: () => '6.1.0',
    version: () => '#1 SMP',
    machine: () => 'x86_64',
    networkInterfaces: () => ({
      lo: [address('127.0.0.1', '00:00:00:00:00:00', true)],
      eth0: [address('10.0.0.5', 'ac:de:48:23:45:67', false), address('fe80::1', 'ac:de:48:23:45:67', false)],
    }),
  });

  test('gives name and type of the host, and the name is that of the hosts file', async () => {
    expect(await resourceOf('{detectors: [system]}', around)).toEqual({
      'host.name': 'db.example.org',
      'os.type': 'linux',
    });
  });

  test('gives what resource_attributes ask for', async () => {
    const names =
      'host.id host.arch host.ip host.mac host.interface os.name os.version os.build.id os.description host.cpu.vendor.id host.cpu.family host.cpu.model.id host.cpu.model.name host.cpu.stepping host.cpu.cache.l2.size';
    const on = names.split(' ').map((name) => `${name}: {enabled: true}`);
    const yaml = `{detectors: [system], system: {hostname_sources: [os], resource_attributes: {host.name: {enabled: false}, ${on}}}}`;
    expect(await resourceOf(yaml, around)).toEqual({
      'os.type': 'linux',
      'host.id': '3d1219c7c4c5404aaa1f6d2a48adfda4',
      'host.arch': 'amd64',
      'host.ip': ['10.0.0.5', 'fe80::1'],
      'host.mac': ['AC-DE-48-23-45-67'],
      'host.interface': ['eth0'],
      'os.name': 'Debian GNU/Linux',
      'os.version': '12',
      'os.build.id': '7',
      'os.description': 'Debian GNU/Linux 12 (bookworm) (Linux db 6.1.0 #1 SMP x86_64)',
      'host.cpu.vendor.id': 'AuthenticAMD',
      'host.cpu.family': '25',
      'host.cpu.model.id': '17',
      'host.cpu.model.name': 'AMD EPYC 9R14',
      'host.cpu.stepping': '1',
      'host.cpu.cache.l2.size': 1024n,
    });
  });

  test('finds names in a hosts file', () => {
    expect([inHosts(files['/etc/hosts'], 'db'), inHosts(files['/etc/hosts'], 'x')]).toEqual([
      'db.example.org',
      undefined,
    ]);
    expect(inHosts('10.0.0.1 a # db', 'db')).toBeUndefined();
  });

  test('knows this machine', async () => {
    const yaml = '{detectors: [system, process], system: {hostname_sources: [os]}}';
    const found = await resourceOf(yaml, realSurroundings);
    expect(found).toMatchObject({'host.name': os.hostname(), 'process.pid': BigInt(process.pid)});
    expect(found).toMatchObject({'process.runtime.name': 'nodejs', 'process.runtime.version': process.versions.node});
  });
});

test('resourcedetection: kubernetes reads the downward API and the service account', async () => {
  const id = 'ab'.repeat(32);
  const mounts = `600 500 8:1 /var/lib/docker/containers/${id}/hostname /etc/hostname rw - ext4 /dev/sda rw\n`;
  const files = {'/var/run/secrets/kubernetes.io/serviceaccount/namespace': 'shop\n', '/proc/self/mountinfo': mounts};
  const env = {
    KUBERNETES_SERVICE_HOST: '10.0.0.1',
    HOSTNAME: 'weft-7d4b',
    K8S_NODE_NAME: 'node-1',
    POD_UID: 'u-1',
    POD_IP: '10.1.2.3',
  };
  expect(await resourceOf('{detectors: [kubernetes]}', machine(env, files))).toEqual({
    'k8s.node.name': 'node-1',
    'k8s.pod.name': 'weft-7d4b',
    'k8s.pod.uid': 'u-1',
    'k8s.namespace.name': 'shop',
    'container.id': id,
  });
  expect(await resourceOf('{detectors: [kubernetes]}', machine({HOSTNAME: 'laptop'}))).toEqual({});
  expect(containerId('no container here')).toBeUndefined();
});

describe('resourcedetection: docker', () => {
  /** A daemon on a socket, with the answers of the real one's API. */
  async function daemon(name: string): Promise<{host: string; close(): void}> {
    const answers: Readonly<Record<string, unknown>> = {
      '/info': {Name: 'docker-host', OSType: 'linux', ID: 'x'},
      '/containers/c0ffee/json': {
        Name: '/weft',
        Image: 'sha256:123',
        Config: {Image: 'registry.example.org:5000/weft:1.2'},
      },
    };
    const path = join(directory, name);
    const server = createServer((request, response) => {
      const answer = answers[request.url as string];
      response.writeHead(answer === undefined ? 404 : 200, {'content-type': 'application/json'});
      response.end(JSON.stringify(answer ?? {message: 'no such container'}));
    });
    await new Promise<void>((resolve) => void server.listen(path, resolve));
    return {host: `unix://${path}`, close: () => server.close()};
  }

  test('asks the daemon through its socket', async () => {
    const {host, close} = await daemon('a.sock');
    const around = machine({DOCKER_HOST: host}, {}, {hostname: () => 'c0ffee'});
    const container = ['container.name', 'container.image.id', 'container.image.name', 'container.image.tags'];
    const on = container.map((each) => `${each}: {enabled: true}`);
    expect(await resourceOf('{detectors: [docker]}', around)).toEqual({'host.name': 'docker-host', 'os.type': 'linux'});
    expect(await resourceOf(`{detectors: [docker], docker: {resource_attributes: {${on}}}}`, around)).toEqual({
      'host.name': 'docker-host',
      'os.type': 'linux',
      'container.name': 'weft',
      'container.image.id': 'sha256:123',
      'container.image.name': 'registry.example.org:5000/weft',
      'container.image.tags': ['1.2'],
    });
    close();
  });

  test('without a daemon nothing is known, or the start fails where it must not be missing', async () => {
    const around = machine({DOCKER_HOST: `unix://${join(directory, 'none.sock')}`});
    expect(await resourceOf('{detectors: [docker]}', around)).toEqual({});
    const strict = '{detectors: [docker], fail_on_missing_metadata: true, retry: {enabled: false}}';
    await expect(resourceOf(strict, around)).rejects.toThrow(/docker: the Docker daemon at .*none\.sock: .*ENOENT/);
  });

  test('is tried again until the daemon is there', async () => {
    const path = 'late.sock';
    const around = machine({DOCKER_HOST: `unix://${join(directory, path)}`});
    const yaml =
      '{detectors: [docker], fail_on_missing_metadata: true, retry: {initial_interval: 1ms, max_interval: 2ms}}';
    const found = resourceOf(yaml, around);
    const {close} = await daemon(path);
    expect(await found).toMatchObject({'host.name': 'docker-host'});
    close();
  });
});

test('resourcedetection: does not wait for a detector longer than the timeout', async () => {
  const around = {...machine({}), read: () => new Promise<undefined>(() => {})};
  const yaml = '{detectors: [system], timeout: 5ms, retry: {enabled: false}}';
  await expect(resourceOf(yaml, around)).rejects.toThrow('system: it took longer than it may');
});

test('resourcedetection: detects again, and keeps what it knew where that fails', async () => {
  const env: Record<string, string> = {OTEL_RESOURCE_ATTRIBUTES: 'a=1'};
  const processor = testProcessor(createResourceDetection(machine(env)), '{refresh_interval: 2ms}', 'traces');
  await processor.start?.();
  const seen = async (): Promise<unknown> => itemsOf((await processor.run(spanBatch({})))[0]!)[0]!.resource;
  expect(await seen()).toEqual({a: '1'});
  env.OTEL_RESOURCE_ATTRIBUTES = 'a=2';
  await expect.poll(seen, {interval: 2}).toEqual({a: '2'});
  env.OTEL_RESOURCE_ATTRIBUTES = 'broken';
  expect(await seen()).toEqual({a: '2'});
  await processor.stop?.();
});

test.each([
  ['{detectors: [ec3]}', 'expected a detector, found "ec3"; did you mean `ec2`?'],
  ['{detectors: [sytem]}', 'expected a detector, found "sytem"'],
  ['{detectors: []}', '`detectors` is empty'],
  ['{system: {hostname_sources: [file]}}', 'one of `os`, `dns`, `cname`, `lookup`'],
  ['{system: {resource_attributes: {host.nam: {enabled: true}}}}', 'did you mean `host.name`?'],
  ['{timeout: 0s}', 'cannot both be 0'],
])('resourcedetection: configuration %s is faulty', (yaml, fault) => {
  expect(configFaults(resourceDetectionProcessor, yaml).join('\n')).toContain(fault);
});
