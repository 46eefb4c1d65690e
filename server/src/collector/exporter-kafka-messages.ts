/** From a batch to messages: which topic, which key, how much goes into one. And messages as the bytes of one queued request. */
import {createHash} from 'node:crypto';
import {defaultTenant, type TenantId, utf8, utf8Bytes} from '../base/index.ts';
import {
  type AnyBatch,
  type Batch,
  emptyBatch,
  findAttribute,
  gatherRows,
  type Lent,
  type Metadata,
  ProtoReader,
  ProtoWriter,
  readAttributes,
  readValue,
  recycle,
  valueType,
} from '../model/index.ts';
import {type KafkaEncoder, traceKey} from './kafka-encode.ts';

export interface KafkaRecord {
  readonly topic: string;
  readonly key: Uint8Array | undefined;
  readonly value: Uint8Array;
  /** How many spans, points or log records it holds. */
  readonly items: number;
}

/** Messages about one trace, or one resource, get one key. */
export type KeyedBy = 'trace' | 'resource' | undefined;

export interface Routing {
  readonly topic: string;
  /** Of these, empty is none. */
  readonly topicFromMetadata: string;
  readonly topicFromAttribute: string;
  readonly keyFromMetadata: string;
  readonly keyedBy: KeyedBy;
  readonly encoder: KafkaEncoder;
  /** Of a value. A batch is split until its parts fit; an item that does not fit by itself becomes a message all the same. */
  readonly maxBytes: number;
  /** Names of metadata that go along, and headers of every message. */
  readonly metadata: readonly string[];
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** The messages of a batch, which is only read. */
export function kafkaRecords(routing: Routing, batch: Lent<AnyBatch>): KafkaRecord[] {
  const records: KafkaRecord[] = [];
  const add = (topic: string, key: string | undefined, part: Lent<AnyBatch>): void =>
    encode(routing, part, (value, items, own = key) =>
      records.push({topic, key: own === undefined ? undefined : utf8Bytes(own), value, items}),
    );
  const groups = groupsOf(routing, batch);
  const [only] = groups;
  if (only !== undefined && groups.length === 1) {
    add(only.topic, only.key, batch);
    return records;
  }
  let part = emptyBatch(batch.signal);
  for (const {topic, key, rows} of groups) {
    gatherRows<Batch>(part as Batch, batch as unknown as Lent<Batch>, rows);
    add(topic, key, part);
    part = recycle(part as Batch) as AnyBatch;
  }
  return records;
}

interface Group {
  readonly topic: string;
  readonly key: string | undefined;
  readonly rows: number[];
}

/** The rows that go to one topic with one key. */
function groupsOf(routing: Routing, batch: Lent<AnyBatch>): Group[] {
  const topicOf = perResource(
    batch,
    (resource) => topicIn(batch, resource, routing.topicFromAttribute) ?? routing.topic,
  );
  const resourceKey = perResource(batch, (resource) => hashOf(batch, resource));
  const keyOf = (row: number, resource: number): string | undefined => {
    if (routing.keyedBy === 'resource') return resourceKey(resource);
    if (routing.keyedBy === undefined || batch.signal === 'metrics') return undefined;
    return traceKey((batch.signal === 'traces' ? batch.spans : batch.logs).columns.traceId.bytes, row);
  };
  const groups = new Map<string, Group>();
  const resourceOf = resourceOfItem(batch);
  for (let row = 0; row < batch.items.count; row++) {
    const resource = resourceOf(row);
    const topic = topicOf(resource);
    const key = keyOf(row, resource);
    const name = `${topic} ${key ?? ''}`;
    const known = groups.get(name);
    if (known === undefined) groups.set(name, {topic, key, rows: [row]});
    else known.rows.push(row);
  }
  return [...groups.values()];
}

function resourceOfItem(batch: Lent<AnyBatch>): (row: number) => number {
  if (batch.signal === 'metrics') {
    const {metric} = batch.points.columns;
    const {resource} = batch.metrics.columns;
    return (row) => resource.get(metric.get(row));
  }
  const {resource} = batch.signal === 'traces' ? batch.spans.columns : batch.logs.columns;
  return (row) => resource.get(row);
}

/** Remembers what was found of each resource: items come by the thousand, resources by the dozen. */
function perResource<T>(batch: Lent<AnyBatch>, find: (resource: number) => T): (resource: number) => T {
  const known: (T | undefined)[] = new Array(batch.resources.count);
  return (resource) => (known[resource] ??= find(resource));
}

function topicIn(batch: Lent<AnyBatch>, resource: number, attribute: string): string | undefined {
  if (attribute === '') return undefined;
  const found = findAttribute(batch, batch.resources.columns.attributes, resource, utf8Bytes(attribute));
  if (found < 0 || batch.attributes.columns.type.get(found) !== valueType.string) return undefined;
  const value = readValue(batch, found);
  return value.type === 'string' && value.value !== '' ? value.value : undefined;
}

/** The same for the same attributes, in whatever order they come. */
function hashOf(batch: Lent<AnyBatch>, resource: number): string {
  const {attributes} = batch.resources.columns;
  const sorted = readAttributes(batch, attributes.from(resource), attributes.count(resource))
    .map((each) => JSON.stringify(each, (_, value) => (typeof value === 'bigint' ? String(value) : value)))
    .sort();
  return createHash('sha256').update(sorted.join('\n')).digest('hex').slice(0, 32);
}

type Emit = (value: Uint8Array, items: number, key?: string) => void;

function encode({encoder, maxBytes}: Routing, batch: Lent<AnyBatch>, emit: Emit): void {
  const {count} = batch.items;
  if (encoder.kind === 'items') {
    for (const item of encoder.encode(batch)) if (item !== undefined) emit(item.value, 1, item.key);
    return;
  }
  const value = encoder.encode(batch);
  if (value.length <= maxBytes || count === 1) return emit(value, count);
  const parts = Math.min(count, Math.ceil(value.length / maxBytes) + 1);
  for (let part = 0; part < parts; part++) {
    const from = Math.floor((part * count) / parts);
    const to = Math.floor(((part + 1) * count) / parts);
    const piece = emptyBatch(batch.signal);
    gatherRows<Batch>(
      piece as Batch,
      batch as unknown as Lent<Batch>,
      Array.from({length: to - from}, (_, i) => from + i),
    );
    encode({encoder, maxBytes} as Routing, piece, emit);
  }
}

/** Whose data a request holds. */
export interface Sender {
  readonly tenant: TenantId;
  readonly metadata?: Metadata | undefined;
}

/** Where the sender's metadata says where its messages go, there; and by which key. */
export function addressed(routing: Routing, record: KafkaRecord, sender: Sender): KafkaRecord {
  const topic = firstOf(sender, routing.topicFromMetadata);
  const key = firstOf(sender, routing.keyFromMetadata);
  if (topic === undefined && key === undefined) return record;
  return {...record, topic: topic ?? record.topic, key: key === undefined ? record.key : utf8Bytes(key)};
}

/** The headers of a sender's messages. */
export function headersOf({metadata, headers}: Routing, sender: Sender): [string, string][] {
  const own = headers.map(([name, value]): [string, string] => [name, value]);
  for (const name of metadata) {
    for (const value of sender.metadata?.get(name.toLowerCase()) ?? []) own.push([name, value]);
  }
  const isTold = own.some(([name]) => name.toLowerCase() === tenantHeader);
  if (sender.tenant !== defaultTenant && !isTold) own.push([tenantHeader, sender.tenant]);
  return own;
}

/** As over HTTP. The Kafka receiver reads it. */
const tenantHeader = 'x-scope-orgid';

function firstOf({metadata}: Sender, name: string): string | undefined {
  const [value = ''] = metadata?.get(name.toLowerCase()) ?? [];
  return value === '' ? undefined : value;
}

/** Messages as the bytes of one request, which may wait on disk: a list of messages of protobuf. */
export function packRecords(records: readonly KafkaRecord[]): Uint8Array {
  const writer = new ProtoWriter(records.reduce((sum, {value}) => sum + value.length + 64, 64));
  for (const {topic, key, value, items} of records.toReversed()) {
    writer.messageField(1, () => {
      writer.numberField(4, items);
      writer.bytesField(3, value);
      if (key !== undefined) writer.bytesField(2, key);
      writer.textField(1, topic);
    });
  }
  return writer.finish();
}

/** The opposite; keys and values are views of the bytes. */
export function unpackRecords(bytes: Uint8Array): KafkaRecord[] {
  const reader = new ProtoReader(bytes);
  const records: KafkaRecord[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = reader.next(at, bytes.length);
    let [topic, items] = ['', 0];
    let key: Uint8Array | undefined;
    let value = bytes.subarray(0, 0);
    for (let inner = reader.from; inner < end; ) {
      inner = reader.next(inner, end);
      const {tag, from} = reader;
      if (tag === 0x0a) topic = utf8(bytes, from, inner - from);
      else if (tag === 0x12) key = bytes.subarray(from, inner);
      else if (tag === 0x1a) value = bytes.subarray(from, inner);
      else if (tag === 0x20) items = reader.low;
    }
    records.push({topic, key, value, items});
    at = end;
  }
  return records;
}
