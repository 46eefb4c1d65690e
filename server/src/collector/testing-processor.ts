/** For tests: a processor by itself, batches from plain objects, and what came out as plain objects. */
import {createMeter, fromHex, type Meter, toHex, utf8} from '../base/index.ts';
import {emptyMap, formatFault, parseYaml, type Report} from '../config/index.ts';
import {
  type AnyBatch,
  type AnyValue,
  appendAttribute,
  type Batch,
  type BatchOf,
  type ConsumeContext,
  copyBatch,
  createLogBatch,
  createMetricBatch,
  createSpanBatch,
  type Lent,
  type LogBatch,
  type MetricBatch,
  metricType,
  pointHas,
  type RangeColumn,
  readAttributes,
  type Signal,
  type SliceColumn,
  type SpanBatch,
} from '../model/index.ts';
import {type ProcessorFactory, type Settings, takes} from '../pipeline/index.ts';
import {contextOf, countOf, testSettings} from '../pipeline/testing.ts';

/** A whole number is a bigint, a double a number. */
export type Plain =
  | string
  | boolean
  | bigint
  | number
  | null
  | Uint8Array
  | readonly Plain[]
  | {readonly [key: string]: Plain};
export type PlainMap = Readonly<Record<string, Plain>>;

export interface PlainOrigin {
  readonly resource?: PlainMap;
  readonly scope?: {readonly name?: string; readonly version?: string; readonly attributes?: PlainMap};
}
export interface PlainSpan extends PlainOrigin {
  readonly name?: string;
  readonly kind?: number;
  readonly traceId?: string;
  readonly traceState?: string;
  readonly attributes?: PlainMap;
  readonly events?: readonly {readonly name?: string; readonly attributes?: PlainMap}[];
  readonly statusCode?: number;
  readonly statusMessage?: string;
}
export interface PlainLog extends PlainOrigin {
  readonly time?: bigint;
  readonly observedTime?: bigint;
  readonly severityNumber?: number;
  readonly severityText?: string;
  readonly body?: Plain;
  readonly traceId?: string;
  readonly attributes?: PlainMap;
}
/** A gauge, a sum where it is `monotonic` or not, or a histogram where it has no value. */
export interface PlainMetric extends PlainOrigin {
  readonly name?: string;
  readonly unit?: string;
  readonly type?: keyof typeof metricType;
  readonly points: readonly {readonly attributes?: PlainMap; readonly value?: number}[];
}

/** The faults of a configuration of the component, or undefined. */
export function configFaults(factory: {readonly config: ProcessorFactory<unknown>['config']}, yaml: string): string[] {
  return readConfig(factory, yaml).faults;
}

function readConfig<C>(factory: Pick<ProcessorFactory<C>, 'config'>, yaml: string) {
  const faults: string[] = [];
  const report: Report = {
    fault: (at, message) => void faults.push(formatFault({at, message})),
    warn() {},
    listens() {},
    refers() {},
  };
  const node = parseYaml('', yaml, report) ?? emptyMap({source: '', line: 0, column: 0});
  return {config: factory.config.read(node, report), faults};
}

/** Creates the processor from YAML; `run` gives it a batch and returns what it handed on. */
export function testProcessor<C, S extends Signal>(
  factory: ProcessorFactory<C>,
  yaml: string,
  signal: S,
  given: Partial<Settings> = {},
) {
  const {config, faults} = readConfig(factory, yaml);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  const meter: Meter = given.meter ?? createMeter();
  const out: BatchOf<S>[] = [];
  const contexts: ConsumeContext[] = [];
  const processor = factory.create(
    testSettings({...given, meter}),
    config,
    takes(async (batch, context) => {
      out.push(batch as BatchOf<S>);
      contexts.push(context);
    }),
    signal,
  );
  return {
    ...processor,
    out,
    contexts,
    count: (name: string, labels: Readonly<Record<string, string>> = {}) => countOf(meter, name, labels),
    async run(batch: BatchOf<S>, context: ConsumeContext = contextOf()): Promise<BatchOf<S>[]> {
      const before = out.length;
      await processor.consumer.consume(batch as AnyBatch & Lent<AnyBatch>, context);
      return out.slice(before);
    },
  };
}

