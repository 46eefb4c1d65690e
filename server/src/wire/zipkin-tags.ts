/**
 * What Zipkin's tags, endpoints and annotations are in OpenTelemetry's model
 * (https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/zipkin/; docs/decisions/0069-jaeger-and-zipkin.md).
 */
import {isIPv6} from 'node:net';
import {sameBytes, utf8, utf8Bytes} from '../base/index.ts';
import {appendAttribute, type SpanBatch, valueType} from '../model/index.ts';
import {dropRows, spanKind, statusCode} from './jaeger-tags.ts';
import {KnownKeys} from './known-keys.ts';
import {addRange, addTo} from './otlp-rows.ts';
import {type HeapSlice, KnownRows, SpanOrigins} from './span-origins.ts';
import {writeNotedAttributes} from './zipkin-notes.ts';

/** Set on a span that came without a timestamp; such a span starts when it was received. */
export const noStartKey = 'otel.zipkin.absentField.startTime';
/** Which attribute of the resource the local endpoint's name was, where it was not `service.name`. */
export const nameSourceKey = 'otlp.service.name.source';

type Tag =
  | 'kind'
  | 'error'
  | 'statusCode'
  | 'statusText'
  | 'traceState'
  | 'scopeName'
  | 'scopeVersion'
  | 'libraryName'
  | 'libraryVersion'
  | 'nameSource'
  | 'resource';

/** Attributes of resources by the semantic conventions: Zipkin has no other place for them than a span's tags. */
const resourceKeys = [
  'cloud.provider cloud.account.id cloud.region cloud.availability_zone cloud.platform cloud.resource_id',
  'aws.ecs.container.arn aws.ecs.cluster.arn aws.ecs.launchtype aws.ecs.task.arn aws.ecs.task.family aws.ecs.task.revision',
  'aws.eks.cluster.arn aws.log.group.names aws.log.group.arns aws.log.stream.names aws.log.stream.arns',
  'container.name container.id container.runtime container.image.name container.image.tag deployment.environment',
  'deployment.environment.name device.id device.model.identifier device.model.name device.manufacturer',
  'faas.name faas.id faas.version faas.instance faas.max_memory',
  'host.id host.name host.type host.arch host.image.name host.image.id host.image.version',
  'k8s.cluster.name k8s.node.name k8s.node.uid k8s.namespace.name k8s.pod.uid k8s.pod.name k8s.container.name',
  'k8s.container.restart_count k8s.replicaset.uid k8s.replicaset.name k8s.deployment.uid k8s.deployment.name',
  'k8s.statefulset.uid k8s.statefulset.name k8s.daemonset.uid k8s.daemonset.name k8s.job.uid k8s.job.name',
  'k8s.cronjob.uid k8s.cronjob.name os.type os.description os.name os.version',
  'process.pid process.executable.name process.executable.path process.command process.command_line',
  'process.command_args process.owner process.runtime.name process.runtime.version process.runtime.description',
  'service.name service.namespace service.instance.id service.version',
  'telemetry.sdk.name telemetry.sdk.language telemetry.sdk.version telemetry.auto.version telemetry.distro.version',
  'webengine.name webengine.version webengine.description',
  'opencensus.starttime opencensus.exporterversion opencensus.resourcetype',
].flatMap((line) => line.split(' '));

const tags = new KnownKeys<Tag>({
  ...Object.fromEntries(resourceKeys.map((key) => [key, 'resource' as const])),
  'span.kind': 'kind',
  error: 'error',
  'otel.status_code': 'statusCode',
  'otel.status_description': 'statusText',
  'w3c.tracestate': 'traceState',
  'otel.scope.name': 'scopeName',
  'otel.scope.version': 'scopeVersion',
  'otel.library.name': 'libraryName',
  'otel.library.version': 'libraryVersion',
  [nameSourceKey]: 'nameSource',
});

/** `otlp.link.N`: how OpenTelemetry's exporters write links for Zipkin. */
export const linkPrefix = 'otlp.link.';
const linkPrefixBytes = utf8Bytes(linkPrefix);

export interface Endpoint {
  readonly name: HeapSlice;
  /** As text. */
  readonly ip: HeapSlice;
  port: number;
}

