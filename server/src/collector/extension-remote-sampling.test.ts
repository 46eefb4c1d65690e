/** Remote sampling as services see it: a collector, and clients that speak Jaeger's protocol. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import * as grpc from '@grpc/grpc-js';
import {afterAll, describe, expect, test} from 'vitest';
import {type TenantId, utf8Bytes} from '../base/index.ts';
import {formatFault} from '../config/index.ts';
import {loadConfig} from '../pipeline/index.ts';
import {encodeStrategy, probabilistic} from '../sampling/index.ts';
import {registry} from './registry.ts';
import {startTestCollector, type TestCollector} from './testing.ts';

const directory = mkdtempSync(join(tmpdir(), 'weft-strategies-'));
afterAll(() => rmSync(directory, {recursive: true}));

const pipeline = `
receivers: {otlp: {protocols: {http: }}}
exporters: {weft: }
processors: {adaptive_sampling: }
service:
  extensions: [remote_sampling]
  pipelines: {traces: {receivers: [otlp], processors: [adaptive_sampling], exporters: [weft]}}
`;
const yaml = (settings: string): string => `extensions: {remote_sampling: {${settings}}}${pipeline}`;

const get = async (address: string | undefined, path: string, init?: RequestInit) => {
  const response = await fetch(`http://${address}${path}`, init);
  return {status: response.status, type: response.headers.get('content-type'), body: await response.text()};
};

function askGrpc(address: string, request: Uint8Array, metadata = new grpc.Metadata()): Promise<Uint8Array> {
  const client = new grpc.Client(address, grpc.credentials.createInsecure());
  return new Promise<Uint8Array>((resolve, reject) => {
    client.makeUnaryRequest(
      '/jaeger.api_v2.SamplingManager/GetSamplingStrategy',
      (bytes: Uint8Array) => Buffer.from(bytes),
      (bytes) => new Uint8Array(bytes),
      request,
      metadata,
      (error, reply) => (error ? reject(error) : resolve(reply as Uint8Array)),
    );
  }).finally(() => client.close());
}
const grpcRequest = (service: string): Uint8Array => {
  const name = utf8Bytes(service);
  return Uint8Array.of(0x0a, name.length, ...name);
};

describe('remote sampling: over HTTP', () => {
  test('answers at /sampling, and at / as Jaeger’s agent did', async () => {
    await using collector = await startTestCollector({yaml: yaml('http: , fixed: {probability: 0.25}')});
    const address = collector.endpoints.sampling_http;
    const json = 'application/json';
    const body = '{"strategyType":"PROBABILISTIC","probabilisticSampling":{"samplingRate":0.25}}';
    expect(await get(address, '/sampling?service=check%20out')).toEqual({status: 200, type: json, body});
    expect(await get(address, '/?service=a')).toEqual({
      status: 200,
      type: json,
      body: body.replace('"PROBABILISTIC"', '0'),
    });
    expect(collector.count('weft_sampling_requests_total', {protocol: 'http', outcome: 'success'})).toBe(2);
  });

  test('remote sampling: a tenant is told what it has set, over HTTP and gRPC, and no other is', async () => {
    await using collector = await startTestCollector({yaml: yaml('http: , grpc: , fixed: {probability: 0.25}')});
    collector.sampling.of('team-a' as TenantId).change({probability: 0.5});
    const rateOf = async (headers: Record<string, string>): Promise<unknown> => {
      const {body} = await get(collector.endpoints.sampling_http, '/sampling?service=a', {headers});
      return JSON.parse(body).probabilisticSampling.samplingRate;
    };
    expect(await rateOf({'x-scope-orgid': 'team-a'})).toBe(0.5);
    expect(await rateOf({})).toBe(0.25);
    const bad = await get(collector.endpoints.sampling_http, '/sampling?service=a', {
      headers: {'x-scope-orgid': 'a/b'},
    });
    expect([bad.status, bad.body]).toEqual([400, expect.stringContaining('X-Scope-OrgID')]);
    const metadata = new grpc.Metadata();
    metadata.set('x-scope-orgid', 'team-a');
    const address = collector.endpoints.sampling_grpc as string;
    expect(await askGrpc(address, grpcRequest('a'), metadata)).toEqual(
      Uint8Array.from(encodeStrategy(probabilistic(0.5))),
    );
    expect(await askGrpc(address, grpcRequest('a'))).toEqual(Uint8Array.from(encodeStrategy(probabilistic(0.25))));
  });

  test.each([
    [
      'no service',
      'GET',
      '/sampling',
      400,
      "'service' parameter must be provided once, as in /sampling?service=NAME\n",
    ],
    [
      'two',
      'GET',
      '/sampling?service=a&service=b',
      400,
      "'service' parameter must be provided once, as in /sampling?service=NAME\n",
    ],
    ['an empty one', 'GET', '/sampling?service=', 400, 'the name of the service is empty\n'],
    [
      'a very long one',
      'GET',
      `/sampling?service=${'x'.repeat(600)}`,
      400,
      'the name of the service has more than 512 bytes\n',
    ],
    ['another address', 'GET', '/baggageRestrictions?service=a', 404, 'nothing is served at /baggageRestrictions\n'],
    ['another method', 'POST', '/sampling?service=a', 405, 'method POST is not allowed here; use GET\n'],
  ])('%s is a clear error', async (_, method, path, status, body) => {
    await using collector = await startTestCollector();
    expect(await get(collector.endpoints.sampling_http, path, {method})).toEqual({
      status,
      type: 'text/plain; charset=utf-8',
      body,
    });
    expect(collector.count('weft_sampling_requests_total', {outcome: 'success'})).toBe(0);
    expect(collector.count('weft_sampling_requests_total')).toBe(1);
  });
});

describe('remote sampling: over gRPC', () => {
  test('answers, and says what is wrong with a question', async () => {
    await using collector = await startTestCollector({yaml: yaml('grpc: , fixed: {probability: 0.25}')});
    const address = collector.endpoints.sampling_grpc as string;
    expect(await askGrpc(address, grpcRequest('a'))).toEqual(Uint8Array.from(encodeStrategy(probabilistic(0.25))));
    await expect(askGrpc(address, grpcRequest(''))).rejects.toMatchObject({
      code: grpc.status.INVALID_ARGUMENT,
      details: 'the name of the service is empty',
    });
    await expect(askGrpc(address, Uint8Array.of(0x0a, 9))).rejects.toMatchObject({code: grpc.status.INVALID_ARGUMENT});
    expect(collector.count('weft_sampling_requests_total', {protocol: 'grpc', outcome: 'success'})).toBe(1);
    expect(collector.count('weft_sampling_requests_total', {protocol: 'grpc', outcome: 'malformed'})).toBe(1);
  });
});

describe('remote sampling: a strategies file', () => {
  const path = join(directory, 'strategies.json');
  const rate = (param: number): string => JSON.stringify({default_strategy: {type: 'probabilistic', param}});
  const samplingRate = async (address: string | undefined): Promise<number> =>
    JSON.parse((await get(address, '/sampling?service=a')).body).probabilisticSampling.samplingRate;

  test.each([
    ['Jaeger’s name', yaml(`http: , file: {path: ${path}, reload_interval: 20ms}`)],
    [
      'the Collector’s name',
      `extensions: {jaegerremotesampling: {source: {file: ${path}, reload_interval: 20ms}}}${pipeline.replace('[remote_sampling]', '[jaegerremotesampling]')}`,
    ],
  ])('is followed, by %s; a faulty one changes nothing', async (_, text) => {
    writeFileSync(path, rate(0.5));
    await using collector = await startTestCollector({yaml: text});
    const address = collector.endpoints.sampling_http;
    expect(await samplingRate(address)).toBe(0.5);
    writeFileSync(path, rate(0.125));
    await expect.poll(() => samplingRate(address)).toBe(0.125);
    writeFileSync(path, '{"default_strategy": ');
    await expect.poll(() => collector.sampling.config.file?.problem).toMatch(/^not JSON/);
    expect(await samplingRate(address)).toBe(0.125);
    writeFileSync(path, rate(1));
    await expect.poll(() => samplingRate(address)).toBe(1);
    expect(collector.sampling.config.file?.problem).toBeUndefined();
  });

  test('stands in the configuration itself, by the Collector’s name', async () => {
    const contents = rate(0.375).replaceAll('"', '\\"');
    await using collector = await startTestCollector({
      yaml: `extensions: {jaegerremotesampling: {source: {contents: "${contents}"}}}${pipeline.replace('[remote_sampling]', '[jaegerremotesampling]')}`,
    });
    expect(await samplingRate(collector.endpoints.sampling_http)).toBe(0.375);
  });

  test('is that of another server, asked for each service and remembered, and kept while it is away', async () => {
    const strategies = {
      default_strategy: {type: 'probabilistic', param: 0.5},
      service_strategies: [
        {service: 'limited', type: 'ratelimiting', param: 7},
        {
          service: 'shop',
          type: 'probabilistic',
          param: 0.25,
          operation_strategies: [{operation: 'GET /', type: 'probabilistic', param: 0.125}],
        },
      ],
    };
    writeFileSync(path, JSON.stringify(strategies));
    const first = await startTestCollector({yaml: yaml(`http: , grpc: , file: {path: ${path}}`)});
    const remote = `remote: {endpoint: "${first.endpoints.sampling_grpc}", tls: {insecure: true}, timeout: 500ms}`;
    const following = (more: string): string =>
      `extensions: {jaegerremotesampling: {source: {${remote}${more}}}}${pipeline.replace('[remote_sampling]', '[jaegerremotesampling]')}`;
    await using remembering = await startTestCollector({yaml: following(', reload_interval: 1h')});
    await using asking = await startTestCollector({yaml: following('')});
    const of = async (collector: TestCollector, service: string): Promise<string> =>
      (await get(collector.endpoints.sampling_http, `/sampling?service=${service}`)).body;
    for (const service of ['limited', 'shop', 'other']) {
      const own = await of(first, service);
      expect(await of(remembering, service)).toBe(own);
      expect(await of(asking, service)).toBe(own);
    }
    const before = first.count('weft_sampling_requests_total');
    await of(remembering, 'shop');
    expect(first.count('weft_sampling_requests_total')).toBe(before);
    await of(asking, 'shop');
    expect(first.count('weft_sampling_requests_total')).toBe(before + 1);
    const known = await of(first, 'shop');
    await first.stop();
    expect(await of(asking, 'shop')).toBe(known);
    expect((await get(asking.endpoints.sampling_http, '/sampling?service=new')).status).toBe(503);
    expect(asking.sampling.config.file?.problem).toBeDefined();
  });

  test('must be there at start', async () => {
    await expect(startTestCollector({yaml: yaml('http: , file: {path: /nowhere.json}')})).rejects.toThrow(
      'sampling strategies /nowhere.json: ENOENT',
    );
  });
});

describe('remote sampling: configuration', () => {
  const load = (text: string) => loadConfig({registry, configs: [`yaml:${text}`], env: {}});
  const faults = async (text: string): Promise<string[]> => {
    const loaded = await load(text);
    return loaded.kind === 'faulty' ? loaded.faults.map(({message}) => message) : [];
  };
  const settings = async (text: string) => {
    const loaded = await load(text);
    if (loaded.kind === 'faulty') throw new Error(loaded.faults.map(formatFault).join('\n'));
    return [
      loaded.config.components.extensions.get('remote_sampling')?.config,
      loaded.warnings.map(({message}) => message),
    ];
  };

  test('of Jaeger’s own examples loads', async () => {
    // cmd/jaeger/config.yaml and cmd/jaeger/internal/all-in-one.yaml of Jaeger 2.
    expect(
      await settings(yaml('adaptive: {sampling_store: some_store, initial_sampling_probability: 0.1}, http: , grpc: ')),
    ).toMatchObject([
      {mode: 'adaptive', adaptive: {initial_sampling_probability: 0.1, total_samples_per_second: 100}},
      ['`adaptive`: `sampling_store` has no effect: rates are kept in the data directory'],
    ]);
    expect(
      await settings(
        yaml(
          'file: {path: , default_sampling_probability: 1, reload_interval: 1s}, http: {endpoint: "localhost:5778"}',
        ),
      ),
    ).toMatchObject([{mode: 'fixed', probability: 1, file: undefined, grpc: undefined}, []]);
  });

  test.each([
    [
      'file: {path: a.json}, adaptive: ',
      'set either `file` or `adaptive`, or say with `mode` which of them holds at start',
    ],
    ['mode: file', 'the mode `file` needs `file.path`'],
    ['mode: tail', '`mode`: expected one of `fixed`, `file`, `adaptive`, found "tail"'],
    [
      'adaptive: {total_samples_per_second: 0}',
      '`total_samples_per_second`: expected a number of traces per second, above 0, found 0',
    ],
    ['fixed: {probability: 2}', '`probability`: expected a number from 0 to 1, found 2'],
    [
      'adaptive: {min_samples_per_secnd: 1}',
      '`adaptive`: unknown key `min_samples_per_secnd`; did you mean `min_samples_per_second`?',
    ],
  ])('%s is a fault', async (text, message) => expect(await faults(yaml(text))).toEqual([message]));

  test('only one part can decide', async () => {
    const text = yaml('http: ').replace('extensions: {', 'extensions: {remote_sampling/2: {grpc: }, ');
    expect(await faults(text.replace('[remote_sampling]', '[remote_sampling, remote_sampling/2]'))).toEqual([
      '`remote_sampling` decides on sampling already; name only one of it and `remote_sampling/2`',
    ]);
  });

  test('the Collector’s name needs one source', async () => {
    const text = (source: string): string =>
      `extensions: {jaegerremotesampling: {${source}}}${pipeline.replace('[remote_sampling]', '[jaegerremotesampling]')}`;
    const one = ['`source`: set one of `file`, `remote` and `contents`'];
    expect(await faults(text('source: {reload_interval: 1s}'))).toEqual(one);
    expect(await faults(text('source: {remote: {endpoint: "a:1"}, file: x}'))).toEqual(one);
  });
});
