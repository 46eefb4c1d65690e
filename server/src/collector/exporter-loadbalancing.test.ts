/** The load-balancing exporter before real collectors: what stays together, and what becomes of a member that leaves. */
import {existsSync, mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, afterEach, describe, expect, it} from 'vitest';
import {toHex, utf8Bytes} from '../base/index.ts';
import {emptyMap, parseYaml} from '../config/index.ts';
import type {AnyBatch} from '../model/index.ts';
import {contextOf, countOf, namesOf, recordingLog, spansNamed, testSettings} from '../pipeline/testing.ts';
import {otlp} from '../wire/index.ts';
import {loadBalancingExporter} from './exporter-loadbalancing.ts';
import {fileStorageExtension} from './extension-file-storage.ts';
import {type RoutingKey, route} from './loadbalancing-keys.ts';
import {createMembers} from './loadbalancing-members.ts';
import {dnsResolver} from './loadbalancing-resolver.ts';
import {createRing} from './loadbalancing-ring.ts';
import {startTestCollector, type TestCollector} from './testing.ts';

const root = mkdtempSync(join(tmpdir(), 'weft-loadbalancing-'));
afterAll(() => rmSync(root, {recursive: true, force: true}));
const open: {stop(): unknown}[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.stop();
});

async function fleet(count: number): Promise<TestCollector[]> {
  const members = await Promise.all(Array.from({length: count}, () => startTestCollector()));
  open.push(...members);
  return members;
}
const addressOf = ({endpoints}: TestCollector): string => endpoints.otlp_grpc as string;

/** Traces `first … first + count - 1`, of two spans each, whose names are their trace's number. */
function traces(count: number, first = 0) {
  const numbers = Array.from({length: 2 * count}, (_, index) => first + (index % count));
  const batch = spansNamed(...numbers.map(String));
  for (const [row, number] of numbers.entries()) {
    batch.spans.columns.traceId.set(
      row,
      Uint8Array.from({length: 16}, (_, i) => (number * 31 + i * 7 + 1) & 255),
    );
  }
  return batch;
}

/** The members' traces: name → how many of its spans, for each. */
const held = (members: readonly TestCollector[]): Map<string, number>[] =>
  members.map((member) => {
    const names = member.traces.flatMap((batch) => namesOf(batch));
    return new Map([...new Set(names)].map((name) => [name, names.filter((each) => each === name).length]));
  });

const quiet = {
  fault(_: unknown, message: string) {
    throw new Error(message);
  },
  warn() {},
  listens() {},
  refers() {},
};
const configOf = (yaml: string) =>
  loadBalancingExporter.config.read(
    parseYaml('', yaml, quiet) ?? emptyMap({source: '', line: 0, column: 0}),
    quiet,
  ) as never;
const direct = 'tls: {insecure: true}, sending_queue: {enabled: false}, retry_on_failure: {enabled: false}';
const queued =
  'tls: {insecure: true}, retry_on_failure: {initial_interval: 5ms, max_interval: 5ms, max_elapsed_time: 0}';

