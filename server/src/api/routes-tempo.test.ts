/**
 * Tempo's query API over the real store: requests as Grafana's Tempo data source sends them, and queries put together by chance, whose
 * answers with the store's search in front are those of the plain evaluation.
 */
import type {FastifyInstance} from 'fastify';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {createMeter, defaultTenant, silentLog, type TenantId} from '../base/index.ts';
import {seededRandom} from '../base/testing.ts';
import {createReader} from '../store/index.ts';
import {startTestStore, type TestStore} from '../store/testing.ts';
import {check, Evaluator, fold, type Pipeline, parse, SpanView} from '../traceql/index.ts';
import {arbitraryTraces, firstStart} from '../traceql/testing.ts';
import {otlp} from '../wire/index.ts';
import {createApi} from './create-api.ts';
import type {Control} from './source.ts';
import {spanBatchOf} from './testing.ts';

const begin = 1_767_323_045_000_000_000n; // 2026-01-02T03:04:05Z
const ms = 1_000_000n;
const clock = {now: () => Number(begin / ms) + 120_000};
const trace = '0af7651916cd43dd8448eb211c80319c';
const gateway = {'service.name': 'gateway'};
const payment = {'service.name': 'payment', region: 'eu/west'};
const spans = [
  {
    traceId: trace,
    spanId: 'b7ad6b7169203331',
    name: 'POST /checkout',
    kind: 2,
    start: begin,
    duration: 8_000n * ms,
    resource: gateway,
    attributes: {'http.request.method': 'POST', 'http.response.status_code': 500n, 'a/b': 'c'},
    status: 2,
  },
  {
    traceId: trace,
    spanId: '00000000000000c1',
    parentSpanId: 'b7ad6b7169203331',
    name: 'charge',
    kind: 3,
    start: begin + 10n * ms,
    duration: 5_000n * ms,
    resource: payment,
    attributes: {ratio: 0.5, retried: true, tags: {type: 'array', value: [{type: 'string', value: 'x'}]}} as const,
    events: [{name: 'exception', time: begin + 20n * ms, attributes: {'exception.type': 'Declined'}}],
  },
  {
    traceId: 'ab',
    spanId: '2',
    name: 'GET /health',
    kind: 2,
    start: begin + 30_000n * ms,
    duration: 2n * ms,
    resource: gateway,
  },
];

let store: TestStore;
let api: FastifyInstance;
const manySpans = Array.from({length: 600}, (_, i) => ({
  traceId: String(i + 1),
  spanId: String(i + 1),
  start: begin + BigInt(i) * ms,
  status: i % 2,
  attributes: {number: BigInt(i), list: {type: 'array', value: [{type: 'string', value: `l${i}`}]} as const},
}));
const generated = arbitraryTraces(20, 60);
const view = new SpanView(generated);

beforeAll(async () => {
  store = await startTestStore();
  await store.sink.consume(spanBatchOf(spans), {tenant: defaultTenant});
  await store.sink.consume(arbitraryTraces(20, 60), {tenant: 'generated' as TenantId});
  await store.sink.consume(spanBatchOf(manySpans), {tenant: 'many' as TenantId});
  await store.spool.flush();
  api = await createApi({
    source: createReader({client: store.engine.queries, clock}),
    control: {} as Control,
    meter: createMeter(),
    log: silentLog,
    clock,
    uiDirectory: undefined,
    loopback: true,
  });
}, 120_000);
afterAll(async () => {
  await api?.close();
  await store?.stop();
});

const ask = (url: string, headers: Record<string, string> = {}) =>
  api.inject({method: 'GET', url: `/tempo/api${url}`, headers: {host: 'localhost', ...headers}});
async function json<T>(url: string, headers: Record<string, string> = {}): Promise<T> {
  const answer = await ask(url, headers);
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json() as T;
}
const enc = encodeURIComponent;
const times = `start=${Number(begin / 1_000_000_000n) - 60}&end=${Number(begin / 1_000_000_000n) + 60}`;
interface Found {
  traces: {traceID: string; rootServiceName: string; spanSets: {matched: number; spans: {spanID: string}[]}[]}[];
}

