/**
 * Zipkin's query API over the real store, of spans that came as Zipkin's clients send them. Facts: the example of
 * `zipkin2-api.yaml`, `ITZipkinServer` and `QueryRequest` of Zipkin 3.
 */
import type {FastifyInstance} from 'fastify';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {createMeter, defaultTenant, silentLog, type TenantId, utf8Bytes} from '../base/index.ts';
import {createReader} from '../store/index.ts';
import {startTestStore, type TestStore} from '../store/testing.ts';
import {decodeZipkinJson, decodeZipkinV1Json} from '../wire/index.ts';
import {createApi} from './create-api.ts';
import type {Control} from './source.ts';
import {spanBatchOf} from './testing.ts';

/** The specification's own. */
const example = {
  traceId: '5af7183fb1d4cf5f',
  parentId: '6b221d5bc9e6496c',
  id: '352bff9a74ca9ad2',
  kind: 'SERVER',
  name: 'get /api',
  timestamp: 1556604172355737,
  duration: 1431,
  localEndpoint: {serviceName: 'backend', ipv4: '192.168.99.1', port: 3306},
  remoteEndpoint: {ipv4: '172.19.0.2', port: 58648},
  tags: {'http.method': 'GET', 'http.path': '/api'},
};
/** Its caller, which has the same id, and the caller's root. */
const caller = {
  traceId: example.traceId,
  parentId: example.parentId,
  id: example.id,
  kind: 'CLIENT',
  name: 'get',
  timestamp: 1556604172355000,
  duration: 2500,
  localEndpoint: {serviceName: 'frontend', ipv6: '2001:db8::c001'},
  remoteEndpoint: {serviceName: 'backend'},
  annotations: [{timestamp: 1556604172355100, value: 'retried'}],
  tags: {'http.method': 'GET'},
};
const root = {
  traceId: example.traceId,
  id: example.parentId,
  kind: 'SERVER',
  name: 'get /',
  timestamp: 1556604172354000,
  duration: 5000,
  localEndpoint: {serviceName: 'frontend'},
};
const minute = 60_000_000;
/** A minute later. */
const failed = {
  traceId: '4e441824ec2b6a44ffdc9bb9a6453df3',
  id: 'ffdc9bb9a6453df3',
  name: 'charge',
  timestamp: root.timestamp + minute,
  duration: 90_000,
  localEndpoint: {serviceName: 'payment'},
  remoteEndpoint: {serviceName: 'bank'},
  tags: {error: 'card declined', environment: 'production'},
};
const endTs = root.timestamp / 1000 + 120_000;
const clock = {now: () => endTs};

let store: TestStore;
let api: FastifyInstance;

beforeAll(async () => {
  store = await startTestStore();
  api = await createApi({
    source: createReader({client: store.engine.queries, clock}),
    control: {} as Control,
    meter: createMeter(),
    log: silentLog,
    clock,
    uiDirectory: undefined,
    loopback: true,
  });
  const sent = [example, caller, root, failed];
  const {batch} = decodeZipkinJson(utf8Bytes(JSON.stringify(sent)));
  await store.sink.consume(batch, {tenant: defaultTenant});
  await store.sink.consume(
    spanBatchOf([
      {
        traceId: 'abc',
        spanId: 'def',
        name: 'POST /Checkout',
        kind: 3,
        start: BigInt(root.timestamp - minute) * 1000n,
        duration: 500n,
        resource: {'service.name': 'Gateway', 'host.name': 'a'},
        attributes: {'peer.service': 'Cart', error: true},
      },
    ]),
    {tenant: 'mixed' as TenantId},
  );
  await store.spool.flush();
});
afterAll(async () => {
  await api?.close();
  await store?.stop();
});

async function ask(path: string, tenant = 'default') {
  const headers = {host: 'localhost', 'x-scope-orgid': tenant};
  const response = await api.inject({url: `/zipkin/api/v2${path}`, headers});
  const type = String(response.headers['content-type']);
  return {
    status: response.statusCode,
    type,
    body: type.startsWith('application/json') ? response.json() : response.body,
  };
}
const of = async (path: string, tenant?: string) => (await ask(path, tenant)).body;
/** Ids of the traces that a search finds. */
const found = async (query: Record<string, string>, tenant?: string): Promise<string[]> => {
  const traces: {traceId: string}[][] = await of(`/traces?${new URLSearchParams(query)}`, tenant);
  return traces.map(([span]) => span?.traceId as string);
};

