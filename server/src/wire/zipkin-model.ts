/**
 * A row of a batch as a Zipkin v2 span, for its two encodings
 * (https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/zipkin/; docs/decisions/0069-jaeger-and-zipkin.md).
 */
import {isIP} from 'node:net';
import {isZero, toHex, utf8} from '../base/index.ts';
import {
  type ColumnView,
  type Lent,
  type RangeColumn,
  readAttributes,
  type SliceColumn,
  type SpanBatch,
} from '../model/index.ts';
import {statusTexts} from './jaeger-proto-encode.ts';
import {spanKind, statusCode} from './jaeger-tags.ts';
import {microsBetween} from './time-words.ts';
import {entriesJson, valueText} from './value-text.ts';
import {linkPrefix, localKeys, nameSourceKey, noStartKey, peerKeys} from './zipkin-tags.ts';

export interface ZipkinEndpoint {
  readonly serviceName: string;
  readonly ip: string;
  readonly port: number;
}
export interface ZipkinSpan {
  readonly traceId: string;
  readonly id: string;
  readonly parentId: string;
  readonly name: string;
  readonly kind: '' | 'CLIENT' | 'SERVER' | 'PRODUCER' | 'CONSUMER';
  /** Microseconds; 0 where there is none. */
  readonly timestamp: bigint;
  readonly duration: bigint;
  readonly local: ZipkinEndpoint | undefined;
  readonly remote: ZipkinEndpoint | undefined;
  readonly annotations: readonly {readonly timestamp: bigint; readonly value: string}[];
  readonly tags: ReadonlyMap<string, string>;
}

const kinds = {
  [spanKind.client]: 'CLIENT',
  [spanKind.server]: 'SERVER',
  [spanKind.producer]: 'PRODUCER',
  [spanKind.consumer]: 'CONSUMER',
} as const;

/** Attributes of a resource that may name its service, the best first. */
const nameKeys = ['service.name', 'faas.name', 'k8s.deployment.name', 'process.executable.name'] as const;

interface Origin {
  readonly service: string;
  /** As translators of v1 leave it; empty where there is none. */
  readonly ip: string;
  readonly port: string;
  readonly tags: ReadonlyMap<string, string>;
}

/** The spans of a batch, or those in `rows`, one after the other; what a resource and a scope say is read once. */
export function* zipkinSpans(
  batch: Lent<SpanBatch>,
  defaultServiceName: string,
  rows: Iterable<number> = Array(batch.spans.count).keys(),
): Iterable<ZipkinSpan> {
  const resources = new Map<number, Origin>();
  const scopes = new Map<number, ReadonlyMap<string, string>>();
  const addresses = new Map<string, boolean>();
  const {resource, scope} = batch.spans.columns;
  for (const row of rows) {
    const origin = known(resources, resource.get(row), (at) => originOf(batch, at, defaultServiceName));
    const scopeTags = known(scopes, scope.get(row), (at) => scopeTagsOf(batch, at));
    yield zipkinSpan(batch, row, origin, scopeTags, addresses);
  }
}

function known<T>(map: Map<number, T>, row: number, read: (row: number) => T): T {
  let value = map.get(row);
  if (value === undefined) map.set(row, (value = read(row)));
  return value;
}

function originOf(batch: Lent<SpanBatch>, resource: number, defaultServiceName: string): Origin {
  const tags = textsOf(batch, batch.resources.columns.attributes, resource);
  const source = nameKeys.find((key) => tags.has(key));
  const service = source === undefined ? defaultServiceName : (tags.get(source) as string);
  if (source !== undefined) tags.delete(source);
  if (source !== undefined && source !== 'service.name') tags.set(nameSourceKey, source);
  const ip = ['ipv6', 'ipv4'].map((key) => tags.get(key) ?? '').find((text) => isIP(text) !== 0) ?? '';
  const port = ip === '' ? '' : (tags.get('port') ?? '');
  if (ip !== '') for (const key of ['ipv4', 'ipv6', 'port']) tags.delete(key);
  return {service, ip, port, tags};
}

function scopeTagsOf(batch: Lent<SpanBatch>, scope: number): ReadonlyMap<string, string> {
  const {attributes, name, version} = batch.scopes.columns;
  const tags = textsOf(batch, attributes, scope);
  // Under the names of today, and under those that they had before, which the specification still asks for.
  for (const [column, keys] of [
    [name, ['otel.scope.name', 'otel.library.name']],
    [version, ['otel.scope.version', 'otel.library.version']],
  ] as const) {
    const text = sliceText(batch, column, scope);
    if (text !== '') for (const key of keys) tags.set(key, text);
  }
  return tags;
}

function textsOf(batch: Lent<SpanBatch>, owner: ColumnView<RangeColumn>, row: number): Map<string, string> {
  const texts = new Map<string, string>();
  addTexts(texts, batch, owner, row);
  return texts;
}

function addTexts(
  texts: Map<string, string>,
  batch: Lent<SpanBatch>,
  owner: ColumnView<RangeColumn>,
  row: number,
): void {
  const {key} = batch.attributes.columns;
  for (let at = owner.from(row); at < owner.from(row) + owner.count(row); at++) {
    texts.set(utf8(batch.heap.bytes, key.start(at), key.size(at)), valueText(batch, at));
  }
}

const sliceText = (batch: Lent<SpanBatch>, column: ColumnView<SliceColumn>, row: number): string =>
  utf8(batch.heap.bytes, column.start(row), column.size(row));