export function spanBatch(...spans: readonly PlainSpan[]): SpanBatch {
  const batch = createSpanBatch();
  const {columns: s} = batch.spans;
  for (const [index, span] of spans.entries()) {
    const row = batch.spans.add();
    setOrigin(batch, s, row, span);
    s.spanId.set(row, Uint8Array.of(0, 0, 0, 0, 0, 0, 1, index + 1));
    setText(batch, s.name, row, span.name ?? '');
    setText(batch, s.traceState, row, span.traceState ?? '');
    if (span.traceId !== undefined) s.traceId.set(row, fromHex(span.traceId) as Uint8Array);
    s.kind.set(row, span.kind ?? 0);
    s.statusCode.set(row, span.statusCode ?? 0);
    setText(batch, s.statusMessage, row, span.statusMessage ?? '');
    setAttributes(batch, s.attributes, row, span.attributes ?? {});
    const first = batch.events.count;
    for (const each of span.events ?? []) {
      const event = batch.events.add();
      setText(batch, batch.events.columns.name, event, each.name ?? '');
      setAttributes(batch, batch.events.columns.attributes, event, each.attributes ?? {});
    }
    s.events.setPair(row, first, batch.events.count - first);
  }
  return batch;
}

export function logBatch(...logs: readonly PlainLog[]): LogBatch {
  const batch = createLogBatch();
  const {columns: l} = batch.logs;
  for (const log of logs) {
    const row = batch.logs.add();
    setOrigin(batch, l, row, log);
    l.time.set(row, log.time ?? 0n);
    l.observedTime.set(row, log.observedTime ?? 0n);
    l.severityNumber.set(row, log.severityNumber ?? 0);
    setText(batch, l.severityText, row, log.severityText ?? '');
    if (log.traceId !== undefined) l.traceId.set(row, fromHex(log.traceId) as Uint8Array);
    if (log.body !== undefined) {
      l.body.setPair(row, appendAttribute(batch.attributes, batch.heap, '', fromPlain(log.body)), 1);
    }
    setAttributes(batch, l.attributes, row, log.attributes ?? {});
  }
  return batch;
}

export function metricBatch(...metrics: readonly PlainMetric[]): MetricBatch {
  const batch = createMetricBatch();
  for (const each of metrics) {
    const metric = batch.metrics.add();
    const {columns: m} = batch.metrics;
    setOrigin(batch, m, metric, each);
    setText(batch, m.name, metric, each.name ?? '');
    setText(batch, m.unit, metric, each.unit ?? '');
    m.type.set(metric, metricType[each.type ?? 'gauge']);
    for (const {attributes, value} of each.points) {
      const row = batch.points.add();
      const {columns: p} = batch.points;
      p.metric.set(row, metric);
      if (value !== undefined) {
        p.has.set(row, pointHas.double);
        p.value.setDouble(row, value);
      }
      setAttributes(batch, p.attributes, row, attributes ?? {});
    }
  }
  return batch;
}

type Origins = {
  readonly resource: {set(row: number, to: number): void};
  readonly scope: {set(row: number, to: number): void};
};

/** Items of equal origins share their rows, as senders have it. */
function setOrigin(batch: Batch, columns: Origins, row: number, {resource = {}, scope = {}}: PlainOrigin): void {
  const {resources, scopes} = batch;
  let at = resources.count - 1;
  while (at >= 0 && !isSame(attributesOf(batch, resources.columns.attributes, at), resource)) at--;
  if (at < 0) {
    at = resources.add();
    setAttributes(batch, resources.columns.attributes, at, resource);
  }
  columns.resource.set(row, at);
  at = scopes.count - 1;
  while (at >= 0 && !isSame(scopeOf(batch, at), {name: '', version: '', attributes: {}, ...scope})) at--;
  if (at < 0) {
    at = scopes.add();
    setText(batch, scopes.columns.name, at, scope.name ?? '');
    setText(batch, scopes.columns.version, at, scope.version ?? '');
    setAttributes(batch, scopes.columns.attributes, at, scope.attributes ?? {});
  }
  columns.scope.set(row, at);
}

const isSame = (a: unknown, b: unknown): boolean => {
  const text = (value: unknown): string =>
    JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `int ${each}` : each));
  return text(a) === text(b);
};

