/** Incidents as people tell them, as traces: each is named first. And what a trace may have of odd data. */
import {expect, test} from 'vitest';
import {createSpanBatch} from '../model/index.ts';
import {explainTrace, sayParagraph} from './index.ts';
import {type Sketch, sketched} from './testing.ts';

const grpc = {'rpc.system': 'grpc'};
const sql = (statement: string) => ({'db.system': 'postgresql', 'db.statement': statement});

/** An order that is created: gateway, order service, inventory, their database, and a message at the end. */
function order({
  check = 50,
  select = 35,
  deduct = 90,
  deductFailed,
}: {
  check?: number;
  select?: number;
  deduct?: number;
  deductFailed?: string;
} = {}): Sketch[] {
  const failed = deductFailed === undefined ? {} : {failed: 'DeductInventory failed'};
  const afterCheck = 5 + check;
  const afterInsert = afterCheck + 80;
  const afterDeduct = afterInsert + deduct + 10;
  const end = deductFailed === undefined ? afterDeduct + 25 + 20 : afterDeduct + 5;
  return [
    {id: 'root', name: 'api-gateway: POST /api/orders', kind: 'server', at: 0, ms: end + 5, ...failed},
    {
      id: 'call',
      parent: 'root',
      name: 'api-gateway: CreateOrder',
      kind: 'client',
      at: 2,
      ms: end,
      attributes: grpc,
      ...failed,
    },
    {
      id: 'create',
      parent: 'call',
      name: 'order-service: CreateOrder',
      kind: 'server',
      at: 4,
      ms: end - 5,
      attributes: grpc,
      ...failed,
    },
    {
      id: 'check',
      parent: 'create',
      name: 'order-service: CheckInventory',
      kind: 'client',
      at: 5,
      ms: check,
      attributes: grpc,
    },
    {
      id: 'checks',
      parent: 'check',
      name: 'inventory-service: Check',
      kind: 'server',
      at: 7,
      ms: check - 5,
      attributes: grpc,
    },
    {
      id: 'redis',
      parent: 'checks',
      name: 'inventory-service: GET',
      kind: 'client',
      at: 8,
      ms: 5,
      attributes: {'db.system': 'redis'},
    },
    {
      id: 'select',
      parent: 'checks',
      name: 'inventory-service: SELECT inventory',
      kind: 'client',
      at: 13,
      ms: select,
      attributes: sql('SELECT * FROM inventory WHERE sku IN (...)'),
    },
    {id: 'indb', parent: 'create', name: 'order-service: CreateOrderInDB', at: afterCheck, ms: 80},
    {
      id: 'insert',
      parent: 'indb',
      name: 'order-service: INSERT orders',
      kind: 'client',
      at: afterCheck + 2,
      ms: 75,
      attributes: sql('INSERT INTO orders VALUES ($1)'),
    },
    {
      id: 'deduct',
      parent: 'create',
      name: 'order-service: DeductInventory',
      kind: 'client',
      at: afterInsert,
      ms: deduct + 10,
      attributes: grpc,
      ...failed,
    },
    {
      id: 'deducts',
      parent: 'deduct',
      name: 'inventory-service: Deduct',
      kind: 'server',
      at: afterInsert + 2,
      ms: deduct + 5,
      attributes: grpc,
      ...failed,
    },
    {
      id: 'update',
      parent: 'deducts',
      name: 'inventory-service: UPDATE inventory',
      kind: 'client',
      at: afterInsert + 4,
      ms: deduct,
      attributes: sql('UPDATE inventory SET quantity = quantity - $1 WHERE sku = $2'),
      ...(deductFailed === undefined ? {} : {failed: deductFailed}),
      events:
        deductFailed === undefined
          ? []
          : [
              {
                name: 'exception',
                at: afterInsert + deduct,
                attributes: {
                  'exception.type': '*pq.Error',
                  'exception.message': deductFailed,
                  'exception.stacktrace': 'at (*DB).ExecContext (db.go:1234)\n  at deductInventory (inventory.go:56)',
                },
              },
            ],
    },
    ...(deductFailed === undefined
      ? [
          {id: 'publish', parent: 'create', name: 'order-service: PublishOrderCreated', at: afterDeduct, ms: 25},
          {
            id: 'kafka',
            parent: 'publish',
            name: 'order-service: send order.created',
            kind: 'producer' as const,
            at: afterDeduct + 2,
            ms: 20,
            attributes: {'messaging.system': 'kafka'},
          },
        ]
      : []),
  ];
}

