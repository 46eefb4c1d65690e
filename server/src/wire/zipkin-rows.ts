/** Zipkin's v2 spans as rows of a batch: what its JSON and its protobuf have in common. */
import {sameBytes, utf8} from '../base/index.ts';
import {type SpanBatch, valueType} from '../model/index.ts';
import {fault, type Rejections} from './otlp-rejections.ts';
import {addTo, ItemRows} from './otlp-rows.ts';
import {microsToNanos, setEnd, setNanos, type Words64} from './time-words.ts';
import {writeNotedAttributes} from './zipkin-notes.ts';
import {clearEndpoint, newEndpoint, parseNoted, ZipkinTags} from './zipkin-tags.ts';

export interface ZipkinOptions {
  /** Read tags that are numbers, `true` or `false` as such; else all of them are texts. */
  readonly parseStringTags?: boolean;
  /** Milliseconds since 1970: when a span that came without a timestamp is said to start. */
  readonly now?: () => number;
}

export class ZipkinRows {
  readonly batch: SpanBatch;
  readonly items: ItemRows;
  readonly tags: ZipkinTags;
  readonly local = newEndpoint();
  readonly remote = newEndpoint();
  /** Microseconds. */
  readonly timestamp: Words64 = {low: 0, high: 0};
  readonly duration: Words64 = {low: 0, high: 0};
  private isDated = true;
  private readonly parseTags: boolean;
  private readonly now: () => number;

  constructor(batch: SpanBatch, rejections: Rejections, options: ZipkinOptions) {
    this.batch = batch;
    this.items = new ItemRows(batch, rejections);
    this.tags = new ZipkinTags(batch);
    this.parseTags = options.parseStringTags ?? false;
    this.now = options.now ?? Date.now;
  }

  begin(): number {
    const {timestamp, duration} = this;
    clearEndpoint(this.local);
    clearEndpoint(this.remote);
    timestamp.low = timestamp.high = duration.low = duration.high = 0;
    return this.items.begin();
  }

  /** Ends the span: keeps it, or takes back all that was added since `begin`. */
  end(row: number): void {
    this.items.end(row);
    if (this.items.fault !== '') this.tags.rewind();
  }

  /** Ends the span's own fields. Its tags are the attribute table's last rows; its annotations come after this. */
  endFields(span: number): void {
    const {columns} = this.batch.spans;
    const {timestamp, duration, tags} = this;
    tags.addEndpoints(span, this.local, this.remote);
    const isAbsent = timestamp.low === 0 && timestamp.high === 0;
    this.isDated = !isAbsent;
    if (isAbsent) tags.addNoStart(span);
    tags.apply(span, this.local.name);
    if (this.parseTags) this.readTags(span);
    if (isAbsent) setNanos(timestamp, this.now() * 1000);
    let inTime = microsToNanos(duration) && microsToNanos(timestamp);
    inTime = setEnd(columns.end, span, timestamp, duration) && inTime;
    columns.start.setPair(span, timestamp.low, timestamp.high);
    if (!inTime) this.items.fault = fault.timeRange;
    // A span that names itself as its parent is a root.
    if (sameBytes(columns.spanId.bytes, 8 * span, 8, columns.parentSpanId.bytes, 8 * span, 8))
      columns.parentSpanId.clearRow(span);
  }

  /** An annotation as an event: one that an exporter wrote into it, with its attributes, or its text as the name. */
  annotation(span: number, micros: Words64, start: number, length: number): void {
    const {events, heap, spans} = this.batch;
    const row = addTo(spans.columns.events, span, events);
    const {columns} = events;
    if (!microsToNanos(micros)) this.items.fault = fault.timeRange;
    columns.time.setPair(row, micros.low, micros.high);
    if (!this.isDated) this.dateBy(span, micros);
    const note = this.noteAt(start, length);
    if (note === undefined) return columns.name.setPair(row, start, length);
    columns.name.setText(row, heap, note.name);
    writeNotedAttributes(this.batch, columns.attributes, row, note.attributes);
    columns.droppedAttributes.set(row, note.dropped);
  }

  private noteAt(start: number, length: number): Note | undefined {
    const {bytes} = this.batch.heap;
    if (length > maxNoteBytes) return undefined;
    if (bytes[start] === 0x7b) return namedNote(utf8(bytes, start, length));
    return bytes.subarray(start, start + length).includes(0x7c) ? barredNote(utf8(bytes, start, length)) : undefined;
  }

  /** A span without a timestamp starts with its first annotation. */
  private dateBy(span: number, {low, high}: Words64): void {
    const {start, end} = this.batch.spans.columns;
    const {timestamp, duration} = this;
    const isFirst = this.batch.spans.columns.events.count(span) === 1;
    if (!isFirst && (high > timestamp.high || (high === timestamp.high && low >= timestamp.low))) return;
    timestamp.low = low;
    timestamp.high = high;
    start.setPair(span, low, high);
    if (!setEnd(end, span, timestamp, duration)) this.items.fault = fault.timeRange;
  }

  private readTags(span: number): void {
    const {attributes, heap, spans} = this.batch;
    const {type} = attributes.columns;
    const {columns} = spans;
    const from = columns.attributes.from(span);
    for (let row = from; row < from + columns.attributes.count(span); row++) {
      if (type.get(row) === valueType.string) readTag(this.batch, row, heap.bytes);
    }
  }
}

/** An annotation that an exporter of OpenTelemetry wrote an event into. */
interface Note {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly dropped: number;
}

const maxNoteBytes = 1 << 20;

/** `name|{attributes}|dropped`: the Collector's. */
function barredNote(text: string): Note | undefined {
  const match = /^([^|]*)\|(.*)\|(\d{1,9})$/s.exec(text);
  const attributes = match === null ? undefined : parseNoted(match[2] as string);
  return attributes === undefined ? undefined : {name: match?.[1] as string, attributes, dropped: Number(match?.[3])};
}

/** `{"name": {attributes}}`: the specification's. */
function namedNote(text: string): Note | undefined {
  const entries = Object.entries(parseNoted(text) ?? {});
  const [name, attributes] = entries[0] ?? [];
  const isNamed = entries.length === 1 && typeof attributes === 'object' && attributes !== null;
  if (name === undefined || !isNamed || Array.isArray(attributes)) return undefined;
  return {name, attributes: attributes as Record<string, unknown>, dropped: 0};
}

/** A text that is a whole number, a decimal one, `true` or `false` becomes that (`parse_string_tags`). */
export function readTag({attributes}: SpanBatch, row: number, bytes: Uint8Array): void {
  const {type, value} = attributes.columns;
  const start = value.words[2 * row] as number;
  const length = value.words[2 * row + 1] as number;
  const first = bytes[start] as number;
  const isNumeric = first === 0x2d || (first >= 0x30 && first <= 0x39);
  if (length === 0 || length > 40 || !(isNumeric || first === 0x74 || first === 0x66)) return;
  const text = utf8(bytes, start, length);
  if (/^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text)) {
    type.set(row, valueType.int);
    value.set(row, BigInt(text));
  } else if (/^-?\d+\.\d+$/.test(text)) {
    type.set(row, valueType.double);
    value.setDouble(row, Number(text));
  } else if (text === 'true' || text === 'false') {
    type.set(row, valueType.bool);
    value.setPair(row, text === 'true' ? 1 : 0, 0);
  }
}
