/**
 * Loki's push (https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs) as log records, from JSON and from
 * `logproto.PushRequest` (`pkg/push/push.proto`, out of its Snappy). A stream is a resource whose attributes are its labels, and
 * structured metadata are the record's attributes.
 */
import {fromHex, MalformedError, unixNanoFromMillis, utf8} from '../base/index.ts';
import {appendAttribute, createLogBatch, type LogBatch, ProtoReader, type RangeColumn} from '../model/index.ts';
import {parseLokiLabels} from './loki-labels.ts';
import {type Decoded, fault, Rejections} from './otlp-rejections.ts';

/** `now` in milliseconds since 1970. */
export function decodeLokiJson(body: Uint8Array, now: number): Decoded<LogBatch> {
  let json: unknown;
  try {
    json = JSON.parse(strictUtf8.decode(body));
  } catch (error) {
    throw new MalformedError(`the push is not JSON: ${(error as Error).message}`, undefined, {cause: error});
  }
  const rows = new LokiRows(now);
  const {streams} = objectAt(json, 'the push');
  for (const [index, each] of arrayAt(streams, 'streams').entries()) {
    const path = `streams[${index}]`;
    const {stream, values} = objectAt(each, path);
    rows.stream(textsAt(stream ?? {}, `${path}.stream`));
    for (const [at, value] of arrayAt(values, `${path}.values`).entries()) {
      const place = `${path}.values[${at}]`;
      const [time, line, metadata] = arrayAt(value, place);
      if (typeof time !== 'string' || !/^\d{1,19}$/.test(time)) {
        throw new MalformedError(`${place}[0]: expected nanoseconds since 1970 as a string of digits`);
      }
      if (typeof line !== 'string') throw new MalformedError(`${place}[1]: expected the line, a string`);
      rows.entry(BigInt(time), line, metadata === undefined ? [] : textsAt(metadata, `${place}[2]`));
    }
  }
  return rows.decoded();
}

export function decodeLokiProto(body: Uint8Array, now: number): Decoded<LogBatch> {
  const rows = new LokiRows(now);
  eachField(body, 0, body.length, (tag, from, to) => {
    if (tag === streamsTag) readStream(body, from, to, rows);
  });
  return rows.decoded();
}

const noLabels = 'its stream has no labels, or labels that are not of the form {name="value"}';

type Pair = readonly [name: string, value: string];

const strictUtf8 = new TextDecoder('utf-8', {fatal: true});

function objectAt(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new MalformedError(`${place}: expected an object`);
}

function arrayAt(value: unknown, place: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new MalformedError(`${place}: expected an array`);
}

const textsAt = (value: unknown, place: string): Pair[] =>
  Object.entries(objectAt(value, place)).map(([name, text]) => {
    if (typeof text !== 'string') throw new MalformedError(`${place}.${name}: expected a string`);
    return [name, text];
  });

/** All the message's fields here that matter have the wire type 2. */
const streamsTag = 0x0a;
const labelsTag = 0x0a;
const entriesTag = 0x12;
const timestampTag = 0x0a;
const lineTag = 0x12;
const metadataTag = 0x1a;
const nameTag = 0x0a;
const valueTag = 0x12;
const secondsTag = 0x08;
const nanosTag = 0x10;

type Field = (tag: number, from: number, to: number, reader: ProtoReader) => void;

function eachField(bytes: Uint8Array, start: number, end: number, field: Field): void {
  const reader = new ProtoReader(bytes);
  for (let at = start; at < end; ) {
    at = reader.next(at, end);
    field(reader.tag, reader.from, at, reader);
  }
}

/** Labels may come behind the entries. */
function readStream(body: Uint8Array, start: number, end: number, rows: LokiRows): void {
  const text = (from: number, to: number): string => utf8(body, from, to - from);
  let labels = '';
  eachField(body, start, end, (tag, from, to) => {
    if (tag === labelsTag) labels = text(from, to);
  });
  rows.stream(parseLokiLabels(labels));
  eachField(body, start, end, (entriesField, entryFrom, entryTo) => {
    if (entriesField !== entriesTag) return;
    let time = 0n;
    let line = '';
    const metadata: Pair[] = [];
    eachField(body, entryFrom, entryTo, (tag, from, to) => {
      if (tag === timestampTag) time = readTime(body, from, to);
      else if (tag === lineTag) line = text(from, to);
      else if (tag === metadataTag) {
        let [name, value] = ['', ''];
        eachField(body, from, to, (part, valueFrom, valueTo) => {
          if (part === nameTag) name = text(valueFrom, valueTo);
          else if (part === valueTag) value = text(valueFrom, valueTo);
        });
        metadata.push([name, value]);
      }
    });
    rows.entry(time, line, metadata);
  });
}

