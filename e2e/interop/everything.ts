/** The data that the senders of this folder send, with every kind of value in it, as OTLP JSON: one form for all languages. */
import type {TestCollector} from '../../server/src/collector/testing.ts';
import {otlp} from '../../server/src/wire/index.ts';

const start = 1_700_000_000_000_000_001n;
const callerTrace = '0af7651916cd43dd8448eb211c80319c';
const callerSpan = 'b7ad6b7169203331';

type Json = Record<string, unknown>;
type Attribute = {readonly key: string; readonly value: Json};

const values: readonly Attribute[] = [
  {key: 'bools', value: {arrayValue: {values: [{boolValue: true}, {boolValue: false}]}}},
  {key: 'bytes', value: {bytesValue: 'AAH/'}},
  {key: 'double', value: {doubleValue: 0.1}},
  {key: 'doubles', value: {arrayValue: {values: [{doubleValue: 1.5}, {doubleValue: 2}]}}},
  {key: 'empty', value: {stringValue: ''}},
  {key: 'int', value: {intValue: '9007199254740993'}},
  {key: 'ints', value: {arrayValue: {values: [{intValue: '1'}, {intValue: '-1'}]}}},
  {key: 'least', value: {intValue: '-9223372036854775808'}},
  {
    key: 'map',
    value: {
      kvlistValue: {values: [{key: 'k', value: {arrayValue: {values: [{intValue: '1'}, {stringValue: 'v'}]}}}]},
    },
  },
  {key: 'text', value: {stringValue: 'é中😀'}},
  {key: 'texts', value: {arrayValue: {values: [{stringValue: 'a'}, {stringValue: ''}]}}},
  {key: 'whole', value: {doubleValue: 3}},
  {key: 'yes', value: {boolValue: true}},
];

const valuesWith = (instead: Readonly<Record<string, Json>>): readonly Attribute[] =>
  values.map(({key, value}) => ({key, value: instead[key] ?? value}));

export interface Dialect {
  /** Attributes that the language cannot give to a span. */
  readonly lacks?: readonly string[];
  /** Attributes that it writes as other values. */
  readonly instead?: Readonly<Record<string, Json>>;
  /** The same of the value of `gauge`, whose point is an integer as large as can be. */
  readonly gauge?: Json;
  /** Flags of the span and of its link. */
  readonly flags: number;
  readonly linkFlags: number;
}

export function expectedSpan(way: string, {lacks = [], instead = {}, flags, linkFlags}: Dialect): Json {
  return {
    traceId: callerTrace,
    parentSpanId: callerSpan,
    traceState: 'vendor=1',
    flags,
    name: way,
    kind: 4,
    startTimeUnixNano: `${start}`,
    endTimeUnixNano: `${start + 1_000_000n}`,
    attributes: valuesWith(instead).filter(({key}) => !lacks.includes(key)),
    events: [{timeUnixNano: `${start + 10n}`, name: 'first', attributes: [{key: 'n', value: {intValue: '1'}}]}],
    droppedEventsCount: 1,
    links: [
      {
        traceId: '1af7651916cd43dd8448eb211c80319c',
        spanId: 'c7ad6b7169203331',
        traceState: 'link=2',
        flags: linkFlags,
        attributes: [{key: 'why', value: {stringValue: 'batch'}}],
      },
    ],
    status: {code: 2, message: 'it failed'},
    resource: {service: 'interop', schemaUrl: 'https://weft.example/resource'},
    scope: {name: 'scope', version: '1.2.3', schemaUrl: 'https://weft.example/scope'},
  };
}

export const expectedLog = (way: string, {instead = {}}: Dialect): Json => ({
  timeUnixNano: `${start}`,
  observedTimeUnixNano: `${start + 1n}`,
  severityNumber: 18,
  severityText: 'Bad',
  eventName: 'order.failed',
  body: {
    kvlistValue: {
      values: [
        {key: 'list', value: {arrayValue: {values: [{intValue: '1'}, {stringValue: 'x'}]}}},
        {key: 'way', value: {stringValue: way}},
      ],
    },
  },
  attributes: valuesWith(instead),
  traceId: callerTrace,
  spanId: callerSpan,
  flags: 1,
});