export const newEndpoint = (): Endpoint => ({name: {start: 0, length: 0}, ip: {start: 0, length: 0}, port: 0});

export function clearEndpoint(endpoint: Endpoint): void {
  endpoint.name.length = 0;
  endpoint.ip.length = 0;
  endpoint.port = 0;
}

export const localKeys = {address: 'network.local.address', port: 'net.host.port'} as const;
export const peerKeys = {service: 'peer.service', address: 'network.peer.address', port: 'net.peer.port'} as const;
const localAddress = utf8Bytes(localKeys.address);
const localPort = utf8Bytes(localKeys.port);
const peerService = utf8Bytes(peerKeys.service);
const peerAddress = utf8Bytes(peerKeys.address);
const peerPort = utf8Bytes(peerKeys.port);
const serviceName = utf8Bytes('service.name');

export class ZipkinTags {
  readonly origins: SpanOrigins;
  private readonly batch: SpanBatch;
  private readonly resources = new KnownRows();
  private readonly removed = new Set<number>();

  constructor(batch: SpanBatch) {
    this.batch = batch;
    this.origins = new SpanOrigins(batch);
    this.origins.noScope();
  }

  /** Forgets the rows that a rejected span has left behind. */
  rewind(): void {
    this.origins.rewind();
    this.resources.rewind(this.batch.resources.count);
  }

  /** Adds what the endpoints say to the span's attributes, which are the table's last rows. */
  addEndpoints(span: number, local: Endpoint, remote: Endpoint): void {
    if (local.ip.length > 0) this.addText(span, localAddress, local.ip);
    if (local.port > 0) this.addPort(span, localPort, local.port);
    if (remote.name.length > 0) this.addText(span, peerService, remote.name);
    if (remote.ip.length > 0) this.addText(span, peerAddress, remote.ip);
    if (remote.port > 0) this.addPort(span, peerPort, remote.port);
  }

  private addText(span: number, key: Uint8Array, text: HeapSlice): void {
    const row = this.addKey(span, key);
    const {type, value} = this.batch.attributes.columns;
    type.set(row, valueType.string);
    value.setPair(row, text.start, text.length);
  }

  private addPort(span: number, key: Uint8Array, port: number): void {
    const row = this.addKey(span, key);
    const {type, value} = this.batch.attributes.columns;
    type.set(row, valueType.int);
    value.setPair(row, port, 0);
  }

  private addKey(span: number, key: Uint8Array): number {
    const {attributes, spans} = this.batch;
    const row = addTo(spans.columns.attributes, span, attributes);
    attributes.columns.key.setPair(row, this.origins.constants.start(key), key.length);
    return row;
  }

  /** Marks the span as one whose start nobody said. Its attributes are the table's last rows. */
  addNoStart(span: number): void {
    const {attributes, heap, spans} = this.batch;
    const row = appendAttribute(attributes, heap, noStartKey, {type: 'bool', value: true});
    addRange(spans.columns.attributes, span, row, 1);
  }

  /**
   * Sets the span's fields, its resource and its scope from its tags, which are the last rows of the attribute table, and takes
   * those rows out. `name` is the local endpoint's. Links may be added to the attribute table then.
   */
  apply(span: number, name: HeapSlice): void {
    const {batch, origins, removed} = this;
    const {heap, attributes} = batch;
    const {columns} = batch.spans;
    const keys = attributes.columns.key;
    const from = columns.attributes.from(span);
    const end = from + columns.attributes.count(span);
    const rows: Partial<Record<Tag, number>> = {};
    let ofResource = '';
    const resourceRows: number[] = [];
    const links: number[] = [];
    removed.clear();
    if (!this.hasKnown(from, end)) {
      columns.scope.set(span, origins.noScope());
      return columns.resource.set(span, origins.service(name));
    }
    for (let row = from; row < end; row++) {
      const start = keys.start(row);
      const length = keys.size(row);
      if (this.isLink(start, length)) links.push(row);
      const tag = tags.find(heap.bytes, start, length);
      if (tag === undefined) continue;
      if (tag === 'resource') {
        resourceRows.push(row);
        removed.add(row);
        ofResource += `\0${utf8(heap.bytes, start, length)}\0${this.text(row)}`;
      } else rows[tag] = row;
    }
    const resource =
      ofResource === '' && rows.nameSource === undefined
        ? undefined
        : this.resourceOf(name, rows.nameSource, resourceRows, ofResource);
    if (rows.kind !== undefined && columns.kind.get(span) === 0) {
      if (this.text(rows.kind) === 'internal') columns.kind.set(span, spanKind.internal);
      removed.add(rows.kind);
    }
    this.status(span, rows);
    if (rows.traceState !== undefined) {
      const {start, length} = this.slice(rows.traceState);
      columns.traceState.setPair(span, start, length);
      removed.add(rows.traceState);
    }
    this.scope(span, rows);
    const noted = this.takeLinks(links);
    if (rows.nameSource !== undefined) removed.add(rows.nameSource);
    if (removed.size > 0) dropRows(batch, columns.attributes, span, (row) => removed.has(row));
    columns.resource.set(span, resource === undefined ? origins.service(name) : resource());
    for (const text of noted) this.link(span, text);
  }

