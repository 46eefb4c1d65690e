/** What is sent: spans, records and points with every type of value, odd names and missing fields; the same every time. */
import {createRandom, type Random} from '../answers/random.ts';
import type {Request, Sent, Signal} from './case.ts';

type Value = Readonly<Record<string, unknown>>;

export const text = (stringValue: string): Value => ({stringValue});
export const int = (intValue: number | string): Value => ({intValue: String(intValue)});
export const double = (doubleValue: number): Value => ({doubleValue});
export const bool = (boolValue: boolean): Value => ({boolValue});
export const bytes = (content: string): Value => ({bytesValue: Buffer.from(content)});
export const list = (...values: readonly Value[]): Value => ({arrayValue: {values}});
export const map = (entries: Readonly<Record<string, Value>>): Value => ({kvlistValue: {values: attributes(entries)}});
export const nothing: Value = {};

export const attributes = (entries: Readonly<Record<string, Value>>) =>
  Object.entries(entries).map(([key, value]) => ({key, value}));

const texts = [
  '',
  'abc',
  'GET /orders/{id}',
  'ÄÖ é 訂單 🦀',
  '12',
  '-7',
  '1.5',
  '1e3',
  'true',
  'FALSE',
  ' spaced  out ',
  'snake_case and-kebab',
  'MixedCASE Text9',
  'a=b c="d e" f=',
  'a,b,"c,d"',
  '{"a": [1, 2.5, null, true], "b": {"c": "d"}}',
  '[1, "x"]',
  'https://user:pass@example.com:8080/a/b.gif?x=1&y=%20#frag',
  '<a href="x">1 & 2</a>',
  'line one\nline two\ttab',
  'quote " and \\ back',
  '4111 1111 1111 1111',
  '17893729974',
  '192.168.1.7',
  '2001:db8::1',
  'me@example.com',
  '2023-05-26T12:34:56Z',
  '1h30m',
  '0x1F',
  'aGVsbG8gd29ybGQ=',
  '00000000000000000000000000000001',
  '0102030405060708',
  'x'.repeat(300),
];

/** One of everything that a value can be. */
export const values: readonly Value[] = [
  ...texts.map(text),
  ...[0, 1, -1, 42, '9007199254740993', '9223372036854775807', '-9223372036854775808'].map(int),
  ...[0, -0, 1, 1.5, -2.25, 1e21, 1e-7, 123456789.125, 1 / 3, Number.NaN, Infinity, -Infinity].map(double),
  bool(true),
  bool(false),
  bytes(''),
  bytes('hello\u0000ÿ'),
  list(),
  list(text('b'), text('a'), text('b')),
  list(int(3), int(1), int(2)),
  list(int(3), double(1.5), text('x'), bool(true), nothing),
  list(list(int(1)), map({a: int(1)})),
  map({}),
  map({b: int(1), a: text('x'), 'c.d': map({e: list(int(1), double(2))})}),
  nothing,
];

const base = 1_700_000_000_000_000_000n;
const hex = (value: number, width: number): Uint8Array =>
  Buffer.from(value.toString(16).padStart(2 * width, '0'), 'hex');
export const nanos = (millis: number): string => String(base + BigInt(Math.round(millis * 1e6)));

/** Further attributes of every span that carries a value. */
const constant = {
  flags: text('A|B|C'),
  tags: list(text('prod'), text('eu'), text('prod')),
  counts: list(int(1), int(2), int(3)),
  foo: map({bar: text('pass'), slice: list(text('val')), nested: map({test: text('pass')})}),
  things: list(map({name: text('foo'), value: int(2)}), map({name: text('bar'), value: int(5)})),
};

/** A span for each value, in its attribute `v`; `n` counts them. */
export const valueSpans: Sent = {
  signal: 'traces',
  request: {
    resourceSpans: [
      {
        resource: {attributes: attributes({'service.name': text('values'), shard: int(3)})},
        scopeSpans: [
          {
            scope: {name: 'scope', version: '1.2', attributes: attributes({s: text('of scope')})},
            spans: values.map((value, n) => ({
              traceId: hex(n + 1, 16),
              spanId: hex(n + 1, 8),
              name: `value ${n}`,
              kind: 1 + (n % 5),
              startTimeUnixNano: nanos(n),
              endTimeUnixNano: nanos(2 * n + 0.25),
              attributes: attributes({v: value, n: int(n), ...constant}),
            })),
          },
        ],
      },
    ],
  },
};