describe('load balancing', () => {
  it('load balancing: every trace is whole at the member that the ring names', async () => {
    const members = await fleet(3);
    const addresses = members.map(addressOf);
    const settings = testSettings({id: 'loadbalancing'});
    const exporter = loadBalancingExporter.create(
      settings,
      configOf(`{protocol: {otlp: {${direct}}}, resolver: {static: {hostnames: ["${addresses.join('", "')}"]}}}`),
    );
    await exporter.start?.();
    const batch = traces(100);
    await exporter.consumer.consume(batch, contextOf('team'));
    await exporter.stop?.();
    const found = held(members);
    expect(found.reduce((sum, each) => sum + each.size, 0)).toBe(100);
    for (const each of found) {
      expect(each.size).toBeGreaterThan(5);
      expect(new Set(each.values())).toEqual(new Set([2]));
    }
    const ring = createRing(addresses.toSorted());
    for (const [index, of] of route(batch, ring, 'traceID', [])) {
      const there = found[addresses.indexOf(ring.endpoints[index] as string)];
      for (const row of of) expect(there?.has(namesOf(batch)[row] as string)).toBe(true);
    }
    expect(members.flatMap(({contexts}) => contexts.map(({tenant}) => tenant))).toEqual(['team', 'team', 'team']);
    const count = (name: string, labels = {}) => countOf(settings.meter, name, labels);
    expect(count('otelcol_loadbalancer_num_backends', {resolver: 'static'})).toBe(3);
    expect(count('otelcol_loadbalancer_backend_outcome', {success: 'true'})).toBe(3);
    expect(count('otelcol_exporter_sent_spans', {exporter: 'loadbalancing'})).toBe(200);
  });

  it('load balancing: a member that refuses makes the sender send again, and its outcome is counted', async () => {
    const [member] = await fleet(1);
    const settings = testSettings();
    const exporter = loadBalancingExporter.create(
      settings,
      configOf(
        `{protocol: {otlp: {timeout: 1s, ${direct}}}, resolver: {static: {hostnames: ["${addressOf(member!)}"]}}}`,
      ),
    );
    await exporter.start?.();
    await member!.stop();
    await expect(exporter.consumer.consume(traces(1), contextOf())).rejects.toMatchObject({name: 'RetryableError'});
    expect(countOf(settings.meter, 'otelcol_loadbalancer_backend_outcome', {success: 'false'})).toBe(1);
    await exporter.stop?.();
  });

  it('load balancing: a queue before the routing tries again, and counts what was sent once', async () => {
    const members = await fleet(2);
    const settings = testSettings({id: 'lb'});
    const exporter = loadBalancingExporter.create(
      settings,
      configOf(
        `{protocol: {otlp: {${direct}}}, sending_queue: {}, retry_on_failure: {initial_interval: 5ms, max_interval: 5ms}, resolver: {static: {hostnames: ["${members.map(addressOf).join('", "')}"]}}}`,
      ),
    );
    await exporter.start?.();
    await exporter.consumer.consume(traces(20), contextOf());
    await expect.poll(() => held(members).reduce((sum, each) => sum + each.size, 0)).toBe(20);
    await exporter.stop?.();
    expect(countOf(settings.meter, 'otelcol_exporter_sent_spans', {})).toBe(40);
  });
});