export const expectedMetrics = ({gauge = {asInt: '9223372036854775807'}}: Dialect): readonly Json[] => [
  {name: 'gauge', gauge},
  {
    name: 'histogram',
    histogram: {count: '1', sum: 5, min: 5, max: 5, bucketCounts: ['0', '1', '0'], explicitBounds: [1, 10]},
  },
  {name: 'histogram.exponential', exponentialHistogram: {count: '1', sum: 5, min: 5, max: 5}},
  {name: 'level', sum: {asDouble: -1.5}},
  {name: 'sum', unit: '1', description: 'A sum.', sum: {asInt: '3', isMonotonic: true}},
];

/** The spans that arrived, by name: without their ids, which are random, and with attributes and lists of keys in order. */
export function spansOf(collector: TestCollector): Map<unknown, Json> {
  const found = new Map<unknown, Json>();
  for (const batch of collector.traces) {
    for (const {group, scopeGroup, item} of items(
      otlp.traces.encodeJson(batch),
      'resourceSpans',
      'scopeSpans',
      'spans',
    )) {
      const {spanId: _, ...span} = item;
      const {name, version} = scopeGroup.scope as Json;
      found.set(span.name, {
        ...(inOrder(span) as Json),
        resource: {service: serviceOf(group), schemaUrl: group.schemaUrl},
        scope: {name, version, schemaUrl: scopeGroup.schemaUrl},
      });
    }
  }
  return found;
}

/** The log records that arrived, by the way that their body names. */
export function logsOf(collector: TestCollector): Map<unknown, Json> {
  const found = new Map<unknown, Json>();
  for (const batch of collector.logs) {
    for (const {item} of items(otlp.logs.encodeJson(batch), 'resourceLogs', 'scopeLogs', 'logRecords')) {
      const log = inOrder(item) as Json;
      const body = log.body as {kvlistValue: {values: {key: string; value: {stringValue: string}}[]}};
      found.set(body.kvlistValue.values.find(({key}) => key === 'way')?.value.stringValue, log);
    }
  }
  return found;
}

/** The first point of every metric that arrived, by the way that its attribute names; of its data what is always the same. */
export function metricsOf(collector: TestCollector): Map<unknown, Json[]> {
  const found = new Map<unknown, Map<unknown, Json>>();
  for (const batch of collector.metrics) {
    for (const {item} of items(otlp.metrics.encodeJson(batch), 'resourceMetrics', 'scopeMetrics', 'metrics')) {
      const kind = ['gauge', 'sum', 'histogram', 'exponentialHistogram'].find(
        (one) => item[one] !== undefined,
      ) as string;
      const data = item[kind] as {dataPoints: Json[]; isMonotonic?: boolean; aggregationTemporality?: number};
      const {
        attributes,
        startTimeUnixNano: _,
        timeUnixNano: __,
        flags: ___,
        exemplars: ____,
        ...point
      } = data.dataPoints[0] as Json;
      if (kind === 'exponentialHistogram')
        for (const key of ['scale', 'positive', 'negative', 'zeroCount']) delete point[key];
      // An SDK's own telemetry about its work.
      if (`${item.name}`.startsWith('otel.sdk.')) continue;
      const way = (attributes as {value: {stringValue: string}}[])[0]?.value.stringValue;
      const {name, unit, description} = item;
      const named = found.get(way) ?? new Map<unknown, Json>();
      found.set(way, named);
      named.set(name, {
        name,
        ...(unit ? {unit} : {}),
        ...(description ? {description} : {}),
        [kind]: {...point, ...(data.isMonotonic ? {isMonotonic: true} : {})},
      });
    }
  }
  return new Map(
    [...found].map(([way, named]) => [way, [...named.values()].sort((a, b) => (`${a.name}` < `${b.name}` ? -1 : 1))]),
  );
}

function* items(
  body: Uint8Array,
  groups: string,
  scopes: string,
  name: string,
): Generator<{group: Json; scopeGroup: Json; item: Json}> {
  const message = JSON.parse(Buffer.from(body).toString()) as Record<string, Json[]>;
  for (const group of message[groups] ?? []) {
    for (const scopeGroup of group[scopes] as Json[]) {
      for (const item of scopeGroup[name] as Json[]) yield {group, scopeGroup, item};
    }
  }
}

const serviceOf = (group: Json): unknown =>
  ((group.resource as Json).attributes as Attribute[]).find(({key}) => key === 'service.name')?.value.stringValue;

/** SDKs keep attributes in any order. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) {
    const list = value.map(inOrder) as Json[];
    return list.every((one) => typeof one?.key === 'string')
      ? list.sort((a, b) => (`${a.key}` < `${b.key}` ? -1 : 1))
      : list;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, inOrder(one)]));
}