/** A record for each value, as its body. */
export const valueLogs: Sent = {
  signal: 'logs',
  request: {
    resourceLogs: [
      {
        resource: {attributes: attributes({'service.name': text('values')})},
        scopeLogs: [
          {
            scope: {name: 'scope'},
            logRecords: values.map((value, n) => ({
              timeUnixNano: nanos(n),
              observedTimeUnixNano: nanos(n + 1),
              severityNumber: n % 25,
              severityText: ['', 'info', 'WARN', 'Error'][n % 4],
              body: value,
              attributes: attributes({v: value, n: int(n)}),
            })),
          },
        ],
      },
    ],
  },
};

const services = ['cart', 'checkout', 'front-end', ''];
const names = ['GET /', 'GET /orders/{id}', 'pay', '/api/v1/users/123/edit', '訂單 🦀', ''];
const keys = [
  'http.method',
  'http.status_code',
  'user.email',
  'tenant',
  'card',
  'nested',
  'db.statement',
  'a',
  'é ☃',
  '',
];

function someAttributes(random: Random): ReturnType<typeof attributes> {
  const chosen = random.shuffled(keys).slice(0, random.below(6));
  return chosen.map((key) => ({key, value: valueFor(key, random)}));
}

function valueFor(key: string, random: Random): Value {
  switch (key) {
    case 'http.method':
      return text(random.pick(['GET', 'POST', 'get']));
    case 'http.status_code':
      return random.pick([int(200), int(404), int(500), text('503')]);
    case 'tenant':
      return text(random.pick(['acme', 'globex', 'Initech']));
    case 'card':
      return text(random.pick(['4111111111111111', 'card 5500 0000 0000 0004 end', 'none']));
    case 'db.statement':
      return text(random.pick(["SELECT * FROM users WHERE id = 12 AND name = 'bob'", 'SET key secret', '']));
    default:
      return random.pick(values);
  }
}

const resourceOf = (random: Random) => {
  const service = random.pick(services);
  return {
    attributes: [
      ...(service === '' ? [] : attributes({'service.name': text(service)})),
      ...attributes({'host.name': text(random.pick(['h1', 'h2']))}),
      ...(random.chance(0.3) ? someAttributes(random) : []),
    ],
    ...(random.chance(0.2) ? {droppedAttributesCount: 2} : {}),
  };
};
const scopeOf = (random: Random) =>
  random.chance(0.3)
    ? {}
    : {
        name: random.pick(['lib', 'lib/http']),
        version: random.pick(['', '1.0', '2.0-beta']),
        ...(random.chance(0.3) ? {attributes: someAttributes(random), droppedAttributesCount: 1} : {}),
      };

/** The export request of some resources and scopes around what `make` makes. */
function request(signal: Signal, random: Random, make: (random: Random) => unknown, each = 6): Sent {
  const [outer, inner, items] = {
    traces: ['resourceSpans', 'scopeSpans', 'spans'],
    metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
    logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
  }[signal] as [string, string, string];
  return {
    signal,
    request: {
      [outer]: random.list(5, () => ({
        resource: resourceOf(random),
        ...(random.chance(0.3) ? {schemaUrl: 'https://opentelemetry.io/schemas/1.26.0'} : {}),
        [inner]: random.list(1 + random.below(2), () => ({
          scope: scopeOf(random),
          ...(random.chance(0.2) ? {schemaUrl: 'https://example.com/scope'} : {}),
          [items]: random.list(1 + random.below(each), () => make(random)),
        })),
      })),
    },
  };
}

const states = ['', 'ot=th:8', 'ot=th:c;rv:ffffffffffffff,other=1', 'vendor=x', 'ot=rv:00000000000001'];

function span(random: Random): Request {
  const start = random.below(1000);
  return {
    traceId: Buffer.from(random.hex(16), 'hex'),
    spanId: Buffer.from(random.hex(8), 'hex'),
    ...(random.chance(0.5) ? {parentSpanId: Buffer.from(random.hex(8), 'hex')} : {}),
    traceState: random.pick(states),
    name: random.pick(names),
    kind: random.below(6),
    startTimeUnixNano: nanos(start),
    endTimeUnixNano: nanos(start + random.pick([0, 0.5, 3, 700, 20_000])),
    attributes: someAttributes(random),
    droppedAttributesCount: random.pick([0, 0, 3]),
    events: random.list(random.below(3), () => ({
      timeUnixNano: nanos(start + 1),
      name: random.pick(['exception', 'retry', '']),
      attributes: [
        ...attributes({'exception.type': text('IOError'), 'exception.message': text(random.pick(['a', 'b']))}),
        ...someAttributes(random),
      ],
    })),
    links: random.list(random.below(2), () => ({
      traceId: Buffer.from(random.hex(16), 'hex'),
      spanId: Buffer.from(random.hex(8), 'hex'),
      attributes: someAttributes(random),
    })),
    status: random.pick([{}, {code: 1}, {code: 2, message: 'broken'}]),
    flags: random.pick([0, 1, 257]),
  };
}