describe('load balancing: members that come and go', () => {
  /** Members whose list the test sets. */
  async function changing(otlp: string, first: readonly string[], settings = testSettings({id: 'lb'})) {
    let tell: (endpoints: readonly string[]) => void = () => {};
    const config = configOf(`{protocol: {otlp: {${otlp}}}, resolver: {static: {hostnames: [unused]}}}`);
    const members = createMembers(settings, config, {
      async start(onChange) {
        tell = onChange;
        onChange(first);
      },
      stop() {},
    });
    await members.start();
    open.push(members);
    return {...members, settings, change: (...endpoints: readonly string[]) => tell(endpoints.toSorted())};
  }
  /** Nobody listens there. */
  const gone = '127.0.0.1:1';

  it('load balancing: what a member that left was not sent, others get', async () => {
    const members = await fleet(2);
    const balanced = await changing(queued, [gone, addressOf(members[0]!)].toSorted());
    for (let i = 0; i < 10; i++) await balanced.route(traces(10, 10 * i), contextOf('team', {'x-a': 'b'}));
    const before = held(members)[0]!.size;
    expect(before).toBeLessThan(100);
    balanced.change(...members.map(addressOf));
    await expect.poll(() => held(members).reduce((sum, each) => sum + each.size, 0)).toBe(100);
    for (const each of held(members)) expect(new Set(each.values())).toEqual(new Set([2]));
    const rerouted = countOf(balanced.settings.meter, 'weft_loadbalancer_rerouted_items', {exporter: 'lb'});
    expect(rerouted).toBeGreaterThan(0);
    expect(countOf(balanced.settings.meter, 'otelcol_exporter_send_failed_spans', {})).toBe(0);
    expect(members.flatMap(({contexts}) => contexts.map(({tenant}) => tenant)).every((each) => each === 'team')).toBe(
      true,
    );
  });

  it('load balancing: a queue on disk of a member that is none any more is routed again by the next process', async () => {
    const members = await fleet(1);
    const directory = join(root, 'queues');
    const extension = fileStorageExtension.create(
      testSettings(),
      fileStorageExtension.config.read(
        parseYaml('', `{directory: "${directory}", create_directory: true}`, quiet)!,
        quiet,
      ),
    );
    const settings = testSettings({id: 'lb', extension: () => extension});
    const onDisk = `${queued}, sending_queue: {storage: file_storage}`;
    const first = await changing(onDisk, [gone], settings);
    await first.route(traces(10), contextOf());
    await first.stop();
    const folder = join(directory, 'exporter_lb');
    expect(readdirSync(folder)).toEqual([encodeURIComponent(gone)]);
    const second = await changing(onDisk, [addressOf(members[0]!)], settings);
    await expect.poll(() => held(members)[0]!.size).toBe(10);
    await second.stop();
    expect(readdirSync(folder)).toEqual([encodeURIComponent(addressOf(members[0]!))]);
  });

  it('load balancing: a member that comes back while its queue is routed again gets another queue', async () => {
    const members = await fleet(1);
    const directory = join(root, 'again');
    const room = {storage: () => ({directory, fsync: false})};
    const settings = testSettings({id: 'lb', extension: () => room});
    const balanced = await changing(`${queued}, sending_queue: {storage: file_storage}`, [gone], settings);
    await balanced.route(traces(3), contextOf());
    // Nobody else is there: the queue waits.
    balanced.change('127.0.0.1:2');
    balanced.change(gone);
    await balanced.route(traces(3, 3), contextOf());
    expect(existsSync(join(directory, `${encodeURIComponent(gone)}~1`))).toBe(true);
    balanced.change(addressOf(members[0]!));
    await expect.poll(() => held(members)[0]!.size).toBe(6);
  });

  it('load balancing: refuses for ever what cannot be routed by its key', async () => {
    const config = configOf(
      '{protocol: {otlp: {}}, routing_key: metric, resolver: {static: {hostnames: ["127.0.0.1:1"]}}}',
    );
    const members = createMembers(testSettings(), config);
    await members.start();
    await expect(members.route(traces(1), contextOf())).rejects.toMatchObject({
      name: 'PermanentError',
      message: 'test: traces cannot be routed by metric; use one of traceID, service, attributes',
    });
    await members.stop();
  });

  it('load balancing: while nobody is known, senders are told to come again', async () => {
    const config = configOf('{protocol: {otlp: {}}, resolver: {static: {hostnames: [unused]}}}');
    const members = createMembers(testSettings(), config, {start: async () => {}, stop() {}});
    await members.start();
    await expect(members.route(traces(1), contextOf())).rejects.toMatchObject({
      name: 'RetryableError',
      reason: 'no_members',
    });
    await members.stop();
  });
});

describe('load balancing: looking up members', () => {
  it('load balancing: the addresses of a name are the members, sorted, and hold while the name cannot be resolved', async () => {
    const log = recordingLog();
    const settings = testSettings({log});
    const answers: (string[] | Error)[] = [
      new Error('ENOTFOUND'),
      ['10.0.0.2', '10.0.0.10', '::1', '10.0.0.2'],
      new Error('ETIMEOUT'),
      ['10.0.0.10', '::1', '10.0.0.2'],
      [],
      ['10.0.0.3'],
    ];
    const changes: string[][] = [];
    const {promise, resolve} = Promise.withResolvers<void>();
    const resolver = dnsResolver(settings, {hostname: 'fleet', port: 4317, interval: 1, timeout: 1000}, async () => {
      const answer = answers.shift();
      if (answer === undefined) return new Promise(() => resolve());
      if (answer instanceof Error) throw answer;
      return answer.map((address) => ({address}));
    });
    await resolver.start((endpoints) => changes.push([...endpoints]));
    expect(changes).toEqual([]);
    await promise;
    resolver.stop();
    expect(changes).toEqual([['10.0.0.10:4317', '10.0.0.2:4317', '[::1]:4317'], ['10.0.0.3:4317']]);
    const count = (success: string): number =>
      countOf(settings.meter, 'otelcol_loadbalancer_num_resolutions', {resolver: 'dns', success});
    expect([count('true'), count('false')]).toEqual([4, 3]);
    expect(countOf(settings.meter, 'otelcol_loadbalancer_num_backend_updates', {})).toBe(2);
    expect(log.lines.length).toBe(3);
  });
});

