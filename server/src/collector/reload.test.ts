/** A collector that goes over to another configuration while clients send: over real sockets, with nothing lost or refused. */

import {mkdtempSync, rmSync} from 'node:fs';
import * as http from 'node:http';
import * as net from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import * as grpc from '@grpc/grpc-js';
import {describe, expect, it} from 'vitest';
import {bug} from '../base/index.ts';
import {namesOf, spansNamed} from '../pipeline/testing.ts';
import {otlp} from '../wire/index.ts';
import {grpcPaths} from './otlp-paths.ts';
import {startTestCollector, type TestCollector} from './testing.ts';

const yaml = (
  options: {
    readonly grpc?: string;
    readonly http?: string;
    readonly batch?: string;
    readonly processors?: string;
    readonly more?: string;
  } = {},
): string => `
receivers:
  otlp: {protocols: {grpc: {${options.grpc ?? ''}}, http: {${options.http ?? ''}}}}
  otlp/other: {protocols: {http: {endpoint: "127.0.0.1:0"}}}
processors:
  batch: {${options.batch ?? 'timeout: 1ms'}}
  memory_limiter: {check_interval: 1s, limit_mib: 100000}
exporters: {weft: }
service:
  pipelines:
    traces: {receivers: [otlp], processors: [${options.processors ?? 'batch'}], exporters: [weft]}
    ${options.more ?? ''}
`;

/** Senders that go on until they are stopped, each over one connection and over new ones. */
function load(collector: TestCollector, over: readonly ('http' | 'grpc')[] = ['http', 'grpc']) {
  const {otlp_http, otlp_grpc} = collector.endpoints;
  const sent: string[] = [];
  const failures: string[] = [];
  let running = true;
  let count = 0;
  const body = (): Uint8Array => {
    const name = `span-${count++}`;
    sent.push(name);
    return otlp.traces.encodeProto(spansNamed(name));
  };
  const overHttp = (agent: http.Agent | false): Promise<void> =>
    new Promise((resolve) => {
      const headers = {'content-type': 'application/x-protobuf'};
      const request = http.request(`http://${otlp_http}/v1/traces`, {method: 'POST', agent, headers}, (response) => {
        if (response.statusCode !== 200) failures.push(`HTTP ${response.statusCode}`);
        response.resume().on('end', resolve);
      });
      request.on('error', (error) => {
        failures.push(`HTTP: ${error.message}`);
        resolve();
      });
      request.end(body());
    });
  const client = new grpc.Client(
    otlp_grpc ?? (over.includes('grpc') ? bug('no gRPC') : '127.0.0.1:1'),
    grpc.credentials.createInsecure(),
  );
  const bytes = (each: Buffer): Buffer => each;
  const overGrpc = (): Promise<void> =>
    new Promise((resolve) => {
      client.makeUnaryRequest(grpcPaths.traces, bytes, bytes, Buffer.from(body()), (error) => {
        if (error !== null) failures.push(`gRPC: ${error.message}`);
        resolve();
      });
    });
  const agent = new http.Agent({keepAlive: true, maxSockets: 1});
  const forever = async (send: () => Promise<void>): Promise<void> => {
    while (running) await send();
  };
  const http1 = [() => overHttp(agent), () => overHttp(false)];
  const all = [...http1, ...(over.includes('grpc') ? [overGrpc] : [])].map(forever);
  return {
    failures,
    sent,
    /** Resolves when some more has been sent and answered. */
    async more(): Promise<void> {
      const before = count;
      await expect.poll(() => count - before).toBeGreaterThan(15);
    },
    async end(): Promise<void> {
      running = false;
      await Promise.all(all);
      agent.destroy();
      client.close();
    },
  };
}

const listens = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const [host, port] = address.split(':') as [string, string];
    const socket = net.connect(Number(port), host);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

describe('reload: while clients send', () => {
  it.each([
    ['a processor is changed', {batch: 'timeout: 2ms'}, ['processor/batch@traces']],
    ['processors are added', {processors: 'memory_limiter, batch'}, []],
    ['processors are left out', {processors: ''}, []],
    [
      'a receiver is changed',
      {grpc: 'max_recv_msg_size_mib: 5', http: 'max_request_body_size: 5000000'},
      ['receiver/otlp'],
    ],
  ] as const)('%s, and nothing is lost or refused', async (_, change, replaced) => {
    await using collector = await startTestCollector({yaml: yaml()});
    const clients = load(collector);
    await clients.more();
    const {endpoints} = collector;
    const done = await collector.change(yaml(change));
    await clients.more();
    const back = await collector.change(yaml());
    await clients.more();
    await clients.end();
    expect(clients.failures).toEqual([]);
    expect(done.replaced).toEqual(replaced);
    expect(back.replaced).toEqual(replaced);
    expect(collector.endpoints).toEqual(endpoints);
    expect(collector.traces.flatMap(namesOf).toSorted()).toEqual(clients.sent.toSorted());
  });
});