/** `google.protobuf.Timestamp`. */
function readTime(body: Uint8Array, start: number, end: number): bigint {
  let [seconds, nanos] = [0n, 0n];
  eachField(body, start, end, (tag, _, __, {high, low}) => {
    if (tag === secondsTag) seconds = BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
    else if (tag === nanosTag) nanos = BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
  });
  return seconds * 1_000_000_000n + nanos;
}

/**
 * The labels that name a service where `service_name` does not, the first that is there: Loki's `discover_service_name`, whose
 * default this is.
 */
const serviceLabels = [
  'service',
  'app',
  'application',
  'app_name',
  'name',
  'app_kubernetes_io_name',
  'container',
  'container_name',
  'k8s_container_name',
  'component',
  'workload',
  'job',
  'k8s_job_name',
];

/** Names of structured metadata that hold the ids of a record. */
const traceNames: ReadonlySet<string> = new Set(['trace_id', 'traceId', 'traceID', 'traceid']);
const spanNames: ReadonlySet<string> = new Set(['span_id', 'spanId', 'spanID', 'spanid']);

/** Writes streams and entries into a batch, in the order in which they came. */
class LokiRows {
  private readonly batch = createLogBatch();
  private readonly observed: bigint;
  /** The resource of the current stream; undefined where Loki would not take the stream. */
  private resource: number | undefined;
  private readonly rejections = new Rejections();

  constructor(now: number) {
    this.observed = unixNanoFromMillis(now);
    this.batch.scopes.add();
  }

  /** Begins a stream; `undefined` stands for labels that are no labels. */
  stream(labels: readonly Pair[] | undefined): void {
    this.resource = undefined;
    if (labels === undefined || labels.length === 0) return;
    const {resources} = this.batch;
    const named = new Map(labels);
    const service =
      named.get('service_name') ?? serviceLabels.map((name) => named.get(name)).find((text) => text !== undefined);
    named.delete('service_name');
    this.resource = resources.add();
    const attributes: Pair[] = service === undefined ? [...named] : [['service.name', service], ...named];
    this.write(resources.columns.attributes, this.resource, attributes);
  }

  entry(time: bigint, line: string, metadata: readonly Pair[]): void {
    if (this.resource === undefined) return this.rejections.add(noLabels);
    if (time < 0n || time >> 63n !== 0n) return this.rejections.add(fault.timeRange);
    const {logs, attributes, heap} = this.batch;
    const row = logs.add();
    const {columns} = logs;
    columns.resource.set(row, this.resource);
    columns.time.set(row, time);
    columns.observedTime.set(row, this.observed);
    columns.body.setPair(row, appendAttribute(attributes, heap, '', {type: 'string', value: line}), 1);
    this.write(columns.attributes, row, metadata);
    for (const [name, value] of metadata) {
      if (traceNames.has(name) && value.length === 32) setId(columns.traceId, row, value);
      else if (spanNames.has(name) && value.length === 16) setId(columns.spanId, row, value);
    }
  }

  decoded(): Decoded<LogBatch> {
    const {batch, rejections} = this;
    return {batch, rejected: rejections.total, rejectedReason: rejections.describe('line', batch.logs.count)};
  }

  private write(column: RangeColumn, row: number, pairs: readonly Pair[]): void {
    const {attributes, heap} = this.batch;
    const from = attributes.count;
    for (const [name, value] of pairs) appendAttribute(attributes, heap, name, {type: 'string', value});
    column.setPair(row, from, pairs.length);
  }
}

function setId(column: LogBatch['logs']['columns']['traceId'], row: number, digits: string): void {
  const bytes = fromHex(digits);
  if (bytes !== undefined) column.set(row, bytes);
}
