/** One service in a time: exemplars, instances, errors and statements, of spans that the test sends to the real store. */
import {afterAll, beforeAll, expect, test} from 'vitest';
import {instanceAttributes} from '../query/index.ts';
import type {
  ExemplarsResponse,
  ServiceErrorsResponse,
  ServiceInstancesResponse,
  ServiceStatementsResponse,
} from './contract.ts';
import {spanBatchOf, type TestSpan} from './testing.ts';
import {startTestApi} from './testing-service.ts';

const ms = 1_000_000n;
const minute = 60_000n * ms;
/** A whole minute. */
const begin = 1_767_323_040_000_000_000n;
const clock = {now: () => Number(begin / ms) + 3_600_000};
const range = {service: 'cart', start: begin, end: begin + 10n * minute};

let id = 0;
const nextId = (): string => (++id).toString(16);
const resource = (n: number): NonNullable<TestSpan['resource']> => ({
  'service.name': 'cart',
  'service.version': n % 2 === 0 ? '1.0' : '1.1',
  'host.name': `host-${n % 2}`,
  'deployment.environment': n % 4 === 0 ? 'test' : 'live',
  'telemetry.sdk.language': 'nodejs',
});

/** Request `n` of 200: begins 3 s after the one before, takes n + 1 ms, and asks the database. */
function request(n: number): TestSpan[] {
  const traceId = nextId();
  const [server, database] = [nextId(), nextId()];
  const start = begin + BigInt(n) * 3_000n * ms;
  const failed = n % 20 === 7;
  const own = resource(n);
  return [
    {
      ...{traceId, spanId: server, name: n % 10 === 0 ? 'GET /cart' : 'POST /cart', kind: 2, resource: own, start},
      duration: BigInt(n + 1) * ms,
      ...(failed ? {status: 2, statusMessage: 'something went wrong'} : {}),
    },
    {
      ...{traceId, spanId: database, parentSpanId: server, name: 'pg.query', kind: 3, resource: own},
      start: start + 100_000n,
      duration: n === 150 ? 90n * ms : ms / 2n,
      attributes: {
        'db.system.name': 'postgresql',
        'db.namespace': 'shop',
        'db.query.text': `SELECT * FROM carts WHERE id = ${1000 + n} AND owner = 'user ${n}'`,
      },
      ...(failed
        ? {
            status: 2,
            events: [
              {
                name: 'exception',
                attributes: {
                  'exception.type': 'DatabaseError',
                  'exception.message': `deadlock detected: process ${4000 + n} waits for "tx-${n}"`,
                },
              },
            ],
          }
        : {}),
    },
    {
      ...{
        traceId,
        spanId: nextId(),
        parentSpanId: server,
        name: 'GET',
        kind: 3,
        resource: own,
        start: start + 200_000n,
      },
      duration: ms / 10n,
      attributes: {'db.system': 'redis', 'db.statement': `GET cart:${n}:items`},
    },
    // No statement: the time for it is told elsewhere.
    ...(n === 3
      ? [
          {
            ...{
              traceId,
              spanId: nextId(),
              parentSpanId: database,
              name: 'pg-pool.connect',
              kind: 3,
              resource: own,
              start,
            },
            attributes: {'db.system.name': 'postgresql'},
          },
        ]
      : []),
  ];
}

/** A call that failed in another service: the client's span below the server's, and the callee's below that. */
function failedElsewhere(): TestSpan[] {
  const traceId = nextId();
  const [server, client] = [nextId(), nextId()];
  const common = {traceId, status: 2, start: begin + minute, duration: 5n * ms};
  return [
    {...common, spanId: server, name: 'POST /cart', kind: 2, resource: resource(1)},
    {
      ...{...common, spanId: client, parentSpanId: server, name: 'POST', kind: 3, resource: resource(1)},
      attributes: {'http.response.status_code': 503n, 'error.type': '503'},
    },
    {
      ...{...common, spanId: nextId(), parentSpanId: client, name: 'POST /stock', kind: 2},
      ...{resource: {'service.name': 'stock'}, statusMessage: 'no connection'},
    },
  ];
}

let api: Awaited<ReturnType<typeof startTestApi>>;
beforeAll(async () => {
  api = await startTestApi(clock);
  const all = Array.from({length: 200}, (_, n) => request(n));
  await api.send(spanBatchOf([...all.flat(), ...failedElsewhere()]));
});
afterAll(() => api?.stop());

test('exemplars: stored spans of what was served, the slowest and failed ones among them, spread over the time', async () => {
  const {exemplars, ...times} = await api.get<ExemplarsResponse>('/service/exemplars', {...range, limit: 60});
  expect(times).toEqual({start: `${begin}`, end: `${begin + 10n * minute}`, coveredStart: `${begin}`});
  expect(exemplars.length).toBeLessThanOrEqual(60);
  expect(exemplars.length).toBeGreaterThan(45);
  expect(new Set(exemplars.map(({kind}) => kind))).toEqual(new Set(['server']));
  expect(Math.max(...exemplars.map(({durationNano}) => Number(durationNano)))).toBe(200e6);
  expect(exemplars.filter(({failed}) => failed).length).toBeGreaterThanOrEqual(10);
  const starts = exemplars.map(({startUnixNano}) => BigInt(startUnixNano));
  expect(starts).toEqual(starts.toSorted((a, b) => (a < b ? -1 : 1)));
  const minutes = new Set(starts.map((start) => (start - begin) / minute));
  expect(minutes.size).toBe(10);
  for (const {traceId, spanId, durationNano} of exemplars.slice(0, 5)) {
    const {spans} = await api.get<{spans: {spanId: string[]; duration: number[]}}>(`/traces/${traceId}`);
    expect(spans.duration[spans.spanId.indexOf(spanId)]).toBe(Number(durationNano));
  }
});