describe('reload: a receiver', () => {
  const other = 'traces/other: {receivers: [otlp/other], exporters: [weft]}';
  it('that is added listens, and closes its port when it is left out', async () => {
    await using collector = await startTestCollector({yaml: yaml()});
    const {otlp_http = ''} = collector.endpoints;
    await collector.change(yaml({more: other}));
    const {'otlp/other_http': added = ''} = collector.endpoints;
    expect([await listens(otlp_http), await listens(added)]).toEqual([true, true]);
    await collector.change(yaml());
    expect([await listens(otlp_http), await listens(added)]).toEqual([true, false]);
    expect(Object.keys(collector.endpoints).toSorted()).toEqual(['otlp_grpc', 'otlp_http']);
  });

  it('that cannot listen on its new address leaves everything as it was', async () => {
    await using collector = await startTestCollector({yaml: yaml()});
    const clients = load(collector);
    await clients.more();
    const before = collector.endpoints;
    // An address for documentation (RFC 5737), which is none of this machine. Its gRPC listener has started by then.
    const elsewhere = yaml({grpc: 'max_recv_msg_size_mib: 5', http: 'endpoint: "203.0.113.1:4318"'});
    await expect(collector.change(elsewhere)).rejects.toThrow('otlp: cannot listen on 203.0.113.1');
    await clients.more();
    await clients.end();
    expect(clients.failures).toEqual([]);
    expect(collector.endpoints).toEqual(before);
    expect(collector.traces.flatMap(namesOf).toSorted()).toEqual(clients.sent.toSorted());
  });
});

describe('reload: an exporter with a queue on disk', () => {
  const stored = (
    directory: string,
    options: {readonly timeout?: string; readonly size?: number; readonly broken?: string} = {},
  ) => `
receivers: {otlp: {protocols: {http: }}}
extensions: {file_storage: {directory: ${directory}, timeout: ${options.timeout ?? '1s'}}}
exporters:
  weft:
  otlphttp:
    endpoint: "http://127.0.0.1:1"
    retry_on_failure: {initial_interval: 50ms, max_interval: 100ms}
    sending_queue: {storage: file_storage, queue_size: ${options.size ?? 1000}}
service:
  extensions: [file_storage]
  pipelines: {traces: {receivers: [otlp${options.broken ?? ''}], exporters: [weft, otlphttp]}}
`;
  it.each([
    ['when it is changed', {size: 500}],
    ['when the storage is changed', {timeout: '2s'}],
  ] as const)('hands what waits there on to its successor %s', async (_, change) => {
    const directory = mkdtempSync(join(tmpdir(), 'weft-reload-'));
    await using collector = await startTestCollector({yaml: stored(directory)});
    const send = async (name: string): Promise<number> =>
      (
        await fetch(`http://${collector.endpoints.otlp_http}/v1/traces`, {
          method: 'POST',
          headers: {'content-type': 'application/x-protobuf'},
          body: new Uint8Array(otlp.traces.encodeProto(spansNamed(name))),
        })
      ).status;
    expect(await send('a')).toBe(200);
    await collector.change(stored(directory, change));
    expect(await send('b')).toBe(200);
    expect(collector.count('otelcol_exporter_queue_size', {exporter: 'otlphttp'})).toBe(2);
    await collector.change(stored(directory));
    expect(await send('c')).toBe(200);
    expect(collector.count('otelcol_exporter_queue_size', {exporter: 'otlphttp'})).toBe(3);
    rmSync(directory, {recursive: true});
  });

  it('goes on as before where something else of the new configuration cannot start', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'weft-reload-'));
    await using collector = await startTestCollector({yaml: stored(directory)});
    const broken = stored(directory, {size: 500, broken: ', otlp/elsewhere'}).replace(
      'receivers: {',
      'receivers: {otlp/elsewhere: {protocols: {http: {endpoint: "203.0.113.1:4318"}}}, ',
    );
    const clients = load(collector, ['http']);
    await clients.more();
    await expect(collector.change(broken)).rejects.toThrow('cannot listen');
    await clients.more();
    await clients.end();
    expect(clients.failures).toEqual([]);
    expect(collector.traces.flatMap(namesOf).toSorted()).toEqual(clients.sent.toSorted());
    expect(collector.count('otelcol_exporter_queue_size', {exporter: 'otlphttp'})).toBe(clients.sent.length);
    rmSync(directory, {recursive: true});
  });
});

