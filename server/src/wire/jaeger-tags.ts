/**
 * The tags of Jaeger's spans and processes that are fields in OpenTelemetry's model, taken out of their attributes
 * (https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/jaeger/; docs/decisions/0069-jaeger-and-zipkin.md).
 */
import {utf8, utf8Bytes} from '../base/index.ts';
import {appendAttribute, type RangeColumn, removeAttributes, type SpanBatch, valueType} from '../model/index.ts';
import {KnownKeys} from './known-keys.ts';
import type {HeapSlice, SpanOrigins} from './span-origins.ts';

type SpanTag =
  | 'kind'
  | 'error'
  | 'statusCode'
  | 'statusText'
  | 'httpStatus'
  | 'httpText'
  | 'traceState'
  | 'scopeName'
  | 'scopeVersion'
  | 'libraryName'
  | 'libraryVersion';

const spanTags = new KnownKeys<SpanTag>({
  'span.kind': 'kind',
  error: 'error',
  'otel.status_code': 'statusCode',
  'otel.status_description': 'statusText',
  'http.status_code': 'httpStatus',
  'http.response.status_code': 'httpStatus',
  'http.status_message': 'httpText',
  'w3c.tracestate': 'traceState',
  'otel.scope.name': 'scopeName',
  'otel.scope.version': 'scopeVersion',
  'otel.library.name': 'libraryName',
  'otel.library.version': 'libraryVersion',
});

export const spanKind = {internal: 1, server: 2, client: 3, producer: 4, consumer: 5} as const;
const kinds = new KnownKeys<number>(spanKind);
export const statusCode = {ok: 1, error: 2} as const;

const none = -1;

/** Sets the span's fields from its tags, which are the last rows of the attribute table, and takes those rows out. */
export class JaegerSpanTags {
  private readonly batch: SpanBatch;
  private readonly origins: SpanOrigins;
  /** The attribute row of each tag that the span has. */
  private readonly rows: Record<SpanTag, number> = {
    kind: none,
    error: none,
    statusCode: none,
    statusText: none,
    httpStatus: none,
    httpText: none,
    traceState: none,
    scopeName: none,
    scopeVersion: none,
    libraryName: none,
    libraryVersion: none,
  };
  private readonly removed = new Set<number>();
  private readonly name: HeapSlice = {start: 0, length: 0};
  private readonly version: HeapSlice = {start: 0, length: 0};

  constructor(batch: SpanBatch, origins: SpanOrigins) {
    this.batch = batch;
    this.origins = origins;
  }

  apply(span: number): void {
    const {rows, removed, batch} = this;
    const {heap, attributes} = batch;
    const {columns} = batch.spans;
    const keys = attributes.columns.key.words;
    const from = columns.attributes.from(span);
    const end = from + columns.attributes.count(span);
    let found = false;
    for (let row = from; row < end; row++) {
      const tag = spanTags.find(heap.bytes, keys[2 * row] as number, keys[2 * row + 1] as number);
      if (tag === undefined) continue;
      if (!found) for (const each in rows) rows[each as SpanTag] = none;
      found = true;
      rows[tag] = row;
    }
    if (!found) return;
    removed.clear();
    if (rows.kind !== none) {
      const {start, length} = this.slice(rows.kind, this.name);
      columns.kind.set(span, kinds.find(heap.bytes, start, length) ?? 0);
      removed.add(rows.kind);
    }
    this.status(span);
    if (rows.traceState !== none) {
      const {start, length} = this.slice(rows.traceState, this.name);
      columns.traceState.setPair(span, start, length);
      removed.add(rows.traceState);
    }
    this.scope(span);
    if (removed.size === 0) return;
    dropRows(batch, columns.attributes, span, (row) => removed.has(row));
  }

  private status(span: number): void {
    const {rows, removed, batch} = this;
    const {statusCode: code, statusMessage: message} = batch.spans.columns;
    const text = (row: number): void => {
      const {start, length} = this.slice(row, this.name);
      message.setPair(span, start, length);
    };
    // The error tag is the last word on whether a span failed; without one that is true, the status tag is.
    const failed = rows.error !== none && this.isTrue(rows.error);
    if (failed) {
      code.set(span, statusCode.error);
      removed.add(rows.error);
    } else if (rows.statusCode !== none) code.set(span, statusOf(this.text(rows.statusCode)));
    if (rows.statusCode !== none) removed.add(rows.statusCode);
    if (failed || rows.statusCode !== none) {
      if (rows.statusText !== none) {
        text(rows.statusText);
        removed.add(rows.statusText);
      } else if (failed && rows.httpText !== none) text(rows.httpText);
    } else if (
      rows.httpStatus !== none &&
      isHttpFailure(this.number(rows.httpStatus), batch.spans.columns.kind.get(span))
    ) {
      code.set(span, statusCode.error);
      if (rows.httpText !== none) text(rows.httpText);
    }
  }