test('explain: a healthy order has no finding, and says where its time went', () => {
  const one = explainTrace(sketched(...order()));
  expect(one.findings).toEqual([]);
  const {kinds, calls, slowestStep} = one.breakdown;
  expect(kinds[0]).toMatchObject({kind: 'database'});
  expect(kinds[0]?.share).toBeGreaterThan(0.65);
  expect(kinds[0]?.share).toBeLessThan(0.75);
  expect(calls).toEqual([
    {name: 'grpc', count: 3},
    {name: 'database', count: 3},
    {name: 'cache', count: 1},
    {name: 'Kafka', count: 1},
  ]);
  const {trace} = one.anatomy;
  expect(trace.names[trace.spans.name[slowestStep!]!]).toBe('DeductInventory');
  const said = sayParagraph(one, 'en');
  expect(said).toContain('nothing stands out');
  expect(said).toContain('3 gRPC');
  expect(said).toContain('1 Kafka');
});

test('explain: a deadlock that ends a call of 5 seconds', () => {
  const {findings, failed} = explainTrace(sketched(...order({deduct: 5_000, deductFailed: 'pq: deadlock detected'})));
  expect(failed).toBe(true);
  expect(findings[0]).toMatchObject({
    kind: 'error',
    facts: {
      error: 'deadlock',
      service: 'inventory-service',
      operation: 'UPDATE inventory',
      message: 'pq: deadlock detected',
      way: ['inventory-service', 'order-service', 'api-gateway'],
    },
  });
  expect(findings[0]?.facts.stack).toContain('inventory.go:56');
});

test('explain: a statement without its index makes a check of stock slow', () => {
  const one = explainTrace(sketched(...order({check: 1_500, select: 1_480})));
  expect(one.findings[0]).toMatchObject({
    kind: 'slow_statement',
    facts: {service: 'inventory-service', statement: 'SELECT * FROM inventory WHERE sku IN (...)'},
  });
  expect(sayParagraph(one, 'en')).toContain('index');
});

const server = (id: string, name: string, ms: number, rest: Partial<Sketch> = {}): Sketch => ({
  id,
  name,
  kind: 'server',
  at: 0,
  ms,
  ...rest,
});

test('explain: a retry that waits without a span of its own', () => {
  const attempt = (id: string, at: number, failed?: string): Sketch => ({
    id,
    parent: 'pay',
    name: 'payment: POST provider',
    kind: 'client',
    at,
    ms: 1_400,
    attributes: {'http.request.method': 'POST'},
    ...(failed === undefined ? {} : {failed}),
  });
  const {findings} = explainTrace(
    sketched(
      server('root', 'gateway: POST /checkout', 8_000),
      {id: 'pay', parent: 'root', name: 'payment: charge', at: 10, ms: 7_980},
      attempt('one', 20, 'HTTP 503 Service Unavailable'),
      attempt('two', 6_500),
    ),
  );
  expect(findings[0]).toMatchObject({kind: 'retry_backoff', facts: {service: 'payment', operation: 'POST provider'}});
  expect(findings[0]?.figures).toMatchObject({failed: 1, nanos: 5_080e6});
});

test('explain: an error of 500 that was born four layers down', () => {
  const failed = 'Internal Server Error';
  const {findings} = explainTrace(
    sketched(
      server('a', 'gateway: GET /home', 100, {failed}),
      {id: 'b', parent: 'a', name: 'gateway: GET /recommendations', kind: 'client', at: 1, ms: 98, failed},
      server('c', 'recommendation: GET /recommendations', 96, {parent: 'b', at: 2, failed}),
      {id: 'd', parent: 'c', name: 'recommendation: predict', kind: 'client', at: 3, ms: 94, failed},
      server('e', 'model: predict', 92, {parent: 'd', at: 4, failed}),
      {id: 'f', parent: 'e', name: 'model: features', kind: 'client', at: 5, ms: 90, failed},
      server('g', 'feature-store: features', 88, {parent: 'f', at: 6, failed}),
      {
        id: 'h',
        parent: 'g',
        name: 'feature-store: HGETALL',
        kind: 'client',
        at: 7,
        ms: 3,
        failed: 'connect ECONNREFUSED 10.0.0.5:6379',
        attributes: {'db.system': 'redis'},
      },
    ),
  );
  expect(findings[0]).toMatchObject({
    kind: 'error',
    facts: {error: 'refused', service: 'feature-store', way: ['feature-store', 'model', 'recommendation', 'gateway']},
  });
});