it('reload: what services are told of their sampling is as before where the new configuration cannot start', async () => {
  const sampled = (probability: number, address: string): string => `
receivers: {otlp: {protocols: {http: {endpoint: "${address}:4318"}}}}
extensions: {remote_sampling: {mode: fixed, fixed: {probability: ${probability}}, http: }}
exporters: {weft: }
service: {extensions: [remote_sampling], pipelines: {traces: {receivers: [otlp], exporters: [weft]}}}
`;
  await using collector = await startTestCollector({yaml: sampled(0.5, '127.0.0.1')});
  const probability = async (): Promise<unknown> => {
    const answer = await fetch(`http://${collector.endpoints.sampling_http}/sampling?service=a`);
    return ((await answer.json()) as {probabilisticSampling: {samplingRate: number}}).probabilisticSampling
      .samplingRate;
  };
  expect(await probability()).toBe(0.5);
  await collector.change(sampled(0.25, '127.0.0.1'));
  expect(await probability()).toBe(0.25);
  await expect(collector.change(sampled(0.75, '203.0.113.1'))).rejects.toThrow('cannot listen');
  expect(await probability()).toBe(0.25);
});

describe('pipeline view', () => {
  it('counts what passes each edge, and shows configurations without their secrets', async () => {
    await using collector = await startTestCollector({
      yaml: `
receivers: {otlp: {protocols: {http: }}}
processors: {batch: {timeout: 1ms, send_batch_size: 100}}
exporters:
  weft:
  otlphttp: {endpoint: "http://user:hidden@127.0.0.1:1", headers: {x-key: hidden}, sending_queue: {queue_size: 7}}
service: {pipelines: {traces: {receivers: [otlp], processors: [batch], exporters: [weft, otlphttp]}}}`,
    });
    const clients = http.request(`http://${collector.endpoints.otlp_http}/v1/traces`, {
      method: 'POST',
      headers: {'content-type': 'application/x-protobuf'},
    });
    clients.end(otlp.traces.encodeProto(spansNamed('a', 'b')));
    await new Promise((resolve) => clients.once('response', (response) => response.resume().once('end', resolve)));
    collector.look();
    const {nodes, edges} = collector.view();
    expect(edges.map(({from, to, perSecond}) => [from, to, perSecond > 0])).toEqual([
      ['receiver/otlp', 'processor/batch@traces', true],
      ['processor/batch@traces', 'exporter/weft', true],
      ['processor/batch@traces', 'exporter/otlphttp', true],
    ]);
    expect(nodes.map(({key}) => key)).toEqual([
      'receiver/otlp',
      'processor/batch@traces',
      'exporter/weft',
      'exporter/otlphttp',
    ]);
    expect(nodes.at(-1)?.queue).toEqual({size: expect.any(Number), capacity: 7});
    expect(nodes[1]?.latency?.p95).toBeGreaterThan(0);
    const component = collector.component('exporter/otlphttp');
    expect(component?.configuration).toBe(
      'endpoint: http://••••••@127.0.0.1:1\nheaders:\n  x-key: ••••••\nsending_queue:\n  queue_size: 7',
    );
    expect(component?.settings.filter(({isSet}) => isSet).map(({path}) => path)).toEqual([
      'endpoint',
      'headers',
      'sending_queue',
      'sending_queue.queue_size',
    ]);
    expect(collector.component('exporter/none')).toBeUndefined();
  });

  it('tells a processor in two pipelines, and the edges of a shared receiver and exporter, apart', async () => {
    await using collector = await startTestCollector({
      yaml: `
receivers: {otlp: {protocols: {http: }}, otlp/two: {protocols: {http: {endpoint: "127.0.0.1:4418"}}}}
processors: {filter: {error_mode: ignore, traces: {span: ['name == "b"']}}}
exporters: {weft: }
service:
  pipelines:
    traces: {receivers: [otlp], processors: [filter], exporters: [weft]}
    traces/two: {receivers: [otlp/two], processors: [filter], exporters: [weft]}
    logs: {receivers: [otlp], exporters: [weft]}`,
    });
    const send = async (to: string, ...names: readonly string[]): Promise<void> => {
      const answer = await fetch(`http://${collector.endpoints[to]}/v1/traces`, {
        method: 'POST',
        headers: {'content-type': 'application/x-protobuf'},
        body: new Uint8Array(otlp.traces.encodeProto(spansNamed(...names))),
      });
      expect(answer.status).toBe(200);
    };
    await send('otlp_http', 'a', 'b', 'b');
    const {nodes, edges} = collector.view();
    const filters = nodes.filter(({type}) => type === 'filter').toSorted((a, b) => (a.key < b.key ? -1 : 1));
    const incoming = 'otelcol_processor_incoming_items';
    expect(
      filters.map(({key, losses, latency, metrics}) => [
        key,
        losses.map(({total}) => total),
        latency === undefined,
        metrics.filter(({name, value}) => name === incoming && value > 0).map(({value}) => value),
      ]),
    ).toEqual([
      ['processor/filter@traces', [2], false, [3]],
      ['processor/filter@traces/two', [], true, []],
    ]);
    expect(collector.count(incoming, {processor: 'filter'})).toBe(3);
    expect(edges.map(({pipeline, from, total, latency}) => [pipeline, from, total, latency === undefined])).toEqual([
      ['traces', 'receiver/otlp', 3, false],
      ['traces', 'processor/filter@traces', 1, false],
      ['traces/two', 'receiver/otlp/two', 0, true],
      ['traces/two', 'processor/filter@traces/two', 0, true],
      ['logs', 'receiver/otlp', 0, true],
    ]);
    await send('otlp/two_http', 'b');
    const losses = collector.view().nodes.flatMap(({type, losses}) => (type === 'filter' ? losses : []));
    expect(losses.map(({total}) => total).toSorted()).toEqual([1, 2]);
  });

  it('tells what a filter leaves out, which is no cause for alarm', async () => {
    await using collector = await startTestCollector({
      yaml: `
receivers: {otlp: {protocols: {http: }}}
processors: {filter/health: {traces: {span: ['name == "b"']}}}
exporters: {weft: }
service: {pipelines: {traces: {receivers: [otlp], processors: [filter/health], exporters: [weft]}}}`,
    });
    const answer = await fetch(`http://${collector.endpoints.otlp_http}/v1/traces`, {
      method: 'POST',
      headers: {'content-type': 'application/x-protobuf'},
      body: new Uint8Array(otlp.traces.encodeProto(spansNamed('a', 'b'))),
    });
    expect(answer.status).toBe(200);
    expect(collector.view().nodes[1]?.losses).toEqual([
      {
        metric: 'otelcol_processor_filter_spans_filtered',
        reason: 'filtered',
        isMeant: true,
        total: 1,
        perSecond: expect.any(Number),
      },
    ]);
  });

  it('tells of calls whose other side never came, which is no cause for alarm', async () => {
    await using collector = await startTestCollector({
      yaml: `
receivers: {otlp: {protocols: {http: }}}
connectors: {servicegraph: {store: {ttl: 1ms}, store_expiration_loop: 10ms}}
exporters: {weft: }
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [servicegraph]}
    metrics: {receivers: [servicegraph], exporters: [weft]}`,
    });
    const call = {
      traceId: 'a'.repeat(32),
      spanId: 'b'.repeat(16),
      name: 'SELECT',
      kind: 3,
      startTimeUnixNano: '1',
      endTimeUnixNano: '2',
    };
    const resource = {attributes: [{key: 'service.name', value: {stringValue: 'shop'}}]};
    const answer = await fetch(`http://${collector.endpoints.otlp_http}/v1/traces`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify({resourceSpans: [{resource, scopeSpans: [{spans: [call]}]}]}),
    });
    const losses = () => collector.view().nodes.find(({kind}) => kind === 'connector')?.losses ?? [];
    expect(answer.status).toBe(200);
    await expect.poll(losses).toMatchObject([{metric: 'otelcol_connector_servicegraph_expired_edges', isMeant: true}]);
  });

  it('tells who refused, and why', async () => {
    await using collector = await startTestCollector({
      yaml: yaml(),
      sink: {
        traces: async () => {
          throw new Error('the disk is gone');
        },
      },
    });
    const answer = await fetch(`http://${collector.endpoints.otlp_http}/v1/traces`, {
      method: 'POST',
      headers: {'content-type': 'application/x-protobuf'},
      body: new Uint8Array(otlp.traces.encodeProto(spansNamed('a'))),
    });
    expect(answer.status).toBe(503);
    collector.look();
    const {nodes, edges} = collector.view();
    expect(nodes.flatMap(({key, problem}) => (problem === undefined ? [] : [[key, problem.message]]))).toContainEqual([
      'exporter/weft',
      'the disk is gone',
    ]);
    expect(nodes.find(({key}) => key === 'processor/batch@traces')?.problem).toBeUndefined();
    expect(edges.map(({refusedPerSecond}) => refusedPerSecond > 0)).toEqual([true, true]);
    expect(nodes.find(({key}) => key === 'exporter/weft')?.losses).toEqual([
      {
        metric: 'otelcol_exporter_send_failed_spans',
        reason: expect.any(String),
        isMeant: false,
        total: 1,
        perSecond: expect.any(Number),
      },
    ]);
  });
});
