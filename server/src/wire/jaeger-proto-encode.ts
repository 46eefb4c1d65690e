/**
 * Columnar batch → Jaeger's protobuf: a `PostSpansRequest`, or a `Span` each with its process in it
 * (https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/jaeger/).
 */
import {isZero, sameBytes, utf8Bytes} from '../base/index.ts';
import {
  type ColumnView,
  findAttribute,
  type Lent,
  ProtoWriter,
  type RangeColumn,
  type SpanBatch,
  valueType,
} from '../model/index.ts';
import {noServiceName, refType, refTypeKey} from './jaeger-rows.ts';
import {statusCode} from './jaeger-tags.ts';
import {valueText} from './value-text.ts';

const key = {
  serviceName: utf8Bytes('service.name'),
  event: utf8Bytes('event'),
  refType: utf8Bytes(refTypeKey),
} as const;
export const kindTexts = ['', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
export const statusTexts = ['', 'OK', 'ERROR'] as const;

/** One request with all spans. The process of the first span is the request's; spans of others carry their own. */
export function encodeJaegerProto(batch: Lent<SpanBatch>): Uint8Array {
  const writer = new ProtoWriter(batch.heap.length + 64 * batch.spans.count);
  const encoder = new Encoder(batch, writer);
  const {resource} = batch.spans.columns;
  const shared = batch.spans.count === 0 ? -1 : resource.get(0);
  writer.messageField(1, () => {
    if (shared >= 0) encoder.process(2, shared);
    for (let row = batch.spans.count - 1; row >= 0; row--) {
      const end = writer.length;
      encoder.span(row, resource.get(row) !== shared);
      writer.delimited(1, end);
    }
  });
  return writer.finish();
}

/** One message a span, as Jaeger's topics in Kafka hold them. */
export function encodeJaegerSpans(batch: Lent<SpanBatch>): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let row = 0; row < batch.spans.count; row++) {
    const writer = new ProtoWriter(1024);
    new Encoder(batch, writer).span(row, true);
    messages.push(writer.finish());
  }
  return messages;
}

// ProtoWriter writes from the end to the start: what comes last is written first.
class Encoder {
  private readonly batch: Lent<SpanBatch>;
  private readonly writer: ProtoWriter;

  constructor(batch: Lent<SpanBatch>, writer: ProtoWriter) {
    this.batch = batch;
    this.writer = writer;
  }

  process(field: number, resource: number): void {
    const {batch, writer} = this;
    const {attributes} = batch.resources.columns;
    const end = writer.length;
    const named = findAttribute(batch, attributes, resource, key.serviceName);
    this.tags(2, attributes, resource, named);
    if (named >= 0) writer.textField(1, valueText(batch, named));
    else if (attributes.count(resource) === 0) writer.textField(1, noServiceName);
    writer.delimited(field, end);
  }

  span(row: number, withProcess: boolean): void {
    const {batch, writer} = this;
    const {columns} = batch.spans;
    if (withProcess) this.process(10, columns.resource.get(row));
    this.logs(row);
    this.spanTags(row);
    const start = columns.start.get(row);
    this.time(7, columns.end.get(row) - start);
    this.time(6, start);
    if ((columns.flags.get(row) & 1) !== 0) writer.numberField(5, 1);
    this.references(row);
    this.slice(3, columns.name.start(row), columns.name.size(row));
    writer.bytesField(2, columns.spanId.get(row));
    writer.bytesField(1, columns.traceId.get(row));
  }

  private spanTags(row: number): void {
    const {batch} = this;
    const {columns} = batch.spans;
    const {name, version} = batch.scopes.columns;
    const scope = columns.scope.get(row);
    this.textTag('w3c.tracestate', columns.traceState.bytes(row, batch.heap));
    this.textTag('otel.status_description', columns.statusMessage.bytes(row, batch.heap));
    const code = columns.statusCode.get(row);
    if (code === statusCode.error) this.trueTag('error');
    this.textTag('otel.status_code', utf8Bytes(statusTexts[code] ?? ''));
    this.textTag('span.kind', utf8Bytes(kindTexts[columns.kind.get(row)] ?? ''));
    this.tags(8, columns.attributes, row, -1);
    this.textTag('otel.scope.version', version.bytes(scope, batch.heap));
    this.textTag('otel.scope.name', name.bytes(scope, batch.heap));
  }

  private textTag(name: string, text: Uint8Array): void {
    if (text.length === 0) return;
    const {writer} = this;
    const end = writer.length;
    writer.bytesField(3, text);
    writer.textField(1, name);
    writer.delimited(8, end);
  }

