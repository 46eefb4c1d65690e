/** The receiver `zipkin` over its port: what it takes, and its answers, which are those of Zipkin's server. */
import {readFileSync} from 'node:fs';
import {gzipSync} from 'node:zlib';
import {describe, expect, it} from 'vitest';
import {PermanentError, RetryableError} from '../base/index.ts';
import type {Queries} from '../pipeline/index.ts';
import {namesOf} from '../pipeline/testing.ts';
import {readSpans} from '../wire/testing.ts';
import {startTestCollector} from './testing.ts';

const fixture = (name: string): Buffer => readFileSync(new URL(`../../../fixtures/zipkin/${name}`, import.meta.url));
const yaml = (settings = ''): string =>
  `receivers: {zipkin: {${settings}}}\nexporters: {weft: }\nservice: {pipelines: {traces: {receivers: [zipkin], exporters: [weft]}}}`;

const post = (
  endpoint: string | undefined,
  path: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> =>
  fetch(`http://${endpoint}${path}`, {
    method: 'POST',
    headers: {'content-type': 'application/json', ...headers},
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
const said = async (answer: Promise<Response>): Promise<string> =>
  `${(await answer).status} ${await (await answer).text()}`;

it.each([
  ['/api/v2/spans', 'application/json', 'v2.json', 3, 'http_v2_json'],
  ['/api/v2/spans', 'application/x-protobuf', 'v2.pb', 3, 'http_v2_proto'],
  ['/api/v2/spans', 'text/plain', 'v2-endpoints.json', 4, 'http_v2_json'],
  ['/api/v1/spans', 'application/json; charset=utf-8', 'v1.json', 3, 'http_v1_json'],
  ['/api/v1/spans', 'application/x-thrift', 'v1.thrift', 2, 'http_v1_thrift'],
])(
  'Zipkin receiver: takes at %s, as %s, %s, and answers with an empty 202',
  async (path, type, name, spans, transport) => {
    await using collector = await startTestCollector({yaml: yaml()});
    const endpoint = collector.endpoints.zipkin_http;
    expect(await said(post(endpoint, path, fixture(name), {'content-type': type}))).toBe('202 ');
    const zipped = {'content-type': type, 'content-encoding': 'gzip', 'x-scope-orgid': 'team-a'};
    expect(await said(post(endpoint, path, gzipSync(fixture(name)), zipped))).toBe('202 ');
    expect(collector.traces.map((batch) => batch.spans.count)).toEqual([spans, spans]);
    expect(collector.contexts.map(({tenant}) => tenant)).toEqual(['default', 'team-a']);
    expect(collector.count('otelcol_receiver_accepted_spans', {transport})).toBe(2 * spans);
    expect(collector.count('otelcol_receiver_requests', {transport, outcome: 'success'})).toBe(2);
  },
);

it('Zipkin receiver: an empty list is taken', async () => {
  await using collector = await startTestCollector({yaml: yaml()});
  expect(await said(post(collector.endpoints.zipkin_http, '/api/v2/spans', '[]'))).toBe('202 ');
  expect(collector.traces).toEqual([]);
});

it('Zipkin receiver: reads tags as numbers and booleans where it is told to', async () => {
  await using collector = await startTestCollector({yaml: yaml('parse_string_tags: true')});
  const span = {
    traceId: '1',
    id: '2',
    timestamp: 1,
    tags: {int: '-25', double: '12.3', yes: 'true', text: '6.45.0', big: '9'.repeat(30)},
  };
  await post(collector.endpoints.zipkin_http, '/api/v2/spans', JSON.stringify([span]));
  const v1 = {traceId: '1', id: '3', timestamp: 1, binaryAnnotations: [{key: 'int', value: '7'}]};
  await post(collector.endpoints.zipkin_http, '/api/v1/spans', JSON.stringify([v1]));
  expect(collector.traces.flatMap(readSpans).map(({attributes}) => attributes)).toEqual([
    [
      {key: 'big', value: {stringValue: '9'.repeat(30)}},
      {key: 'double', value: {doubleValue: 12.3}},
      {key: 'int', value: {intValue: '-25'}},
      {key: 'text', value: {stringValue: '6.45.0'}},
      {key: 'yes', value: {boolValue: true}},
    ],
    [{key: 'int', value: {intValue: '7'}}],
  ]);
});

it('Zipkin receiver: bad input is a 400 that says where, and the next request is taken', async () => {
  await using collector = await startTestCollector({yaml: yaml('max_request_body_size: 10000')});
  const endpoint = collector.endpoints.zipkin_http;
  const v2 = (body: string): Promise<string> => said(post(endpoint, '/api/v2/spans', body));
  expect(await v2('[{"traceId": "1", "id": "2", "localEndpoint": {"port": "x"}}]')).toBe(
    '400 [0].localEndpoint.port: expected a 64-bit integer, got "x" (at byte 55)\n',
  );
  expect(await v2('{"traceId": "1"}')).toMatch(/^400 expected an array, got \{/);
  expect(await v2('[{"traceId": "1", "id": "2"')).toMatch(/^400 .*the text ends/);
  expect(await v2('[{"traceId": "1", "id": "2", "tags": {"a": {}}}]')).toMatch(
    /^400 \[0\]\.tags\.a: expected a string/,
  );
  expect(await v2('[{"traceId": "xyz", "id": "2"}]')).toMatch(
    /^400 1 of 1 spans rejected: 1 × .*\(\[0\]\.traceId: expected hexadecimal digits .*, got "xyz"\)/,
  );
  expect(await v2('[{"traceId": "1", "id": "0"}]')).toMatch(/^400 .* span_id is not 8 bytes.* \(\[0\]\)/);
  expect(await v2(`[${'['.repeat(1000)}`)).toMatch(/^400 /);
  expect(await v2(' '.repeat(10_001))).toMatch(/^413 /);
  expect(
    await said(
      post(endpoint, '/api/v1/spans', Buffer.from([12, 0x7f, 0xff, 0xff, 0xff]), {
        'content-type': 'application/x-thrift',
      }),
    ),
  ).toBe('400 a list announces more elements than its message has room for (at byte 0)\n');
  expect(await said(post(endpoint, '/api/v3/spans', '[]'))).toMatch(/^404 /);
  expect(await said(fetch(`http://${endpoint}/api/v2/spans`))).toMatch(/^405 /);
  expect(await v2('[{"traceId": "1", "id": "2", "name": "good"}, {"traceId": "1"}]')).toBe('202 ');
  expect(collector.traces.flatMap(namesOf)).toEqual(['good']);
  // One in each of three requests.
  expect(collector.count('otelcol_receiver_refused_spans', {reason: 'invalid'})).toBe(3);
});

it('Zipkin receiver: tells a sender to come back where the pipeline is full, and not to where it never takes the spans', async () => {
  let error: Error = new RetryableError('spool_full', 'the spool is full', 1500);
  await using collector = await startTestCollector({
    yaml: yaml(),
    sink: {
      async traces() {
        throw error;
      },
    },
  });
  const send = (): Promise<Response> => post(collector.endpoints.zipkin_http, '/api/v2/spans', fixture('v2.json'));
  const busy = await send();
  expect([busy.status, busy.headers.get('retry-after'), await busy.text()]).toEqual([503, '2', 'the spool is full\n']);
  error = new PermanentError('bad', 'never');
  expect(await said(send())).toBe('400 never\n');
});

describe('Zipkin receiver: reading from its port', () => {
  /** Notes what is handed on. */
  const recorded = (nothing?: string) => {
    const targets: string[] = [];
    const queries: Queries = {
      forward({target, response}) {
        targets.push(target);
        response.end();
      },
      nothing: () => nothing,
    };
    return {targets, queries};
  };
  const get = (endpoint: string | undefined, path: string): Promise<Response> => fetch(`http://${endpoint}${path}`);

  it('hands on every question of the query API under both its paths, and what a server is asked', async () => {
    const {targets, queries} = recorded();
    await using collector = await startTestCollector({yaml: yaml('endpoint: "127.0.0.1:0"'), queries});
    const endpoint = collector.endpoints.zipkin_http;
    const paths = [
      '/services',
      '/spans?serviceName=a',
      '/remoteServices?serviceName=a',
      '/traces?limit=1',
      '/traceMany?traceIds=a,b',
      '/trace/abc',
      '/dependencies?endTs=1',
      '/autocompleteKeys',
      '/autocompleteValues?key=a',
    ];
    for (const path of paths) {
      await get(endpoint, `/api/v2${path}`);
      await get(endpoint, `/zipkin/api/v2${path}`);
    }
    expect(targets.splice(0)).toEqual(paths.flatMap((path) => Array(2).fill(`/zipkin/api/v2${path}`)));
    for (const path of ['/health', '/info', '/config.json', '/zipkin/config.json']) await get(endpoint, path);
    expect(targets.splice(0)).toEqual(['/zipkin/health', '/zipkin/info', '/zipkin/config.json', '/zipkin/config.json']);
    expect(await said(get(endpoint, '/api/v2/nothing'))).toBe('404 nothing is served at /api/v2/nothing\n');
    expect(await said(get(endpoint, '/api/v1/spans'))).toBe('405 method GET is not allowed here; use POST\n');
    expect(targets).toEqual([]);
    // A request for what is stored is no request of a sender.
    expect(collector.count('otelcol_receiver_requests', {transport: 'http', outcome: 'success'})).toBe(0);
  });

  it('beyond loopback tells nothing of what is stored before it is allowed to, also after a reload', async () => {
    const {targets, queries} = recorded();
    const open = 'endpoint: "0.0.0.0:0"';
    await using collector = await startTestCollector({yaml: yaml(open), queries});
    expect(await said(get(collector.endpoints.zipkin_http, '/api/v2/services'))).toBe(
      "403 Zipkin's query API is off on this address; set `query_api: true` of zipkin\n",
    );
    expect((await get(collector.endpoints.zipkin_http, '/health')).status).toBe(200);
    expect(targets.splice(0)).toEqual(['/zipkin/health']);
    await collector.change(yaml(`${open}, query_api: true`));
    expect((await get(collector.endpoints.zipkin_http, '/api/v2/services')).status).toBe(200);
    await collector.change(yaml('endpoint: "127.0.0.1:0", query_api: false'));
    expect((await get(collector.endpoints.zipkin_http, '/api/v2/services')).status).toBe(403);
    expect(targets).toEqual(['/zipkin/api/v2/services']);
  });

  it('says why nothing can be found where nothing is stored', async () => {
    const {targets, queries} = recorded('nothing is stored here');
    await using collector = await startTestCollector({yaml: yaml(), queries});
    expect(await said(get(collector.endpoints.zipkin_http, '/api/v2/services'))).toBe('404 nothing is stored here\n');
    expect(targets).toEqual([]);
  });
});
