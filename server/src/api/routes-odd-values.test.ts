/** Every parameter of every route, from the route table, with odd values over the real store: an answer or a clear refusal. */
import type {FastifyInstance} from 'fastify';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {createMeter, defaultTenant, type Log, silentLog, systemClock} from '../base/index.ts';
import {createSampling, samplingControl} from '../sampling/index.ts';
import {createReader} from '../store/index.ts';
import {startTestStore, type TestStore} from '../store/testing.ts';
import {apiRoutes, createApi} from './create-api.ts';
import type {ParameterDoc, Route} from './route.ts';
import type {Control} from './source.ts';
import {spanBatchOf} from './testing.ts';

let store: TestStore;
let api: FastifyInstance;
const defects: unknown[] = [];
const log: Log = {...silentLog, error: (fields) => defects.push(fields)};
const sampling = createSampling({clock: systemClock, log: silentLog, meter: createMeter()});

beforeAll(async () => {
  store = await startTestStore();
  api = await createApi({
    source: createReader({client: store.engine.queries, clock: systemClock}),
    control: {
      flush: () => store.spool.flush(),
      status: async () => ({}),
      readiness: async () => ({reasons: [], degraded: [], startedUnixNano: '1'}),
      metrics: async () => [],
      pipeline: async () => ({}),
      pipelineComponent: async () => undefined,
      ...samplingControl(sampling),
    } as unknown as Control,
    meter: createMeter(),
    log,
    uiDirectory: undefined,
    loopback: true,
  });
  await store.sink.consume(
    spanBatchOf([
      {traceId: 'abc', spanId: 'def', start: 0n},
      {traceId: 'abc', spanId: 'dee', parentSpanId: 'def', start: 2n ** 63n - 1n},
    ]),
    {tenant: defaultTenant},
  );
  await store.spool.flush();
});
afterAll(async () => {
  sampling.stop();
  await api?.close();
  await store?.stop();
});

const numbers = [0n, 1n, 2n ** 31n, 2n ** 53n + 1n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n].flatMap((n) => [
  `${n}`,
  `-${n}`,
]);
const durations = ['-1h', '9223372036854775807ns', '9223372036854775807w', '-9223372036854775808h', '0.0000000001s'];
const moments = [
  '0001-01-01T00:00:00Z',
  '1970-01-01T00:00:00+14:00',
  '2106-02-07T06:28:16Z',
  '2262-04-11T23:47:16.854775808Z',
  '9999-12-31T23:59:59.999999999Z',
];
const texts = [
  '',
  '\0',
  '\u{1F600}',
  '\uFFFD',
  '%',
  "'",
  '\\',
  'a=b',
  ':',
  'null',
  '{"a":"b"}',
  '{p0:String}',
  '__proto__',
  'NaN',
  '1e999',
];
const odd = [...numbers, ...durations, ...moments, ...texts, 'x'.repeat(5000)];

/** Each parameter is tried with a third of the values, and each value with a third of the parameters; `all` tries every pair. */
const every = process.env.WEFT_ODD_VALUES === 'all' ? 1 : 3;

/** Usual values for the parameters that a route needs beside the odd one. */
const usual: Readonly<Record<string, string>> = {
  service: 'shop',
  key: 'k',
  start: '0',
  end: '9000000000000000',
  quantile: '0.5',
  traceId: 'abc',
  traceID: 'abc',
  trace_id: 'abc',
  spanId: 'def',
  serviceName: 'shop',
  traceIds: 'abc,abd',
  endTs: '9000000000000',
  'query.startTimeMin': '2020-01-01T00:00:00Z',
  'query.startTimeMax': '2030-01-01T00:00:00Z',
};

function address(route: Route, parameter: ParameterDoc, value: string): string {
  const given = (doc: ParameterDoc): string | undefined =>
    doc === parameter ? value : doc.required || doc.name === 'service' ? usual[doc.name] : undefined;
  let path = route.path;
  const query = new URLSearchParams();
  for (const doc of route.parameters) {
    const text = given(doc);
    if (text === undefined) continue;
    if (doc.in === 'path') path = path.replace(`:${doc.name}`, encodeURIComponent(text));
    else query.append(doc.name, text);
  }
  return `${path}?${query}`;
}

const cases = apiRoutes(createMeter()).flatMap((route) =>
  route.parameters
    // Read in one place for all of Jaeger's routes.
    .filter(({name}) => name !== 'prettyPrint' || route.path === '/api/services')
    .map((parameter) => [`${route.method} ${route.path} ${parameter.name}`, route, parameter] as const),
);
const valuesFor = (nth: number): string[] => odd.filter((_, i) => (i + nth) % every === 0);

test.each(cases.map((one, nth) => [...one, valuesFor(nth)] as const))(
  'odd values: %s',
  async (_, route, parameter, values) => {
    defects.length = 0;
    const answers = new Map<string, number>();
    // A few at a time: each may be several queries.
    for (let from = 0; from < values.length; from += 8) {
      await Promise.all(
        values.slice(from, from + 8).map(async (value) => {
          const url = address(route, parameter, value);
          const {statusCode} = await api.inject({
            method: route.method,
            url,
            headers: {host: 'localhost'},
            payload: '{}',
          });
          // Jaeger's own answers without an archive and without a metrics store.
          if (statusCode < 500 || (statusCode === 500 && route.path.startsWith('/api/archive')) || statusCode === 501)
            return;
          answers.set(value, statusCode);
        }),
      );
    }
    expect({answers, defects}).toEqual({answers: new Map(), defects: []});
  },
);