describe('tempo: what Grafana asks', () => {
  it('echo, and the version', async () => {
    expect((await ask('/echo')).body).toBe('echo');
    expect(await json('/status/buildinfo')).toMatchObject({version: expect.stringMatching(/^\d+\.\d+\.\d+$/)});
  });

  it('a search', async () => {
    const query = '{ span.http.response.status_code >= 500 && resource.service.name = "gateway" } | select(kind)';
    expect(await json(`/search?q=${enc(query)}&limit=20&spss=3&${times}`)).toEqual({
      traces: [
        {
          traceID: trace,
          rootServiceName: 'gateway',
          rootTraceName: 'POST /checkout',
          startTimeUnixNano: String(begin),
          durationMs: 8000,
          spanSet: expect.anything(),
          spanSets: [
            {
              matched: 1,
              spans: [
                {
                  spanID: 'b7ad6b7169203331',
                  name: 'POST /checkout',
                  startTimeUnixNano: String(begin),
                  durationNanos: '8000000000',
                  attributes: [
                    {key: 'http.response.status_code', value: {intValue: '500'}},
                    {key: 'service.name', value: {stringValue: 'gateway'}},
                    {key: 'kind', value: {stringValue: 'server'}},
                  ],
                },
              ],
            },
          ],
          serviceStats: {gateway: {spanCount: 1, errorCount: 1}, payment: {spanCount: 1}},
        },
      ],
      metrics: {inspectedTraces: 1, inspectedSpans: '2', completedJobs: 1, totalJobs: 1},
    });
  });

  it.each([
    ['{}', 2],
    ['', 2],
    ['{ status = error } >> { name = "charge" }', 1],
    ['{ name = "charge" } >> {}', 0],
    ['{ span.tags = "x" }', 1],
    ['{ span.ratio = .5 && span.retried }', 1],
    ['{ event:name = "exception" && event.exception.type =~ "De.*" }', 1],
    ['{ rootServiceName = "gateway" && name = "charge" }', 1],
    ['{ trace:id = "ab" }', 1],
    ['{ duration > 1s } | count() > 1', 1],
    ['{} | by(resource.service.name) | count() = 1', 2],
  ])('a search for %s', async (query, count) => {
    const {traces} = await json<Found>(`/search?q=${enc(query)}&${times}`);
    expect(traces).toHaveLength(count);
  });

  it('a search looks for the side that has the fewest spans, though the other one sounds rarer', async () => {
    const query = '{ resource.service.name = "gateway" } >> { kind = producer }';
    const {traces, metrics} = await json<Found & {metrics: {inspectedTraces: number}}>(
      `/search?q=${enc(query)}&${times}`,
    );
    expect([traces.length, metrics.inspectedTraces]).toEqual([0, 0]);
  });

  it('a search by tags', async () => {
    const found = async (tags: string, more = '') =>
      (await json<Found>(`/search?tags=${enc(tags)}${more}`)).traces.length;
    expect(await found('service.name=payment http.response.status_code=500')).toBe(1);
    expect(await found('service.name="payment" name=charge retried=true')).toBe(1);
    expect(await found('service.name=gateway', '&maxDuration=1s')).toBe(1);
    expect(await found('service.name=gateway', '&minDuration=1ms')).toBe(2);
  });

  it('a trace in protobuf, version 2, and one that there is not', async () => {
    const read = async (id: string): Promise<Map<number, Uint8Array>> => {
      const answer = await ask(`/v2/traces/${id}`, {accept: 'application/protobuf'});
      expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'application/protobuf']);
      const fields = new Map<number, Uint8Array>();
      const bytes = new Uint8Array(answer.rawPayload);
      for (let at = 0; at < bytes.length; ) {
        const number = (bytes[at++] as number) >> 3;
        let [length, shift] = [0, 0];
        for (;;) {
          const byte = bytes[at++] as number;
          length |= (byte & 127) << shift;
          shift += 7;
          if (byte < 128) break;
        }
        fields.set(number, bytes.subarray(at, at + length));
        at += length;
      }
      return fields;
    };
    const {batch} = otlp.traces.decodeProto((await read(trace)).get(1)!.slice());
    expect(new SpanView(batch).traces.map(({id, rows}) => [id, rows.length])).toEqual([[trace, 2]]);
    expect((await read('1234')).get(1)).toHaveLength(0);
  });

  it('a trace in JSON, and version 1', async () => {
    const {trace: found} = await json<{trace: {resourceSpans: {scopeSpans: {spans: object[]}[]}[]}}>(
      `/v2/traces/${trace}`,
    );
    expect(found.resourceSpans[0]?.scopeSpans[0]?.spans[0]).toMatchObject({
      traceId: Buffer.from(trace, 'hex').toString('base64'),
      kind: 'SPAN_KIND_SERVER',
      status: {code: 'STATUS_CODE_ERROR'},
    });
    expect(await json(`/v2/traces/1234`)).toEqual({trace: {}, metrics: {}});
    expect((await json<{batches: object[]}>(`/traces/${trace}`)).batches).toHaveLength(2);
    const missing = await ask('/traces/1234');
    expect([missing.statusCode, missing.body]).toEqual([404, 'trace not found']);
    expect((await ask('/traces/xyz')).statusCode).toBe(400);
  });

  it('names of tags, all and of a scope', async () => {
    const {scopes} = await json<{scopes: {name: string; tags: string[]}[]}>(`/v2/search/tags?${times}`);
    expect(scopes.map(({name}) => name)).toEqual(['resource', 'span', 'intrinsic']);
    expect(scopes[0]?.tags).toEqual(['region', 'service.name']);
    expect(scopes[1]?.tags).toContain('http.request.method');
    expect(await json('/v2/search/tags?scope=resource')).toEqual({scopes: [scopes[0]], metrics: {}});
    expect((await json<{tagNames: string[]}>('/search/tags')).tagNames).toContain('service.name');
    expect((await ask('/search/tags?scope=x')).statusCode).toBe(400);
  });

  it.each([
    [
      'resource.service.name',
      '',
      [
        ['string', 'gateway'],
        ['string', 'payment'],
      ],
    ],
    [
      '.service.name',
      '',
      [
        ['string', 'gateway'],
        ['string', 'payment'],
      ],
    ],
    ['span.http.response.status_code', '', [['int', '500']]],
    ['span.ratio', '', [['float', '0.5']]],
    ['span.a/b', '', [['string', 'c']]],
    [
      'status',
      '',
      [
        ['keyword', 'error'],
        ['keyword', 'ok'],
        ['keyword', 'unset'],
      ],
    ],
    [
      'name',
      '',
      [
        ['string', 'GET /health'],
        ['string', 'POST /checkout'],
        ['string', 'charge'],
      ],
    ],
    ['event:name', '', [['string', 'exception']]],
    ['resource.service.name', '{ status = error }', [['string', 'gateway']]],
    [
      'name',
      '{ resource.service.name = "gateway" && name = }',
      [
        ['string', 'GET /health'],
        ['string', 'POST /checkout'],
      ],
    ],
    [
      'name',
      '{ resource.service.name =',
      [
        ['string', 'GET /health'],
        ['string', 'POST /checkout'],
        ['string', 'charge'],
      ],
    ],
  ])('values of %s where %s', async (tag, query, values) => {
    const url = `/v2/search/tag/${tag}/values?${times}${query === '' ? '' : `&q=${enc(query)}`}`;
    const {tagValues} = await json<{tagValues: {type: string; value: string}[]}>(url);
    expect(tagValues.map(({type, value}) => [type, value])).toEqual(values);
  });
  it.each(['span.number', 'span.list'])('values of %s of all traces that fit, not only the newest', async (tag) => {
    const url = `/v2/search/tag/${tag}/values?${times}&q=${enc('{ status = ok }')}`;
    const {tagValues} = await json<{tagValues: {value: string}[]}>(url, {'x-scope-orgid': 'many'});
    const wanted = manySpans.filter(({status}) => status === 1).map(({attributes: {number}}) => String(number));
    expect(tagValues.map(({value}) => value.replace('l', '')).sort()).toEqual(wanted.sort());
  });
  it('values of a key with lists are their elements, of all spans', async () => {
    const url = `/v2/search/tag/span.list/values?${times}`;
    const {tagValues} = await json<{tagValues: {type: string; value: string}[]}>(url, {'x-scope-orgid': 'many'});
    const wanted = manySpans.map(({attributes: {number}}) => `l${number}`);
    expect(tagValues.map(({value}) => value).sort()).toEqual(wanted.sort());
    expect(new Set(tagValues.map(({type}) => type))).toEqual(new Set(['string']));
  });
  it.each([
    ['/search/tag/service.name/values?limit=1', {tagValues: ['gateway']}],
    ['/v2/search/tag/name/values?limit=1', {tagValues: [{type: 'string', value: 'GET /health'}]}],
    ['/search/tags?scope=resource&limit=1', {tagNames: ['region']}],
    ['/v2/search/tags?scope=resource&limit=1', {scopes: [{name: 'resource', tags: ['region']}]}],
    ['/v2/search/tags?scope=resource&limit=0', {scopes: [{name: 'resource', tags: ['region', 'service.name']}]}],
  ])('%s', async (url, answer) => expect(await json(url)).toMatchObject(answer));
  it('values of a tag, version 1', async () => {
    expect(await json('/search/tag/service.name/values')).toEqual({tagValues: ['gateway', 'payment'], metrics: {}});
    expect((await ask('/search/tag/service.name')).statusCode).toBe(404);
  });

  it('series over time', async () => {
    const from = Number(begin / 1_000_000_000n);
    const query = '{ } | count_over_time() by(resource.service.name)';
    const answer = await json<{
      series: {labels: object[]; samples: {timestampMs: string; value: number}[]; exemplars: object[]}[];
    }>(`/metrics/query_range?q=${enc(query)}&start=${from - 30}&end=${from + 60}&step=30s&exemplars=2`);
    expect(answer.series.map(({labels, samples}) => [labels, samples.map(({value}) => value)])).toEqual([
      [[{key: 'resource.service.name', value: {stringValue: 'gateway'}}], [0, 0, 1, 1, 0]],
      [[{key: 'resource.service.name', value: {stringValue: 'payment'}}], [0, 0, 1, 0, 0]],
    ]);
    const first = answer.series[0]?.samples[0]?.timestampMs;
    expect(Number(first) % 30_000).toBe(0);
    expect(answer.series.flatMap(({exemplars = []}) => exemplars)).toHaveLength(2);
  });

  it('one value for a range', async () => {
    const from = Number(begin / 1_000_000_000n);
    const query = '({ status = error } | count_over_time()) / ({} | count_over_time())';
    const {series} = await json<{series: {labels: object[]; value: number}[]}>(
      `/metrics/query?q=${enc(query)}&start=${from - 30}&end=${from + 60}`,
    );
    expect(series).toEqual([
      {labels: [{key: '__name__', value: {stringValue: '(count_over_time / count_over_time)'}}], value: 1 / 3},
    ]);
  });
});