describe("Zipkin's query API", () => {
  test('a trace is what was sent, in the order of its spans, the server sharing its client’s span', async () => {
    const trace = await ask(`/trace/${example.traceId}`);
    expect(trace).toEqual({
      status: 200,
      type: 'application/json; charset=utf-8',
      body: [root, caller, {...example, shared: true}],
    });
    expect(await of(`/trace/${failed.traceId}%20`)).toEqual([failed]);
  });

  test.each([
    ['a trace that is not there', '/trace/000000000000abcd', 404, '000000000000abcd not found'],
    ['a short id', '/trace/abcd', 404, '000000000000abcd not found'],
    ['a malformed id', '/trace/0e8b46e1-81b', 400, '0e8b46e1-81b should be lower-hex encoded with no prefix'],
    ['an id in upper case', '/trace/ABCD', 400, 'ABCD should be lower-hex encoded with no prefix'],
    ['an id that is too long', `/trace/${'a'.repeat(33)}`, 400, 'traceId.length > 32'],
    ['an id of zeros', '/trace/0000', 400, 'traceId is all zeros'],
    ['no ids', '/traceMany?traceIds=', 400, 'traceIds parameter is empty'],
    ['ids that are not given', '/traceMany', 400, 'Mandatory parameter/header/attribute is missing: traceIds'],
    ['one id', '/traceMany?traceIds=abcd', 400, 'Use /api/v2/trace/{traceId} endpoint to retrieve a single trace'],
    ['an id twice', '/traceMany?traceIds=abcd,000000000000abcd', 400, 'redundant traceId: 000000000000abcd'],
    ['an empty id', '/traceMany?traceIds=abcd,', 400, 'traceId is empty'],
    [
      'more than a thousand ids',
      `/traceMany?traceIds=${Array.from({length: 1001}, (_, i) => (i + 1).toString(16)).join(',')}`,
      400,
      '3e8,3e9 should be lower-hex encoded with no prefix',
    ],
    ['spans without a service', '/spans', 400, 'Mandatory parameter/header/attribute is missing: serviceName'],
    [
      'remote services without a service',
      '/remoteServices',
      400,
      'Mandatory parameter/header/attribute is missing: serviceName',
    ],
    ['dependencies without an end', '/dependencies', 400, 'Mandatory parameter/header/attribute is missing: endTs'],
    [
      'dependencies with an empty end',
      '/dependencies?endTs=',
      400,
      'Cannot set null to primitive type parameter: endTs',
    ],
    ['dependencies up to 0', '/dependencies?endTs=0', 400, 'endTs <= 0'],
    ['dependencies of no time', '/dependencies?endTs=1&lookback=0', 400, 'lookback <= 0'],
    ['values without a key', '/autocompleteValues', 400, 'Mandatory parameter/header/attribute is missing: key'],
    ['values of an empty key', '/autocompleteValues?key=', 400, 'key was empty'],
    ['a limit of 0', '/traces?limit=0', 400, 'limit <= 0'],
    ['a limit beyond 32 bits', '/traces?limit=2147483648', 400, 'For input string: "2147483648"'],
    ['a limit that is no number', '/traces?limit=ten', 400, 'For input string: "ten"'],
    ['a search of no time', '/traces?lookback=-5', 400, 'lookback <= 0'],
    ['a search up to 0', '/traces?endTs=0', 400, 'endTs <= 0'],
    ['a least duration of 0', '/traces?minDuration=0', 400, 'minDuration <= 0'],
    ['crossed durations', '/traces?minDuration=2&maxDuration=1', 400, 'maxDuration < minDuration'],
    ['a greatest duration alone', '/traces?maxDuration=5', 400, 'maxDuration is only valid with minDuration'],
  ])('%s is answered in Zipkin’s words', async (_, path, status, text) => {
    expect(await ask(path)).toEqual({status, type: 'text/plain; charset=utf-8', body: text});
  });

  test('traceMany answers the traces that there are, each once', async () => {
    const traces = await of(`/traceMany?traceIds=${failed.traceId},abcd,${example.traceId}`);
    expect(traces.map((spans: {id: string}[]) => spans.map(({id}) => id))).toEqual([
      [failed.id],
      [root.id, caller.id, example.id],
    ]);
    expect(await of('/traceMany?traceIds=1,2')).toEqual([]);
  });

  test('names are sorted, and found in any case', async () => {
    expect(await of('/services')).toEqual(['backend', 'frontend', 'payment']);
    expect(await of('/spans?serviceName=Frontend')).toEqual(['get', 'get /']);
    expect(await of('/remoteServices?serviceName=frontend')).toEqual(['backend']);
    expect(await of('/remoteServices?serviceName=payment')).toEqual(['bank']);
    for (const path of ['/spans', '/remoteServices']) {
      expect(await of(`${path}?serviceName=${encodeURIComponent('个人信息服务')}`)).toEqual([]);
      expect(await of(`${path}?serviceName=`)).toEqual([]);
    }
  });

  test('names that are not Zipkin’s are shown in lower case, and find what they stand for', async () => {
    expect(await of('/services', 'mixed')).toEqual(['gateway']);
    expect(await of('/spans?serviceName=gateway', 'mixed')).toEqual(['post /checkout']);
    expect(await of('/remoteServices?serviceName=gateway', 'mixed')).toEqual(['cart']);
    const names = {serviceName: 'gateway', spanName: 'post /checkout', remoteServiceName: 'cart'};
    expect(await found(names, 'mixed')).toEqual(['0000000000000abc']);
    expect(await found({spanName: 'post /checkout'}, 'mixed')).toEqual(['0000000000000abc']);
    expect(await found({remoteServiceName: 'CART'}, 'mixed')).toEqual(['0000000000000abc']);
    const [span] = await of('/trace/abc', 'mixed');
    expect(span).toMatchObject({
      traceId: '0000000000000abc',
      name: 'post /checkout',
      duration: 1,
      localEndpoint: {serviceName: 'gateway'},
      remoteEndpoint: {serviceName: 'cart'},
      tags: {'host.name': 'a'},
    });
    // It did not fail.
    expect(span.tags).not.toHaveProperty('error');
    expect(await found({annotationQuery: 'error'}, 'mixed')).toEqual([]);
    // Of half a microsecond, which is shown as one.
    expect(await found({minDuration: '1', maxDuration: '1'}, 'mixed')).toEqual(['0000000000000abc']);
    expect(await found({minDuration: '2'}, 'mixed')).toEqual([]);
  });

  const first = example.traceId;
  const second = failed.traceId;
  test.each<[string, Record<string, string>, string[]]>([
    ['nothing: the newest first', {}, [second, first]],
    ['limit', {limit: '1'}, [second]],
    ['service', {serviceName: 'BACKEND'}, [first]],
    ['a service that is not there', {serviceName: 'nobody'}, []],
    ['span name', {spanName: 'Get /api'}, [first]],
    ['any span name', {spanName: 'all', serviceName: ''}, [second, first]],
    ['a span name of another service', {serviceName: 'frontend', spanName: 'get /api'}, []],
    ['remote service', {remoteServiceName: 'bank'}, [second]],
    ['a remote service of another service', {serviceName: 'payment', remoteServiceName: 'backend'}, []],
    ['a tag', {annotationQuery: 'http.path=/api'}, [first]],
    ['a tag with another value', {annotationQuery: 'http.path=/'}, []],
    ['a tag’s key', {annotationQuery: 'environment'}, [second]],
    ['an annotation', {annotationQuery: 'retried'}, [first]],
    ['a tag and an annotation of one span', {annotationQuery: 'http.method=GET and retried'}, [first]],
    ['a tag and an annotation of no one span', {annotationQuery: 'http.path=/api and retried'}, []],
    ['what comes twice, the last value of it', {annotationQuery: 'http.path=/ and http.path=/api'}, [first]],
    ['errors', {annotationQuery: 'error'}, [second]],
    ['an error’s text', {annotationQuery: 'error=card declined'}, [second]],
    ['an error that has a text', {annotationQuery: 'error=true'}, []],
    ['least duration', {minDuration: '5001'}, [second]],
    ['durations', {minDuration: '1431', maxDuration: '1431'}, [first]],
    ['end', {endTs: String(Math.ceil(root.timestamp / 1000) + 5)}, [first]],
    ['lookback', {lookback: '60000'}, [second]],
    ['a time without spans', {endTs: '1000', lookback: '500'}, []],
    ['an end beyond every time', {endTs: '9223372036854775807', lookback: '9223372036854775807'}, [second, first]],
  ])('search by %s', async (_, query, expected) => {
    expect(await found(query)).toEqual(expected);
  });

  test('dependencies count calls between services', async () => {
    expect(await of(`/dependencies?endTs=${endTs}`)).toEqual([{parent: 'frontend', child: 'backend', callCount: 1}]);
    expect(await of(`/dependencies?endTs=${endTs}&lookback=60000`)).toEqual([]);
  });

  test('calls whose two sides share an id are counted once, by the services that they are between', async () => {
    const tenant = 'shared' as TenantId;
    const at = (id: string, kind: string, serviceName: string, more: object = {}) => ({
      ...{traceId: 'a', id, kind, timestamp: root.timestamp, duration: 1000, localEndpoint: {serviceName}},
      ...more,
    });
    const sent = [
      at('1', 'CLIENT', 'web'),
      at('1', 'SERVER', 'api', {shared: true}),
      at('2', 'CLIENT', 'api', {parentId: '1'}),
      at('2', 'SERVER', 'db', {parentId: '1', shared: true, tags: {error: ''}}),
      // Of the same services as one side of the call above them.
      {...at('3', 'CLIENT', 'web', {parentId: '1'}), kind: undefined},
      {...at('4', 'CLIENT', 'db', {parentId: '2'}), kind: undefined},
      // With an id of its own on either side; the client had no answer.
      at('5', 'CLIENT', 'Api', {parentId: '1', tags: {error: 'timeout'}}),
      at('6', 'SERVER', 'Mail', {parentId: '5'}),
    ];
    await store.sink.consume(decodeZipkinJson(utf8Bytes(JSON.stringify(sent))).batch, {tenant});
    await store.spool.flush();
    expect(await of(`/dependencies?endTs=${endTs}`, tenant)).toEqual([
      {parent: 'api', child: 'mail', callCount: 1, errorCount: 1},
      {parent: 'api', child: 'db', callCount: 1, errorCount: 1},
      {parent: 'web', child: 'api', callCount: 1},
    ]);
  });

  test('keys and values of tags are offered, fields of spans are not', async () => {
    expect(await of('/autocompleteKeys')).toEqual(['environment', 'error', 'http.method', 'http.path']);
    expect(await of('/autocompleteValues?key=http.path')).toEqual(['/api']);
    expect(await of('/autocompleteValues?key=nothing')).toEqual([]);
  });

  test('a failed span keeps the text of its status where its tag says something else, and an empty tag', async () => {
    const resource = {'service.name': 'a'};
    const failing = {status: 2, statusMessage: 'no route', start: BigInt(root.timestamp) * 1000n, resource};
    await store.sink.consume(
      spanBatchOf([
        {traceId: 'f1', spanId: 'a', ...failing},
        {traceId: 'f1', spanId: 'b', ...failing, attributes: {error: ''}},
        {traceId: 'f1', spanId: 'c', ...failing, status: 1, statusMessage: ''},
      ]),
      {tenant: 'failing' as TenantId},
    );
    await store.spool.flush();
    const trace: {tags: object}[] = await of('/trace/f1', 'failing');
    expect(trace.map(({tags}) => tags)).toEqual([
      {error: 'true', 'otel.status_description': 'no route'},
      {error: '', 'otel.status_description': 'no route'},
      {'otel.status_code': 'OK'},
    ]);
  });

  test('the local endpoint of a span of version 1 is that of a span of version 2', async () => {
    const endpoint = {serviceName: 'legacy', ipv4: '10.1.0.1', port: 80};
    const sent = {
      traceId: 'f2',
      id: '1',
      name: 'get',
      annotations: [
        {timestamp: root.timestamp, value: 'sr', endpoint},
        {timestamp: root.timestamp + 40, value: 'ss', endpoint},
      ],
      binaryAnnotations: [{key: 'port', value: 'left', endpoint}],
    };
    const {batch} = decodeZipkinV1Json(utf8Bytes(JSON.stringify([sent])));
    await store.sink.consume(batch, {tenant: 'legacy' as TenantId});
    await store.spool.flush();
    expect(await of('/trace/f2', 'legacy')).toMatchObject([
      {kind: 'SERVER', duration: 40, localEndpoint: endpoint, tags: {port: 'left'}},
    ]);
    expect((await of('/trace/f2', 'legacy'))[0].tags).toEqual({port: 'left'});
  });

  test('Zipkin Lens gets its settings, and an address that is none no page', async () => {
    const get = async (url: string) => api.inject({url, headers: {host: 'localhost'}});
    expect((await get('/zipkin/config.json')).json()).toMatchObject({searchEnabled: true, dependency: {enabled: true}});
    expect((await get('/zipkin/api/v2/nothing')).json().error.code).toBe('not_found');
  });
});