describe('load balancing: keys', () => {
  const attribute = (key: string, value: object) => ({key, value});
  const text = (key: string, value: string) => attribute(key, {stringValue: value});
  const decode = (signal: 'traces' | 'logs' | 'metrics', request: object): AnyBatch =>
    otlp[signal].decodeJson(utf8Bytes(JSON.stringify(request))).batch;
  const id = (byte: number): string => toHex(new Uint8Array(16).fill(byte));
  const span = (trace: number, name: string, more = {}) => ({
    traceId: id(trace),
    spanId: '01'.repeat(8),
    name,
    kind: 3,
    ...more,
  });
  /** The keys that a batch is routed by, as the ring is asked for them; each gets an endpoint of its own. */
  const keysOf = (batch: AnyBatch, key: RoutingKey, names: readonly string[] = []): string[] => {
    const asked: string[] = [];
    const ring = {
      endpoints: [],
      endpointOf(bytes: Uint8Array, start = 0, length = bytes.length): number {
        return asked.push(Buffer.from(bytes.subarray(start, start + length)).toString('latin1')) - 1;
      },
    };
    const routes = route(batch, ring, key, names);
    const rows = Array.from(
      {length: batch.items.count},
      (_, row) => [...routes].find(([, of]) => of.includes(row))![0],
    );
    return rows.map((index) => asked[index] as string);
  };
  const spans = decode('traces', {
    resourceSpans: [
      {
        resource: {attributes: [text('service.name', 'shop'), text('zone', 'a')]},
        scopeSpans: [
          {spans: [span(1, 'GET'), span(2, 'PUT', {attributes: [attribute('n', {intValue: '7'})]}), span(1, 'x')]},
        ],
      },
      {scopeSpans: [{scope: {name: 's', attributes: [text('zone', 'b')]}, spans: [span(1, 'y')]}]},
    ],
  });

  it('load balancing: spans go by the bytes of their trace, or by attributes of the first span of a trace in a scope', () => {
    const bytes = (byte: number): string => String.fromCharCode(byte).repeat(16);
    expect(keysOf(spans, 'traceID')).toEqual([bytes(1), bytes(2), bytes(1), bytes(1)]);
    const [shop, nobody] = ['service.name=shop|', 'service.name=|'];
    expect(keysOf(spans, 'service')).toEqual([shop, shop, shop, nobody]);
    expect(keysOf(spans, 'attributes', ['zone', 'span.name', 'span.kind', 'n'])).toEqual([
      'zone=a|span.name=GET|span.kind=Client|n=|',
      'zone=a|span.name=PUT|span.kind=Client|n=7|',
      'zone=a|span.name=GET|span.kind=Client|n=|',
      'zone=b|span.name=y|span.kind=Client|n=|',
    ]);
  });

  it('load balancing: values of attributes are written as the Collector writes them', () => {
    const values: [object, string][] = [
      [{boolValue: true}, 'true'],
      [{intValue: '-9223372036854775808'}, '-9223372036854775808'],
      [{doubleValue: 1}, '1'],
      [{doubleValue: 1e21}, '1e+21'],
      [{doubleValue: 123456789}, '123456789'],
      [{doubleValue: 0.00001}, '0.00001'],
      [{doubleValue: 0.0000001}, '1e-7'],
      [{doubleValue: '-Infinity'}, '-Infinity'],
      [{doubleValue: 0.000123}, '0.000123'],
      [{bytesValue: 'AQI='}, 'AQI='],
      [{arrayValue: {values: [{intValue: '1'}, {stringValue: '<b>'}]}}, '[1,"<b>"]'],
      [{kvlistValue: {values: [text('z', '1'), text('a', '2')]}}, '{"a":"2","z":"1"}'],
      [{}, ''],
    ];
    for (const [value, written] of values) {
      const batch = decode('traces', {
        resourceSpans: [{scopeSpans: [{spans: [span(1, 'a', {attributes: [attribute('v', value)]})]}]}],
      });
      expect(keysOf(batch, 'attributes', ['v'])).toEqual([`v=${written}|`]);
    }
  });

  it('load balancing: log records go by their service, trace, resource or attributes', () => {
    const record = (trace: number, more = {}) => ({
      severityText: 'WARN',
      body: {stringValue: 'slow'},
      traceId: trace === 0 ? '' : id(trace),
      ...more,
    });
    const logs = decode('logs', {
      resourceLogs: [
        {
          resource: {attributes: [text('service.name', 'shop')]},
          scopeLogs: [{logRecords: [record(1), record(0), record(0, {attributes: [text('zone', 'c')]})]}],
        },
        {scopeLogs: [{logRecords: [record(1)]}]},
      ],
    });
    expect(keysOf(logs, 'service')).toEqual(['shop', 'shop', 'shop', '']);
    const byTrace = keysOf(logs, 'traceID');
    expect([byTrace[0], byTrace[3]]).toEqual(['01'.repeat(16), '01'.repeat(16)]);
    // Without a trace, anywhere.
    expect(byTrace[1]).not.toBe(byTrace[2]);
    expect(keysOf(logs, 'resource')[3]).toBe('resource/88201fb960ff6465');
    // What the resource has comes first, whatever the order of the names.
    expect(keysOf(logs, 'attributes', ['zone', 'service.name'])).toEqual([
      'service.name=shop|zone=|',
      'service.name=shop|zone=|',
      'service.name=shop|zone=c|',
      'zone=|service.name=|',
    ]);
    expect(keysOf(logs, 'attributes', ['zone', 'log.severity', 'log.body'])).toEqual([
      'zone=|log.severity=WARN|log.body=slow|',
      'zone=|log.severity=WARN|log.body=slow|',
      'zone=c|log.severity=WARN|log.body=slow|',
      'zone=|log.severity=WARN|log.body=slow|',
    ]);
  });

  it('load balancing: metric points go by their service, resource, metric, stream or attributes', () => {
    const points = (zone: string) => [
      {timeUnixNano: '1', asInt: '1', attributes: [text('zone', zone)]},
      {timeUnixNano: '2', asInt: '1', attributes: [text('zone', zone)]},
    ];
    const metrics = decode('metrics', {
      resourceMetrics: [
        {
          resource: {attributes: [text('service.name', 'shop')]},
          scopeMetrics: [
            {
              metrics: [
                {name: 'a', gauge: {dataPoints: points('x')}},
                {name: 'b', gauge: {dataPoints: points('y')}},
              ],
            },
          ],
        },
      ],
    });
    expect(keysOf(metrics, 'service')).toEqual(['shop', 'shop', 'shop', 'shop']);
    expect(keysOf(metrics, 'metric')).toEqual(['a', 'a', 'b', 'b']);
    expect(keysOf(metrics, 'attributes', ['zone'])).toEqual(['zone=x|', 'zone=x|', 'zone=y|', 'zone=y|']);
    expect(keysOf(metrics, 'attributes', ['zone', 'service.name'])[0]).toBe('service.name=shop|zone=x|');
    const streams = keysOf(metrics, 'streamID');
    expect(streams[0]).toMatch(/^stream\/[0-9a-f]+$/);
    expect([streams[0] === streams[1], streams[0] === streams[2]]).toEqual([true, false]);
  });

  it('load balancing: members are sent to over TLS where nothing else is said', () => {
    const {protocol} = configOf('{resolver: {static: {hostnames: [a]}}}') as {protocol: {otlp: object}};
    expect(protocol.otlp).toMatchObject({tls: {insecure: false}, timeout: 5000, sending_queue: {enabled: true}});
  });

  it.each([
    ['{protocol: {otlp: {}}}', '`resolver` is required'],
    ['{protocol: {otlp: {}}, resolver: {}}', 'set one of `static` and `dns`'],
    ['{protocol: {otlp: {}}, resolver: {static: {hostnames: []}}}', '`hostnames` names none'],
    ['{protocol: {otlp: {}}, resolver: {k8s: {service: a}}}', 'members are found by `dns`'],
    [
      '{protocol: {otlp: {}}, resolver: {static: {hostnames: [a]}}, routing_key: attributes}',
      '`routing_attributes` is required',
    ],
    [
      '{protocol: {otlp: {}}, resolver: {static: {hostnames: [a]}}, routing_attributes: [b]}',
      '`routing_attributes` goes with',
    ],
    ['{protocol: {otlp: {}}, resolver: {dns: {hostname: a, port: x}}}', 'expected a port'],
  ])('load balancing: %s is a fault', (yaml, message) => {
    expect(() => configOf(yaml)).toThrow(message);
  });
});