  /** Whether one of the attributes means something else than itself. */
  private hasKnown(from: number, end: number): boolean {
    const {heap, attributes} = this.batch;
    const keys = attributes.columns.key.words;
    for (let row = from; row < end; row++) {
      const start = keys[2 * row] as number;
      const length = keys[2 * row + 1] as number;
      if (tags.find(heap.bytes, start, length) !== undefined || this.isLink(start, length)) return true;
    }
    return false;
  }

  private status(span: number, rows: Partial<Record<Tag, number>>): void {
    const {statusCode: code, statusMessage: message} = this.batch.spans.columns;
    const {removed} = this;
    if (rows.statusCode !== undefined) {
      code.set(span, statusOf(this.text(rows.statusCode)));
      removed.add(rows.statusCode);
      if (rows.statusText !== undefined) {
        const {start, length} = this.slice(rows.statusText);
        message.setPair(span, start, length);
        removed.add(rows.statusText);
      }
    }
    if (rows.error === undefined) return;
    code.set(span, statusCode.error);
    const said = this.text(rows.error);
    if (said === 'true') removed.add(rows.error);
    else if (message.isEmpty(span) && said !== '') {
      const {start, length} = this.slice(rows.error);
      message.setPair(span, start, length);
    }
  }

  private scope(span: number, rows: Partial<Record<Tag, number>>): void {
    const {origins, removed} = this;
    const {scope} = this.batch.spans.columns;
    const name = rows.scopeName ?? rows.libraryName;
    if (name === undefined) return scope.set(span, origins.noScope());
    const version = rows.scopeVersion ?? rows.libraryVersion;
    scope.set(span, origins.scope(this.slice(name), version === undefined ? nothing : this.slice(version)));
    for (const row of [rows.scopeName, rows.libraryName, rows.scopeVersion, rows.libraryVersion]) {
      if (row !== undefined) removed.add(row);
    }
  }

  /** The resource that a span's tags describe; they are read now, and its rows are added when it is called. */
  private resourceOf(
    name: HeapSlice,
    nameSource: number | undefined,
    tagRows: readonly number[],
    ofTags: string,
  ): () => number {
    const {heap, attributes, resources} = this.batch;
    const source = nameSource === undefined ? undefined : this.slice(nameSource);
    const sourceKey = source === undefined ? '' : utf8(heap.bytes, source.start, source.length);
    const key = `${utf8(heap.bytes, name.start, name.length)}\0${sourceKey}${ofTags}`;
    const known = this.resources.get(key);
    if (known !== undefined) return () => known;
    const {key: keys} = attributes.columns;
    const entries = tagRows.map((row) => ({
      key: {start: keys.start(row), length: keys.size(row)},
      value: this.slice(row),
    }));
    const named = entries.some((each) => utf8(heap.bytes, each.key.start, each.key.length) === 'service.name');
    return () => {
      const resource = resources.add();
      this.resources.set(key, resource);
      if (name.length > 0 && !named) {
        const nameKey = source ?? {start: this.origins.constants.start(serviceName), length: serviceName.length};
        this.addToResource(resource, nameKey, name);
      }
      for (const each of entries) this.addToResource(resource, each.key, each.value);
      return resource;
    };
  }

