/** Jaeger's spans as rows of a batch: what its Thrift and its protobuf have in common. */
import {isZero, sameBytes, utf8Bytes} from '../base/index.ts';
import {findAttribute, type SpanBatch, type ValueType, valueType} from '../model/index.ts';
import {applyProcessTags, dropRows, JaegerSpanTags} from './jaeger-tags.ts';
import {checkKept, type Rejections} from './otlp-rejections.ts';
import {addTo, ItemRows} from './otlp-rows.ts';
import {type HeapSlice, SpanOrigins} from './span-origins.ts';

/** Jaeger's name of a process that has none, as the Collector's translator writes it. */
export const noServiceName = 'OTLPResourceNoServiceName';
export const refTypeKey = 'opentracing.ref_type';
export const refType = {childOf: 'child_of', followsFrom: 'follows_from'} as const;
const noServiceNameBytes = utf8Bytes(noServiceName);
const refTypeKeyBytes = utf8Bytes(refTypeKey);
const refTypeBytes = [utf8Bytes(refType.childOf), utf8Bytes(refType.followsFrom)] as const;
const eventKey = utf8Bytes('event');

/** Bit 0 of a span's flags in both models: sampled. */
const sampled = 1;
/** Bit 1 of Jaeger's: a span that somebody asked for, which implies that it is sampled. */
const debug = 2;

/** A reference of the span being read: ids of 16 and 8 bytes, and 0 for CHILD_OF or 1 for FOLLOWS_FROM. */
export interface Reference {
  readonly ids: Uint8Array;
  type: number;
}

export class JaegerRows {
  readonly batch: SpanBatch;
  readonly origins: SpanOrigins;
  readonly items: ItemRows;
  readonly rejections: Rejections;
  private readonly tags: JaegerSpanTags;
  private readonly references: Reference[] = [];
  private referenced = 0;

  constructor(batch: SpanBatch, rejections: Rejections) {
    this.batch = batch;
    this.rejections = rejections;
    this.origins = new SpanOrigins(batch);
    this.items = new ItemRows(batch, rejections);
    this.tags = new JaegerSpanTags(batch, this.origins);
    this.origins.noScope();
  }

  /** Begins a span; its resource is `resource`. */
  begin(resource: number): number {
    this.referenced = 0;
    const row = this.items.begin();
    this.batch.spans.columns.resource.set(row, resource);
    this.batch.spans.columns.scope.set(row, this.origins.noScope());
    return row;
  }

  /** Ends the span: keeps it, or takes back all that was added since `begin`. */
  end(row: number): void {
    this.items.end(row);
    if (this.items.fault !== '') this.origins.rewind();
  }

  /** A reference of the span being read, to be filled. */
  reference(): Reference {
    const {references} = this;
    checkKept(this.referenced, 'references');
    if (this.referenced === references.length) references.push({ids: new Uint8Array(24), type: 0});
    const reference = references[this.referenced++] as Reference;
    reference.ids.fill(0);
    reference.type = 0;
    return reference;
  }

  setFlags(span: number, flags: number): void {
    this.batch.spans.columns.flags.set(span, (flags & (sampled | debug)) === 0 ? 0 : sampled);
  }

  /** Sets what the span's tags say. They were read last: nothing else was added to the attributes since. */
  applyTags(span: number): void {
    this.tags.apply(span);
  }

  /**
   * Sets the parent, where it is not set yet, and the links. The first CHILD_OF in the same trace is the parent, else the first
   * FOLLOWS_FROM (Jaeger's `Span.ParentSpanID`); every reference but the parent's CHILD_OF is a link.
   */
  applyReferences(span: number): void {
    const {columns} = this.batch.spans;
    const {traceId, parentSpanId} = columns;
    const at = 8 * span;
    if (isZero(parentSpanId.bytes, at, 8)) {
      let parent: Reference | undefined;
      for (let i = 0; i < this.referenced; i++) {
        const each = this.references[i] as Reference;
        if (!sameBytes(each.ids, 0, 16, traceId.bytes, 16 * span, 16)) continue;
        if (each.type === 0) {
          parent = each;
          break;
        }
        parent ??= each;
      }
      if (parent !== undefined) parentSpanId.set(span, parent.ids, 16);
    }
    for (let i = 0; i < this.referenced; i++) {
      const each = this.references[i] as Reference;
      if (each.type === 0 && sameBytes(each.ids, 16, 8, parentSpanId.bytes, at, 8)) continue;
      this.link(span, each);
    }
  }

  private link(span: number, {ids, type}: Reference): void {
    const {links, attributes, spans} = this.batch;
    const {constants} = this.origins;
    const row = addTo(spans.columns.links, span, links);
    links.columns.traceId.set(row, ids);
    links.columns.spanId.set(row, ids, 16);
    const attribute = addTo(links.columns.attributes, row, attributes);
    const text = refTypeBytes[type === 0 ? 0 : 1];
    attributes.columns.key.setPair(attribute, constants.start(refTypeKeyBytes), refTypeKeyBytes.length);
    attributes.columns.type.set(attribute, valueType.string);
    attributes.columns.value.setPair(attribute, constants.start(text), text.length);
  }

  /** Names the event after its field `event`, which is taken out. Its fields are the attribute table's last rows. */
  nameEvent(event: number): void {
    const {name, attributes: range} = this.batch.events.columns;
    const row = findAttribute(this.batch, range, event, eventKey);
    if (row < 0) return;
    const {type, value} = this.batch.attributes.columns;
    if (type.get(row) === valueType.string) {
      name.setPair(event, value.words[2 * row] as number, value.words[2 * row + 1] as number);
    }
    dropRows(this.batch, range, event, (at) => at === row);
  }

  /**
   * Sets a tag's value: the two words in `values` at twice `type`, which the protocol numbers as `types` are. A value of another
   * type becomes a text that says so, as the Collector's translator shows it.
   */
  setTag(row: number, types: readonly ValueType[], type: number, values: Uint32Array): void {
    const {attributes, heap} = this.batch;
    const {columns} = attributes;
    const known = types[type];
    columns.type.set(row, known ?? valueType.string);
    if (known !== undefined) {
      return columns.value.setPair(row, values[2 * type] as number, values[2 * type + 1] as number);
    }
    const start = heap.appendText(`<Unknown Jaeger TagType "${type}">`);
    columns.value.setPair(row, start, heap.length - start);
  }

  /** Ends the process whose tags, the attribute table's last rows, `resource` has. */
  applyProcess(resource: number, serviceName: HeapSlice): void {
    const {heap, attributes, resources} = this.batch;
    const range = resources.columns.attributes;
    const {start, length} = serviceName;
    if (sameBytes(heap.bytes, start, length, noServiceNameBytes, 0, noServiceNameBytes.length)) {
      if (range.count(resource) > 0) attributes.truncate(range.from(resource));
      return range.setPair(resource, 0, 0);
    }
    applyProcessTags(this.batch, this.origins, resource);
    if (length > 0) this.origins.addServiceName(resource, serviceName);
  }
}