describe('tempo: what is wrong is a text', () => {
  it.each([
    [
      '/search?q={',
      400,
      'invalid TraceQL query: expected an attribute, an intrinsic or a value, found the end\n  {\n   ^',
    ],
    ['/search?q={}&tags=a', 400, "invalid request: can't specify tags and q in the same query"],
    ['/search?q={}&limit=0', 400, 'invalid limit: must be a positive number'],
    ['/search?q={}&start=20&end=10', 400, 'http parameter start must be before end. received start=20 end=10'],
    [`/search?q=${enc('{} | rate()')}`, 400, expect.stringContaining('it asks for series over time')],
    [`/search?q=${enc('({} | by(name)) > {}')}`, 400, expect.stringContaining('Put `| coalesce()` behind it')],
    ['/metrics/query_range?q={}', 400, expect.stringContaining('expected a function over time')],
    [
      `/metrics/query_range?q=${enc('{} | rate()')}&start=1&end=100000`,
      400,
      'metrics query time range exceeds the maximum allowed duration of 24h0m0s',
    ],
    [
      `/metrics/query_range?q=${enc('{} | rate()')}&step=1ms`,
      400,
      'step of 0.001s is too small, minimum step for given range is 0.36s',
    ],
    [`/metrics/query?q=${enc('{} | rate()')}&start=5&end=2`, 400, 'end must be greater than start'],
  ])('%s', async (url, status, message) => {
    const answer = await ask(url);
    expect([answer.statusCode, answer.headers['content-type'], answer.body]).toEqual([
      status,
      'text/plain; charset=utf-8',
      message,
    ]);
  });
});