test('exemplars: of one operation, version and environment', async () => {
  const filter = {...range, operation: 'GET /cart', environment: 'test', version: '1.0'};
  const {exemplars} = await api.get<ExemplarsResponse>('/service/exemplars', filter);
  expect(exemplars.map(({durationNano}) => Number(durationNano) / 1e6)).toEqual([
    1, 21, 41, 61, 81, 101, 121, 141, 161, 181,
  ]);
  const none = await api.get<ExemplarsResponse>('/service/exemplars', {...filter, version: '1.1'});
  expect(none.exemplars).toEqual([]);
});

test('instances: requests by each attribute of the resource, with first and last seen', async () => {
  const {attributes, languages} = await api.get<ServiceInstancesResponse>('/service/instances', range);
  expect(languages).toEqual(['nodejs']);
  expect(attributes.map(({attribute, key}) => [attribute, key])).toEqual([
    ['version', 'service.version'],
    ['environment', 'deployment.environment'],
    ['host', 'host.name'],
  ]);
  expect(attributes.every(({attribute}) => attribute in instanceAttributes)).toBe(true);
  const of = (name: string) => attributes.find(({attribute}) => attribute === name)?.values ?? [];
  expect(of('version')).toMatchObject([
    // 100 requests of three spans, and one whose server and client span failed.
    {value: '1.1', spans: 303, requests: 101, errors: 11, firstUnixNano: `${begin + 3_000n * ms}`},
    {value: '1.0', spans: 300, requests: 100, errors: 0, firstUnixNano: `${begin}`},
  ]);
  expect(of('host').map(({value, versions}) => [value, versions])).toEqual([
    ['host-1', ['1.1']],
    ['host-0', ['1.0']],
  ]);
  expect(of('environment').map(({requests}) => requests)).toEqual([151, 50]);
  // 2, 4, … 200 ms, to a step of the histogram.
  expect(of('version')[1]?.p50).toBeCloseTo(100, -1);
});

test('errors: grouped where they were born, without ids and numbers, with the service that an error came from', async () => {
  const {errors, groups, points} = await api.get<ServiceErrorsResponse>('/service/errors', {...range, points: 10});
  expect(errors).toBe(11);
  expect(groups).toMatchObject([
    {
      ...{operation: 'pg.query', kind: 'client', error: 'deadlock', type: 'DatabaseError', count: 10, share: 10 / 11},
      message: 'deadlock detected: process ? waits for ?',
      firstUnixNano: `${begin + 21_000n * ms + 100_000n}`,
      lastUnixNano: `${begin + 561_000n * ms + 100_000n}`,
      example: {message: 'deadlock detected: process 4187 waits for "tx-187"'},
      series: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
    },
    {
      operation: 'POST',
      kind: 'client',
      error: 'unavailable',
      type: '503',
      message: 'HTTP 503',
      from: 'stock',
      count: 1,
    },
  ]);
  expect(groups[0]).not.toHaveProperty('from');
  expect(points).toMatchObject({count: 10, stepSeconds: 60});
});

test('errors: beside another time each group tells what it was then', async () => {
  const half = {...range, start: begin + 5n * minute, baselineStart: begin, baselineEnd: begin + 5n * minute};
  const {groups, baseline} = await api.get<ServiceErrorsResponse>('/service/errors', half);
  expect(groups.map(({count, baseline}) => [count, baseline])).toEqual([[5, {count: 5}]]);
  expect(baseline?.start).toBe(`${begin}`);
  const before = {...range, end: begin + 5n * minute, baselineStart: begin - minute, baselineEnd: begin};
  const first = await api.get<ServiceErrorsResponse>('/service/errors', before);
  expect(first.groups.map(({baseline}) => baseline)).toEqual([null, null]);
});

test('statements: without literals, those that took most time first, with the slowest as example', async () => {
  const answer = await api.get<ServiceStatementsResponse>('/service/statements', range);
  expect(answer.requests).toBe(201);
  expect(answer.totalMs).toBeCloseTo(199 * 0.5 + 90 + 200 * 0.1, 6);
  expect(answer.statements).toMatchObject([
    {
      ...{statement: 'SELECT * FROM carts WHERE id = ? AND owner = ?', system: 'postgresql', database: 'shop'},
      ...{calls: 200, errors: 10, maxMs: 90},
      callsPerRequest: 200 / 201,
      example: {statement: `SELECT * FROM carts WHERE id = 1150 AND owner = 'user 150'`, operation: 'pg.query'},
    },
    {statement: 'GET cart:?:items', system: 'redis', database: '', calls: 200, errors: 0},
  ]);
  expect(answer.statements.reduce((sum, {timeShare}) => sum + timeShare, 0)).toBeCloseTo(1, 9);
  expect(answer.statements[0]?.p95Ms).toBeLessThan(0.6);
});

test('parts of a service that nobody knows are empty', async () => {
  const nobody = {...range, service: 'nobody'};
  expect(await api.get<ExemplarsResponse>('/service/exemplars', nobody)).toMatchObject({exemplars: []});
  expect(await api.get<ServiceInstancesResponse>('/service/instances', nobody)).toMatchObject({attributes: []});
  expect(await api.get<ServiceErrorsResponse>('/service/errors', nobody)).toMatchObject({errors: 0, groups: []});
  expect(await api.get<ServiceStatementsResponse>('/service/statements', nobody)).toMatchObject({statements: []});
});