const scopeOf = (batch: Lent<Batch>, row: number) => ({
  name: utf8(batch.scopes.columns.name.bytes(row, batch.heap)),
  version: utf8(batch.scopes.columns.version.bytes(row, batch.heap)),
  attributes: attributesOf(batch, batch.scopes.columns.attributes, row),
});

function setText(batch: Batch, column: SliceColumn, row: number, text: string): void {
  column.setText(row, batch.heap, text);
}

function setAttributes(batch: Batch, column: RangeColumn, row: number, attributes: PlainMap): void {
  const entries = Object.entries(attributes);
  const from = batch.attributes.count;
  for (const [key, value] of entries) appendAttribute(batch.attributes, batch.heap, key, fromPlain(value));
  column.setPair(row, from, entries.length);
}

export function fromPlain(value: Plain): AnyValue {
  if (value === null) return {type: 'empty'};
  if (typeof value === 'string') return {type: 'string', value};
  if (typeof value === 'boolean') return {type: 'bool', value};
  if (typeof value === 'bigint') return {type: 'int', value};
  if (typeof value === 'number') return {type: 'double', value};
  if (value instanceof Uint8Array) return {type: 'bytes', value};
  if (isList(value)) return {type: 'array', value: value.map(fromPlain)};
  return {type: 'map', value: Object.entries(value).map(([key, each]) => ({key, value: fromPlain(each)}))};
}

const isList = (value: Plain): value is readonly Plain[] => Array.isArray(value);

export function toPlain(value: AnyValue): Plain {
  if (value.type === 'empty') return null;
  if (value.type === 'array') return value.value.map(toPlain);
  if (value.type === 'map') return Object.fromEntries(value.value.map((each) => [each.key, toPlain(each.value)]));
  return value.value;
}

/** The attributes of an owner; keys that it has twice fail. */
export function attributesOf(
  batch: Pick<Lent<Batch>, 'attributes' | 'heap'>,
  column: {from(row: number): number; count(row: number): number},
  row: number,
): Record<string, Plain> {
  const list = readAttributes(batch, column.from(row), column.count(row));
  const keys = list.map(({key}) => key);
  if (new Set(keys).size < keys.length) throw new Error(`an attribute is there twice: ${keys}`);
  return Object.fromEntries(list.map(({key, value}) => [key, toPlain(value)]));
}

/** The items of a batch as the functions above take them, each with its resource; in the copy that a reader would see. */
export function itemsOf(given: AnyBatch): Record<string, unknown>[] {
  const batch = copyBatch(given as Lent<AnyBatch>);
  const text = (column: SliceColumn, row: number): string => utf8(column.bytes(row, batch.heap));
  const rows = Array.from({length: batch.items.count}, (_, row) => row);
  const resource = (row: number) => attributesOf(batch, batch.resources.columns.attributes, row);
  if (batch.signal === 'traces') {
    const {columns: s} = batch.spans;
    const {columns: e} = batch.events;
    return rows.map((row) => ({
      resource: resource(s.resource.get(row)),
      name: text(s.name, row),
      traceId: toHex(s.traceId.get(row)),
      traceState: text(s.traceState, row),
      attributes: attributesOf(batch, s.attributes, row),
      statusCode: s.statusCode.get(row),
      statusMessage: text(s.statusMessage, row),
      events: Array.from({length: s.events.count(row)}, (_, index) => ({
        name: text(e.name, s.events.from(row) + index),
        attributes: attributesOf(batch, e.attributes, s.events.from(row) + index),
      })),
    }));
  }
  if (batch.signal === 'logs') {
    const {columns: l} = batch.logs;
    return rows.map((row) => ({
      resource: resource(l.resource.get(row)),
      body: l.body.count(row) === 0 ? undefined : toPlain(readAttributes(batch, l.body.from(row), 1)[0]!.value),
      severityText: text(l.severityText, row),
      severityNumber: l.severityNumber.get(row),
      time: l.time.get(row),
      observedTime: l.observedTime.get(row),
      attributes: attributesOf(batch, l.attributes, row),
    }));
  }
  const {columns: p} = batch.points;
  const {columns: m} = batch.metrics;
  return rows.map((row) => ({
    resource: resource(m.resource.get(p.metric.get(row))),
    name: text(m.name, p.metric.get(row)),
    attributes: attributesOf(batch, p.attributes, row),
    value: p.value.getDouble(row),
  }));
}