  private scope(span: number): void {
    const {rows, removed, origins} = this;
    const scope = this.batch.spans.columns.scope;
    const nameRow = rows.scopeName !== none ? rows.scopeName : rows.libraryName;
    if (nameRow === none) return scope.set(span, origins.noScope());
    const versionRow = rows.scopeVersion !== none ? rows.scopeVersion : rows.libraryVersion;
    for (const row of [rows.scopeName, rows.libraryName, rows.scopeVersion, rows.libraryVersion]) {
      if (row !== none) removed.add(row);
    }
    this.slice(nameRow, this.name);
    if (versionRow === none) this.version.length = 0;
    else this.slice(versionRow, this.version);
    scope.set(span, origins.scope(this.name, this.version));
  }

  /** The text of a string attribute; empty where it is of another type. */
  private slice(row: number, into: HeapSlice): HeapSlice {
    const {type, value} = this.batch.attributes.columns;
    const isText = type.get(row) === valueType.string;
    into.start = isText ? (value.words[2 * row] as number) : 0;
    into.length = isText ? (value.words[2 * row + 1] as number) : 0;
    return into;
  }

  private text(row: number): string {
    const {start, length} = this.slice(row, this.name);
    return utf8(this.batch.heap.bytes, start, length);
  }

  private isTrue(row: number): boolean {
    const {type, value} = this.batch.attributes.columns;
    // Clients without typed tags send the text, which Jaeger's page takes for an error too.
    return type.get(row) === valueType.bool ? value.words[2 * row] === 1 : this.text(row) === 'true';
  }

  private number(row: number): number {
    const {type, value} = this.batch.attributes.columns;
    if (type.get(row) === valueType.int) return Number(value.getSigned(row));
    // JavaScript's client knows no integers.
    if (type.get(row) === valueType.double) return value.getDouble(row);
    const text = this.text(row);
    return /^[+-]?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  }
}

/** Takes the rows out of the owner's attributes, which are the last of their table. */
export function dropRows(
  batch: SpanBatch,
  owner: RangeColumn,
  row: number,
  isRemoved: (attribute: number) => boolean,
): void {
  removeAttributes(batch, owner, row, isRemoved);
  batch.attributes.truncate(owner.from(row) + owner.count(row));
  if (owner.count(row) === 0) owner.setPair(row, 0, 0);
}

function statusOf(text: string): number {
  const name = text.toUpperCase();
  return name === 'ERROR' ? statusCode.error : name === 'OK' ? statusCode.ok : 0;
}

/** Semantic conventions of HTTP: a server's 4xx is its client's failure; every other code from 400, or none of HTTP's, is one. */
export function isHttpFailure(code: number, kind: number): boolean {
  if (Number.isNaN(code)) return false;
  if (code >= 400 && code < 500 && kind === spanKind.server) return false;
  return code < 100 || code >= 400;
}

const hostNameKey = utf8Bytes('host.name');
const exporterVersionKey = 'opencensus.exporterversion';
type ProcessTag = 'hostname' | 'hostName' | 'version' | 'exporterVersion';
const processTags = new KnownKeys<ProcessTag>({
  hostname: 'hostname',
  'host.name': 'hostName',
  'jaeger.version': 'version',
  [exporterVersionKey]: 'exporterVersion',
});

/** Renames the tags of a process that OpenTelemetry calls otherwise: `hostname`, `jaeger.version`. They are the table's last rows. */
export function applyProcessTags(batch: SpanBatch, origins: SpanOrigins, resource: number): void {
  const {heap, attributes, resources} = batch;
  const range = resources.columns.attributes;
  const {key, type, value} = attributes.columns;
  const rows: Partial<Record<ProcessTag, number>> = {};
  for (let row = range.from(resource), end = row + range.count(resource); row < end; row++) {
    const tag = processTags.find(heap.bytes, key.start(row), key.size(row));
    if (tag !== undefined) rows[tag] = row;
  }
  if (rows.hostname !== undefined && rows.hostName === undefined) {
    key.setPair(rows.hostname, origins.constants.start(hostNameKey), hostNameKey.length);
  }
  const {version} = rows;
  if (version === undefined || rows.exporterVersion !== undefined) return;
  const isText = type.get(version) === valueType.string;
  const said = isText ? utf8(heap.bytes, value.words[2 * version], value.words[2 * version + 1]) : '';
  dropRows(batch, range, resource, (row) => row === version);
  const row = appendAttribute(attributes, heap, exporterVersionKey, {type: 'string', value: `Jaeger-${said}`});
  if (range.count(resource) === 0) range.setPair(resource, row, 1);
  else range.setPair(resource, range.from(resource), range.count(resource) + 1);
}