  private addToResource(resource: number, key: HeapSlice, value: HeapSlice): void {
    const {attributes, resources} = this.batch;
    const row = addTo(resources.columns.attributes, resource, attributes);
    attributes.columns.key.setPair(row, key.start, key.length);
    attributes.columns.type.set(row, valueType.string);
    attributes.columns.value.setPair(row, value.start, value.length);
  }

  private isLink(start: number, length: number): boolean {
    const {bytes} = this.batch.heap;
    const size = linkPrefixBytes.length;
    return length > size && sameBytes(bytes, start, size, linkPrefixBytes, 0, size);
  }

  /** The texts of the rows that are links, in their order; these rows are removed. Others stay tags. */
  private takeLinks(rows: readonly number[]): readonly ReturnType<typeof parseLink>[] {
    if (rows.length === 0) return [];
    const {heap, attributes} = this.batch;
    const {key} = attributes.columns;
    const found: {readonly index: number; readonly link: NonNullable<ReturnType<typeof parseLink>>}[] = [];
    for (const row of rows) {
      const number = utf8(heap.bytes, key.start(row) + linkPrefix.length, key.size(row) - linkPrefix.length);
      const link = /^\d{1,3}$/.test(number) ? parseLink(this.text(row)) : undefined;
      if (link === undefined) continue;
      found.push({index: Number(number), link});
      this.removed.add(row);
    }
    return found.toSorted((a, b) => a.index - b.index).map((each) => each.link);
  }

  private link(span: number, link: ReturnType<typeof parseLink>): void {
    if (link === undefined) return;
    const {links, heap, spans} = this.batch;
    const {columns} = links;
    const row = addTo(spans.columns.links, span, links);
    columns.traceId.set(row, link.traceId);
    columns.spanId.set(row, link.spanId);
    columns.traceState.setText(row, heap, link.traceState);
    writeNotedAttributes(this.batch, columns.attributes, row, link.attributes);
    columns.droppedAttributes.set(row, link.dropped);
  }

  private slice(row: number): HeapSlice {
    const {type, value} = this.batch.attributes.columns;
    const isText = type.get(row) === valueType.string;
    return {
      start: isText ? (value.words[2 * row] as number) : 0,
      length: isText ? (value.words[2 * row + 1] as number) : 0,
    };
  }

  private text(row: number): string {
    const {start, length} = this.slice(row);
    return utf8(this.batch.heap.bytes, start, length);
  }
}

const nothing: HeapSlice = {start: 0, length: 0};

/** `OK` as the specification has it, `STATUS_CODE_OK` and `Ok` as Collectors have written it. */
function statusOf(text: string): number {
  const name = text.toUpperCase().replace('STATUS_CODE_', '');
  return name === 'ERROR' ? statusCode.error : name === 'OK' ? statusCode.ok : 0;
}

/** `trace id|span id|tracestate|attributes as JSON|dropped attributes`. */
function parseLink(text: string) {
  const [traceId = '', spanId = '', traceState = '', ...rest] = text.split('|');
  const dropped = rest.pop();
  if (dropped === undefined || rest.length === 0 || !/^\d{1,9}$/.test(dropped)) return undefined;
  if (!/^([\da-f]{32})?$/i.test(traceId) || !/^([\da-f]{16})?$/i.test(spanId)) return undefined;
  const attributes = parseNoted(rest.join('|'));
  if (attributes === undefined) return undefined;
  return {
    traceId: idBytes(traceId, 16),
    spanId: idBytes(spanId, 8),
    traceState,
    attributes,
    dropped: Number(dropped),
  };
}

const idBytes = (hex: string, width: number): Uint8Array => {
  const bytes = new Uint8Array(width);
  bytes.set(Buffer.from(hex, 'hex'));
  return bytes;
};

/** The members of a JSON object that an exporter wrote into a text; undefined where it is none. */
export function parseNoted(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.startsWith('{') || text.length > maxNoted) return undefined;
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

const maxNoted = 1 << 20;

/** IPv6 in its shortest form (RFC 5952); empty where it is no address. */
export function shortIp6(text: string): string {
  if (!isIPv6(text) || text.includes('%')) return '';
  return new URL(`http://[${text}]/`).hostname.slice(1, -1);
}