  private trueTag(name: string): void {
    const {writer} = this;
    const end = writer.length;
    writer.numberField(4, 1);
    writer.numberField(2, 1);
    writer.textField(1, name);
    writer.delimited(8, end);
  }

  private logs(row: number): void {
    const {batch, writer} = this;
    const range = batch.spans.columns.events;
    const {time, name, attributes} = batch.events.columns;
    for (let event = range.from(row) + range.count(row) - 1; event >= range.from(row); event--) {
      const end = writer.length;
      this.tags(2, attributes, event, -1);
      if (name.size(event) > 0 && findAttribute(batch, attributes, event, key.event) < 0) {
        const field = writer.length;
        this.slice(3, name.start(event), name.size(event));
        writer.bytesField(1, key.event);
        writer.delimited(2, field);
      }
      this.time(1, time.get(event));
      writer.delimited(9, end);
    }
  }

  /** The parent first, then the links; a link to the parent says how the parent is referred to. */
  private references(row: number): void {
    const {batch} = this;
    const {traceId, parentSpanId, links: range} = batch.spans.columns;
    const {columns} = batch.links;
    const hasParent = !isZero(parentSpanId.bytes, 8 * row, 8);
    let parentType = 0;
    for (let link = range.from(row) + range.count(row) - 1; link >= range.from(row); link--) {
      const type = this.refType(link);
      const isParent =
        hasParent &&
        sameBytes(columns.traceId.bytes, 16 * link, 16, traceId.bytes, 16 * row, 16) &&
        sameBytes(columns.spanId.bytes, 8 * link, 8, parentSpanId.bytes, 8 * row, 8);
      if (isParent) parentType = type;
      else this.reference(columns.traceId.get(link), columns.spanId.get(link), type);
    }
    if (hasParent) this.reference(traceId.get(row), parentSpanId.get(row), parentType);
  }

  private refType(link: number): number {
    const {batch} = this;
    const found = findAttribute(batch, batch.links.columns.attributes, link, key.refType);
    return found >= 0 && valueText(batch, found) === refType.childOf ? 0 : 1;
  }

  private reference(traceId: Uint8Array, spanId: Uint8Array, type: number): void {
    const {writer} = this;
    const end = writer.length;
    if (type !== 0) writer.numberField(3, type);
    writer.bytesField(2, spanId);
    writer.bytesField(1, traceId);
    writer.delimited(4, end);
  }

  /** The owner's attributes as KeyValues, but the row `without`. */
  private tags(field: number, owner: ColumnView<RangeColumn>, row: number, without: number): void {
    const {batch, writer} = this;
    const {key: keys, type, value} = batch.attributes.columns;
    const {words} = value;
    for (let at = owner.from(row) + owner.count(row) - 1; at >= owner.from(row); at--) {
      if (at === without) continue;
      const end = writer.length;
      const first = words[2 * at] as number;
      const second = words[2 * at + 1] as number;
      switch (type.get(at)) {
        case valueType.string:
          this.slice(3, first, second);
          break;
        case valueType.bool:
          if (first !== 0) writer.numberField(4, 1);
          writer.numberField(2, 1);
          break;
        case valueType.int:
          writer.varint(first, second);
          writer.tag(5, 0);
          writer.numberField(2, 2);
          break;
        case valueType.double:
          writer.fixed64(first, second);
          writer.tag(6, 1);
          writer.numberField(2, 3);
          break;
        case valueType.bytes:
          this.slice(7, first, second);
          writer.numberField(2, 4);
          break;
        default:
          writer.textField(3, valueText(batch, at));
      }
      this.slice(1, keys.start(at), keys.size(at));
      writer.delimited(field, end);
    }
  }

  private slice(field: number, start: number, length: number): void {
    const {batch, writer} = this;
    const end = writer.length;
    writer.slice(batch.heap.bytes, start, length);
    writer.delimited(field, end);
  }

  /** A Timestamp or Duration. */
  private time(field: number, nanos: bigint): void {
    const {writer} = this;
    const end = writer.length;
    this.integer(2, nanos % 1_000_000_000n);
    this.integer(1, nanos / 1_000_000_000n);
    writer.delimited(field, end);
  }

  private integer(field: number, value: bigint): void {
    if (value === 0n) return;
    const bits = BigInt.asUintN(64, value);
    this.writer.varint(Number(bits & 0xffff_ffffn), Number(bits >> 32n));
    this.writer.tag(field, 0);
  }
}