function record(random: Random): Request {
  return {
    timeUnixNano: random.pick(['0', nanos(random.below(1000))]),
    observedTimeUnixNano: nanos(random.below(1000)),
    severityNumber: random.pick([0, 1, 5, 9, 13, 17, 21]),
    severityText: random.pick(['', 'info', 'INFO', 'warn', 'ERROR']),
    body: random.chance(0.3)
      ? text(
          random.pick(['user me@example.com paid with 4111111111111111', 'GET /orders/17 200', 'password=secret ok']),
        )
      : random.pick(values),
    attributes: someAttributes(random),
    ...(random.chance(0.4)
      ? {traceId: Buffer.from(random.hex(16), 'hex'), spanId: Buffer.from(random.hex(8), 'hex'), flags: 1}
      : {}),
    ...(random.chance(0.2) ? {eventName: 'order.paid'} : {}),
  };
}

export const metricNames = ['http.requests', 'queue.size', 'latency', 'cpu.usage', 'odd name ☃'];
const kinds = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const;

function metric(random: Random): Request {
  const kind = random.pick(kinds);
  const points = random.list(1 + random.below(4), (index) => pointOf(kind, random, index));
  const how = {
    gauge: {},
    sum: {aggregationTemporality: random.pick([1, 2]), isMonotonic: random.chance(0.7)},
    histogram: {aggregationTemporality: random.pick([1, 2])},
    exponentialHistogram: {aggregationTemporality: random.pick([1, 2])},
    summary: {},
  }[kind];
  return {
    name: random.pick(metricNames),
    description: random.pick(['', 'what it is']),
    unit: random.pick(['', 'ms', '1', 'By']),
    [kind]: {...how, dataPoints: points},
  };
}

function pointOf(kind: (typeof kinds)[number], random: Random, index: number): Request {
  const around = {
    attributes: [
      ...attributes({state: text(random.pick(['used', 'free', 'cached'])), index: int(index)}),
      ...(random.chance(0.3) ? someAttributes(random) : []),
    ],
    startTimeUnixNano: nanos(0),
    timeUnixNano: nanos(1000 + random.below(100)),
    ...(random.chance(0.1) ? {flags: 1} : {}),
  };
  switch (kind) {
    case 'gauge':
    case 'sum':
      return random.chance(0.5)
        ? {...around, asInt: String(random.below(1000) - 100)}
        : {...around, asDouble: random.pick([0, -1.5, 2.5, 1e9, 0.1])};
    case 'histogram': {
      const bucketCounts = random.list(4, () => random.below(20));
      const count = bucketCounts.reduce((sum, each) => sum + each, 0);
      return {...around, count, sum: count * 3.5, bucketCounts, explicitBounds: [1, 5, 10], min: 0.5, max: 12};
    }
    case 'exponentialHistogram': {
      const positive = random.list(3, () => random.below(20));
      const negative = random.list(2, () => random.below(5));
      const zeroCount = random.below(3);
      const count = [...positive, ...negative].reduce((sum, each) => sum + each, zeroCount);
      return {
        ...around,
        count,
        sum: count * 1.25,
        scale: random.pick([0, 1, 3]),
        zeroCount,
        positive: {offset: random.pick([-2, 0, 5]), bucketCounts: positive},
        negative: {offset: 1, bucketCounts: negative},
      };
    }
    case 'summary':
      return {
        ...around,
        count: 10,
        sum: 42.5,
        quantileValues: [
          {quantile: 0.5, value: 3},
          {quantile: 0.99, value: 9.5},
        ],
      };
  }
}

export const spans = (seed: number): Sent => request('traces', createRandom(seed), span);
export const logs = (seed: number): Sent => request('logs', createRandom(seed), record);
export const metrics = (seed: number): Sent => request('metrics', createRandom(seed), metric, 4);

/** Some of each signal. */
export const everything: readonly Sent[] = [spans(1), spans(2), logs(3), logs(4), metrics(5), metrics(6)];