function zipkinSpan(
  batch: Lent<SpanBatch>,
  row: number,
  origin: Origin,
  scopeTags: ReadonlyMap<string, string>,
  addresses: Map<string, boolean>,
): ZipkinSpan {
  const {columns} = batch.spans;
  const tags = new Map([...origin.tags, ...scopeTags]);
  addTexts(tags, batch, columns.attributes, row);
  const traceState = sliceText(batch, columns.traceState, row);
  if (traceState !== '') tags.set('w3c.tracestate', traceState);
  const kind = columns.kind.get(row);
  if (kind === spanKind.internal) tags.set('span.kind', 'internal');
  if (origin.ip !== '' && !tags.has(localKeys.address)) {
    tags.set(localKeys.address, origin.ip);
    if (origin.port !== '') tags.set(localKeys.port, origin.port);
  }
  const local = takeEndpoint(
    addresses,
    tags,
    origin.service,
    [localKeys.address],
    [localKeys.port, 'network.local.port'],
  );
  const peer = takeFirst(tags, [peerKeys.service, 'service.peer.name']);
  const remote = takeEndpoint(addresses, tags, peer, [peerKeys.address], [peerKeys.port, 'network.peer.port']);
  const noStart = tags.delete(noStartKey);
  addStatus(tags, columns.statusCode.get(row), sliceText(batch, columns.statusMessage, row));
  addLinks(tags, batch, row);
  const start = columns.start.get(row);
  const end = columns.end.get(row);
  const micros = microsBetween(start, end);
  return {
    traceId: toHex(columns.traceId.get(row)),
    id: toHex(columns.spanId.get(row)),
    parentId: isZero(columns.parentSpanId.bytes, 8 * row, 8) ? '' : toHex(columns.parentSpanId.get(row)),
    name: sliceText(batch, columns.name, row),
    kind: kinds[kind as keyof typeof kinds] ?? '',
    timestamp: noStart ? 0n : microsBetween(0n, start),
    // Zipkin knows no duration of 0, and none below.
    duration: end > start ? (micros > 0n ? micros : 1n) : 0n,
    local,
    remote,
    annotations: annotationsOf(batch, row),
    tags,
  };
}

function addStatus(tags: Map<string, string>, code: number, message: string): void {
  // Zipkin takes every span with this tag for a failed one, whatever it says.
  const said = tags.get('error');
  if (code !== statusCode.error) tags.delete('error');
  else if (said === undefined || said === 'false') tags.set('error', 'true');
  if (code === 0) return;
  tags.set('otel.status_code', statusTexts[code] ?? '');
  if (message !== '') tags.set('otel.status_description', message);
}

function addLinks(tags: Map<string, string>, batch: Lent<SpanBatch>, row: number): void {
  const range = batch.spans.columns.links;
  const {traceId, spanId, traceState, attributes, droppedAttributes} = batch.links.columns;
  for (let i = 0; i < range.count(row); i++) {
    const link = range.from(row) + i;
    const noted = entriesJson(readAttributes(batch, attributes.from(link), attributes.count(link)));
    const parts = [
      toHex(traceId.get(link)),
      toHex(spanId.get(link)),
      sliceText(batch, traceState, link),
      noted,
      droppedAttributes.get(link),
    ];
    tags.set(`${linkPrefix}${i}`, parts.join('|'));
  }
}

function annotationsOf(batch: Lent<SpanBatch>, row: number): ZipkinSpan['annotations'] {
  const range = batch.spans.columns.events;
  const {time, name, attributes, droppedAttributes} = batch.events.columns;
  const annotations: {timestamp: bigint; value: string}[] = [];
  for (let event = range.from(row); event < range.from(row) + range.count(row); event++) {
    const count = attributes.count(event);
    const dropped = droppedAttributes.get(event);
    let value = sliceText(batch, name, event);
    if (count > 0 || dropped > 0) {
      value += `|${entriesJson(readAttributes(batch, attributes.from(event), count))}|${dropped}`;
    }
    annotations.push({timestamp: microsBetween(0n, time.get(event)), value});
  }
  return annotations;
}

/** Takes the tags that an endpoint says in its own place. `addresses` remembers which texts are some. */
function takeEndpoint(
  addresses: Map<string, boolean>,
  tags: Map<string, string>,
  serviceName: string,
  addressKeys: readonly string[],
  portKeys: readonly string[],
): ZipkinEndpoint | undefined {
  const address = takeFirst(tags, addressKeys);
  const port = Number(takeFirst(tags, portKeys));
  let isAddress = addresses.get(address);
  if (isAddress === undefined) addresses.set(address, (isAddress = isIP(address) !== 0 && !address.includes('%')));
  const ip = isAddress ? address : '';
  // An address that is none, such as a host's name or a socket's path, stays a tag.
  if (ip === '' && address !== '') tags.set(addressKeys[0] as string, address);
  if (serviceName === '' && ip === '') {
    if (port > 0) tags.set(portKeys[0] as string, String(port));
    return undefined;
  }
  return {serviceName, ip, port: Number.isInteger(port) && port > 0 && port < 65536 ? port : 0};
}

function takeFirst(tags: Map<string, string>, keys: readonly string[]): string {
  const found = keys.find((key) => tags.has(key));
  const value = found === undefined ? '' : (tags.get(found) as string);
  if (found !== undefined) tags.delete(found);
  return value;
}
