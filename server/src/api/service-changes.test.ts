/** What changed in a service, of spans that the test sends to the real store: ten minutes before, and ten in which it is worse. */
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {ServiceChangesResponse} from './contract.ts';
import {spanBatchOf, type TestSpan} from './testing.ts';
import {startTestApi} from './testing-service.ts';

const ms = 1_000_000n;
const minute = 60_000n * ms;
const begin = 1_767_323_040_000_000_000n;
const middle = begin + 10n * minute;
const clock = {now: () => Number(begin / ms) + 3_600_000};

let id = 0;
const nextId = (): string => (++id).toString(16);
/** The same numbers in every run. */
let seed = 7;
const random = (): number => {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
  return seed / 2 ** 32;
};

interface Shape {
  readonly service: string;
  readonly name: string;
  readonly version?: string;
  readonly start: bigint;
  readonly millis: number;
  readonly failed?: string;
  readonly statement?: string;
  readonly statementMillis?: number;
  readonly calls?: string;
}

function request({
  service,
  name,
  version = '1.0',
  start,
  millis,
  failed,
  statement,
  statementMillis = 1,
  calls,
}: Shape): TestSpan[] {
  const traceId = nextId();
  const server = nextId();
  const resource = {'service.name': service, 'service.version': version};
  const below = {traceId, parentSpanId: server, kind: 3, resource, start: start + 1000n};
  const client = nextId();
  return [
    {
      ...{traceId, spanId: server, name, kind: 2, resource, start, duration: BigInt(Math.round(millis * 1e6))},
      ...(failed === undefined ? {} : {status: 2, statusMessage: failed}),
    },
    ...(statement === undefined
      ? []
      : [
          {
            ...{...below, spanId: nextId(), name: 'pg.query', duration: BigInt(Math.round(statementMillis * 1e6))},
            attributes: {'db.system.name': 'postgresql', 'db.namespace': 'shop', 'db.query.text': statement},
          },
        ]),
    ...(calls === undefined
      ? []
      : [
          {...below, spanId: client, name: `call ${calls}`, duration: ms},
          {
            ...{traceId, spanId: nextId(), parentSpanId: client, name: 'serve', kind: 2, start: start + 2000n},
            ...{duration: ms / 2n, resource: {'service.name': calls}},
          },
        ]),
  ];
}

/** One request every two seconds. */
const during = (from: bigint, of: (n: number) => Omit<Shape, 'start'>): TestSpan[] =>
  Array.from({length: 300}, (_, n) => request({...of(n), start: from + BigInt(n) * 2000n * ms})).flat();

const usual = (): number => 20 + 10 * random();
const orders = {service: 'orders', name: 'POST /orders'};
const byId = (n: number): string => `SELECT * FROM orders WHERE id = ${n}`;

let api: Awaited<ReturnType<typeof startTestApi>>;
beforeAll(async () => {
  api = await startTestApi(clock);
  const calm = (n: number) => ({
    service: 'calm',
    name: 'GET /',
    millis: usual(),
    statement: byId(n),
    ...(n % 50 === 0 ? {failed: 'no'} : {}),
  });
  await api.send(
    spanBatchOf([
      ...during(begin, (n) => ({...orders, millis: usual(), statement: byId(n), calls: 'stock'})),
      ...during(middle, (n) => ({
        ...orders,
        millis: usual() * 5,
        version: n < 100 ? '1.0' : '1.1',
        statement: byId(n),
        statementMillis: 40 + random(),
        calls: 'prices',
        ...(n % 5 === 0 ? {failed: `order ${n} has no price`} : {}),
      })),
      // Once in each time, and in one of them only: neither is news.
      ...request({...orders, name: 'GET /rare', start: middle + minute, millis: 5}),
      ...request({...orders, name: 'GET /once', start: begin + minute, millis: 500}),
      ...during(begin, calm),
      ...during(middle, calm),
    ]),
  );
});
afterAll(() => api?.stop());

const changes = (service: string, more: Record<string, bigint> = {}) =>
  api.get<ServiceChangesResponse>('/service/changes', {service, start: middle, end: middle + 10n * minute, ...more});

describe('changes of a service that got worse', () => {
  const found = (answer: ServiceChangesResponse) => new Map(answer.changes.map((one) => [one.kind, one]));

  test('all that is different is told with its figures, and nothing else is', async () => {
    const answer = await changes('orders');
    expect([answer.baseline.start, answer.baseline.end, answer.notes]).toEqual([`${begin}`, `${middle}`, []]);
    expect([answer.before.requests, answer.now.requests]).toEqual([301, 301]);
    expect(answer.changes.map(({kind}) => kind).toSorted()).toEqual([
      ...['dependency_gone', 'dependency_new', 'error_new', 'errors', 'latency', 'statement_slower', 'version_new'],
    ]);
    const of = found(answer);
    expect(of.get('latency')).toMatchObject({effect: 'worse', operation: {name: 'POST /orders', kind: 'server'}});
    expect(of.get('errors')).toMatchObject({before: {errors: 0}, now: {count: 300, errors: 60}});
    expect(of.get('error_new')?.error).toMatchObject({message: 'order ? has no price', count: 60, share: 1});
    expect(of.get('version_new')).toMatchObject({version: '1.1', seenUnixNano: `${middle + 200_000n * ms}`});
    expect(of.get('dependency_new')?.dependency).toMatchObject({
      node: 'service:prices',
      direction: 'calls',
      kind: 'service',
    });
    expect(of.get('dependency_gone')?.dependency).toMatchObject({node: 'service:stock'});
    const slower = of.get('statement_slower');
    expect(slower?.statement?.statement).toBe('SELECT * FROM orders WHERE id = ?');
    expect([slower?.before?.mean, slower?.now?.mean]).toEqual([1, expect.closeTo(40.5, 0)]);
    const weights = answer.changes.map(({weight}) => weight);
    expect(weights).toEqual(weights.toSorted((a, b) => b - a));
    expect(answer.changes[0]?.effect).toBe('worse');
  });

  test('the other way round it is better', async () => {
    const answer = await api.get<ServiceChangesResponse>('/service/changes', {
      ...{service: 'orders', start: begin, end: middle},
      ...{baselineStart: middle, baselineEnd: middle + 10n * minute},
    });
    const of = found(answer);
    expect([of.get('latency')?.effect, of.get('errors')?.effect]).toEqual(['better', 'better']);
    expect(of.get('version_gone')?.version).toBe('1.1');
    expect(answer.changes.filter(({effect}) => effect === 'worse')).toEqual([]);
  });

  test('a service that goes on as it did has no changes', async () => {
    expect((await changes('calm')).changes).toEqual([]);
  });

  test('without spans in the other time there is nothing to tell a change by', async () => {
    const answer = await changes('orders', {baselineStart: begin - 20n * minute, baselineEnd: begin - 10n * minute});
    expect([answer.changes, answer.notes]).toEqual([[], ['no_baseline']]);
  });
});