describe('tempo: the search in the store changes no answer', () => {
  const random = seededRandom(3);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const conditions = [
    ...[
      'span.a',
      '.a',
      'span.b',
      '.b',
      'resource.b',
      'resource.r',
      '.z',
      'event.x',
      'link.y',
      'span.http.status_code',
    ].flatMap((name) =>
      ['"foo"', '"baz"', '1', '500', '7', '1.5', 'true', '2', '0', '""'].map(
        (value) => `${name} ${pick(['=', '=', '!=', '>', '<='])} ${value}`,
      ),
    ),
    ...[
      'span.a =~ "f.*"',
      'span.a = nil',
      '.a != nil',
      'resource.service.name = "shop"',
      'resource.service.name != "shop"',
      'name = "send"',
    ],
    ...[
      'status = error',
      'status != ok',
      'kind = server',
      'kind != client',
      'duration > 100ms',
      'duration < 5ms',
      'duration = 3500ms',
      '5ms <= duration',
    ],
    ...[
      'event:name = "retry"',
      'instrumentation:name = "db"',
      'statusMessage = "boom"',
      'rootName = "send"',
      'rootServiceName = "mail"',
    ],
    ...[
      'traceDuration > 3s',
      'parent.a = "foo"',
      'span:childCount > 1',
      '!span.b',
      'span.b',
      'false',
      'name != "send"',
      'nestedSetParent = -1',
    ],
  ];
  const condition = (): string =>
    random() < 0.5 ? pick(conditions) : `(${pick(conditions)} ${pick(['&&', '||'])} ${pick(conditions)})`;
  const filter = (): string => `{ ${condition()} }`;
  const spansets = (): string =>
    random() < 0.5
      ? filter()
      : `(${filter()} ${pick(['&&', '||', '>', '>>', '<', '<<', '~', '!>', '!>>', '&>', '&<<', '&~'])} ${filter()})`;
  const queries = Array.from(
    {length: 90},
    () =>
      spansets() +
      pick([
        '',
        '',
        ' | count() > 1',
        ' | count() > 9',
        ' | count() = 11',
        ` | ${filter()}`,
        ' | by(kind) | count() = 1',
      ]),
  );
  it.each(queries)('%s', async (query) => {
    const parsed = parse(query);
    if (parsed.kind === 'faulty') throw new Error(JSON.stringify(parsed.faults));
    const folded = fold(parsed.value);
    if (check(folded).length > 0) return;
    const range = {start: firstStart + 20_000_000_000n, end: firstStart + 200_000_000_000n};
    const evaluator = new Evaluator(view);
    const plain = view.traces
      .flatMap(({id}, i) => {
        const sets = evaluator.evaluate(folded.root as Pipeline, i);
        const isIn = sets.some(({rows}) =>
          rows.some((row) => view.start(row) >= range.start && view.start(row) <= range.end),
        );
        return isIn ? [`${id} ${sets.map(({rows}) => rows.length).sort()}`] : [];
      })
      .sort();
    const url = `/search?q=${enc(query)}&limit=1000&start=${range.start}&end=${range.end}`;
    const {traces} = await json<Found>(url, {'x-scope-orgid': 'generated'});
    expect(
      traces.map(({traceID, spanSets}) => `${traceID} ${spanSets.map(({matched}) => matched).sort()}`).sort(),
    ).toEqual(plain);
  });
});