test.each([
  ['pool exhausted', 'QueuePool limit of size 5 overflow 10 reached, connection timed out', 'pool_exhausted'],
  ['pool restarted', 'read tcp 10.0.0.1: connection reset by peer', 'connection_lost'],
  ['service away', '14 UNAVAILABLE: Payment service unavailable', 'unavailable'],
])('explain: an error of the kind %s', (_, message, kind) => {
  const {findings} = explainTrace(
    sketched(server('a', 'order: CreateOrder', 100, {failed: message}), {
      id: 'b',
      parent: 'a',
      name: 'order: call',
      kind: 'client',
      at: 1,
      ms: 90,
      failed: message,
    }),
  );
  expect(findings[0]).toMatchObject({kind: 'error', facts: {error: kind}});
});

test('explain: a caller that gave up says what it waited for', () => {
  const {findings} = explainTrace(
    sketched(
      server('a', 'order: POST /orders', 1_000, {failed: 'timeout'}),
      {id: 'b', parent: 'a', name: 'order: POST', kind: 'client', at: 0, ms: 990, failed: 'The operation timed out'},
      server('c', 'stock: POST /reserve', 3_000, {parent: 'b', at: 2}),
      {id: 'd', parent: 'c', name: 'stock: SELECT', kind: 'client', at: 5, ms: 2_900, attributes: sql('SELECT 1')},
    ),
  );
  expect(findings[0]).toMatchObject({kind: 'error', facts: {error: 'timeout', waitedFor: 'stock SELECT'}});
});

test('explain: a call that a server refused and its caller dealt with is no fault', () => {
  const {findings} = explainTrace(
    sketched(server('a', 'cart: GET /cart', 20), {
      id: 'b',
      parent: 'a',
      name: 'cart: GET',
      kind: 'client',
      at: 1,
      ms: 5,
      failed: 'not there',
      attributes: {'http.request.method': 'GET', 'http.response.status_code': 404},
    }),
  );
  expect(findings).toEqual([]);
});

const equal = (count: number, ms: number, attributes: Sketch['attributes'], side = false): Sketch[] =>
  Array.from({length: count}, (_, i) => ({
    id: `e${i}`,
    parent: 'a',
    name: 'cart: call',
    kind: 'client' as const,
    at: 1 + (side ? 0 : i * ms),
    ms: ms - 0.1,
    attributes: attributes ?? {},
  }));
test('explain: the same statement with other values, again and again, is N+1', () => {
  const spans = equal(20, 5, {}).map((span, i) => ({...span, attributes: sql(`SELECT * FROM items WHERE id = ${i}`)}));
  const {findings} = explainTrace(sketched(server('a', 'cart: GET /cart', 110), ...spans));
  expect(findings[0]).toMatchObject({kind: 'repeated_statement', severity: 'problem', figures: {count: 20}});
});
test('explain: many equal calls are a chatty edge, a few long ones could go side by side', () => {
  const http = {'http.request.method': 'GET', 'server.address': 'prices'};
  const first = (count: number, ms: number, side = false) =>
    explainTrace(sketched(server('a', 'cart: GET /cart', 1_000), ...equal(count, ms, http, side))).findings[0];
  expect(first(40, 20)).toMatchObject({kind: 'chatty_edge', figures: {count: 40}, facts: {peer: 'prices'}});
  expect(first(4, 200)).toMatchObject({kind: 'serial_calls', figures: {count: 4}});
  expect(first(4, 200, true)).toBeUndefined();
});

test('explain: the time between a client and its server, and a cold start', () => {
  const spans = (attributes: Sketch['attributes']): Sketch[] => [
    server('a', 'web: GET /', 3_000),
    {id: 'b', parent: 'a', name: 'web: GET', kind: 'client', at: 5, ms: 2_990},
    server('c', 'api: GET /', 100, {parent: 'b', at: 2_800, attributes: attributes ?? {}}),
  ];
  expect(explainTrace(sketched(...spans({}))).findings[0]).toMatchObject({kind: 'network_time', facts: {peer: 'api'}});
  expect(explainTrace(sketched(...spans({'faas.coldstart': true}))).findings[0]?.kind).toBe('cold_start');
});

test('explain: a message that lay in a queue', () => {
  const {findings, gaps} = explainTrace(
    sketched(
      server('a', 'order: POST /', 20),
      {id: 'b', parent: 'a', name: 'order: send', kind: 'producer', at: 10, ms: 5},
      {id: 'c', parent: 'b', name: 'mail: process', kind: 'consumer', at: 9_000, ms: 50},
    ),
  );
  expect(findings[0]).toMatchObject({kind: 'queue_wait', facts: {service: 'mail'}});
  expect(gaps[0]).toMatchObject({cause: 'queue', from: 15e6, to: 9_000e6});
});

test('explain: clocks that contradict each other are adjusted, and it is told', () => {
  const {notes, findings} = explainTrace(
    sketched(
      server('a', 'web: GET /', 100, {host: 'one', at: 5_000}),
      {id: 'b', parent: 'a', name: 'web: GET', kind: 'client', at: 5_010, ms: 80, host: 'one'},
      server('c', 'api: GET /', 60, {parent: 'b', at: 0, host: 'two'}),
    ),
  );
  expect(notes).toEqual([{kind: 'clock_skew', count: 1, name: 'two', nanos: 5_020e6}]);
  expect(findings).toEqual([]);
});

test('explain: rings, repeated ids, missing parents, several roots and ends before their start are told, not stumbled over', () => {
  const {notes} = explainTrace(
    sketched(
      {id: 'a', name: 's: one', at: 0, ms: 10},
      {id: 'a', name: 's: again', at: 1, ms: 10},
      {id: 'r1', parent: 'r2', name: 's: ring', at: 2, ms: 5},
      {id: 'r2', parent: 'r1', name: 's: ring', at: 3, ms: 5},
      {id: 'o', parent: 'gone', name: 's: orphan', at: 4, ms: 5},
      {id: 'n', parent: 'a', name: 's: backwards', at: 20, ms: -10},
    ),
  );
  expect(notes.map(({kind, count}) => [kind, count])).toEqual([
    ['missing_parents', 1],
    ['cycles', 1],
    ['several_roots', 2],
    ['ends_before_start', 1],
    ['repeated_ids', 1],
    // The backwards one begins when the span that it names as its parent is over.
    ['after_parent', 1],
  ]);
});

test.each(Array.from({length: 40}, (_, i) => i + 1))(
  'explain: a trace of broken data is explained, seed %i',
  (seed) => {
    let state = seed;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
    const spans = Array.from(
      {length: 60},
      (_, i): Sketch => ({
        id: random(10) === 0 ? `s${random(60)}` : `s${i}`,
        ...(random(8) === 0 ? {} : {parent: random(10) === 0 ? `gone${i}` : `s${random(60)}`}),
        name: `svc${random(4)}: ${pick(['GET', 'retry.backoff', 'pg-pool.connect', 'acquire lock', 'work'])}`,
        kind: pick(['internal', 'server', 'client', 'producer', 'consumer'] as const),
        at: random(5_000),
        ms: random(4_000) - 200,
        host: pick(['a', 'b']),
        ...(random(3) === 0 ? {failed: pick(['deadlock detected', 'timeout', '', 'ECONNRESET'])} : {}),
        attributes: pick([{}, sql('SELECT 1'), grpc, {'messaging.system': 'kafka', 'messaging.message.age_ms': 9_000}]),
      }),
    );
    const one = explainTrace(sketched(...spans));
    const {path, trace, critical} = one.anatomy;
    for (const {spans: shown, impact, confidence} of one.findings) {
      expect(shown.length).toBeGreaterThan(0);
      expect(shown.every((span) => span >= 0 && span < trace.count)).toBe(true);
      expect(impact >= 0 && impact <= 1 && confidence > 0 && confidence <= 1).toBe(true);
    }
    expect(one.findings.length).toBeLessThanOrEqual(20);
    // The path is one line through time: its parts never add up to more than the trace.
    expect(critical.reduce((sum, nanos) => sum + nanos, 0)).toBeLessThanOrEqual(trace.total + 1);
    expect(path.spans.length).toBeGreaterThan(0);
    expect(sayParagraph(one, 'en').length).toBeGreaterThan(20);
  },
);

test('explain: spans without a name, and such that begin after their parent has ended, are told', () => {
  const spans: Sketch[] = [
    {id: 'a', name: 's: one', at: 0, ms: 10},
    {id: 'b', parent: 'a', name: 's: ', at: 2, ms: 5},
    {id: 'c', parent: 'a', name: 's: later', at: 30, ms: 5},
    {id: 'd', parent: 'a', name: 's: send', kind: 'producer', at: 3, ms: 1},
    {id: 'e', parent: 'd', name: 's: process', kind: 'consumer', at: 40, ms: 1},
  ];
  expect(explainTrace(sketched(...spans)).notes.map(({kind, count}) => [kind, count])).toEqual([
    ['after_parent', 1],
    ['no_name', 1],
  ]);
});

test('explain: a trace without spans has nothing to say', () => {
  const one = explainTrace(createSpanBatch());
  expect([one.findings, one.notes, sayParagraph(one, 'en')]).toEqual([[], [], 'The trace has no spans.']);
});
