/**
 * Traces as Jaeger's query service shows them, adjusted unless the raw ones are wanted: as its JSON, `{traceID, spans, processes,
 * warnings}`, written piece by piece, and as spans for its gRPC service.
 */
import {isZero, toHex, utf8, utf8Bytes} from '../base/index.ts';
import {type AnyValue, findAttribute, type KeyValue, readAttributes, type SpanBatch} from '../model/index.ts';
import {attributeText, compareText} from '../query/index.ts';
import type {JaegerLog, JaegerProcess, JaegerReference, JaegerSpan} from '../wire/index.ts';
import {type Adjustment, adjust, unadjusted} from './jaeger-adjust.ts';
import {ShownAttributes} from './jaeger-attributes.ts';
import {formatGoTime} from './jaeger-go.ts';
import {Tag, tagJson, tagsJson} from './jaeger-tags.ts';

export interface JaegerTracesOptions {
  /** Leaves out what Jaeger adjusts in a trace before it shows it. */
  readonly raw: boolean;
  /** Shown with every trace. */
  readonly warnings?: readonly string[];
}

/**
 * The traces of a batch as pieces of JSON, separated by commas, in the order of `ids`; ids that the batch lacks are left out.
 */
export function* jaegerTraces(
  batch: SpanBatch,
  ids: Iterable<string>,
  {raw, warnings = []}: JaegerTracesOptions,
): Generator<string> {
  const traces = rowsByTrace(batch);
  const shown = new ShownAttributes(batch, raw);
  let first = true;
  for (const id of ids) {
    const rows = traces.get(id);
    if (rows === undefined) continue;
    if (!first) yield ',';
    first = false;
    yield* json(new TraceReader(batch, id, raw, shown), rows, warnings);
  }
}

/** The spans of one trace of a batch, one by one. */
export function* jaegerSpans(
  batch: SpanBatch,
  id: string,
  rows: readonly number[],
  raw: boolean,
): Generator<JaegerSpan> {
  const reader = new TraceReader(batch, id, raw);
  const adjustment = reader.adjust(rows);
  for (const row of adjustment.rows) yield reader.span(row, adjustment);
}

/** How one trace of a batch is shown: which of its rows, with which ids and warnings. */
export const adjustTrace = (batch: SpanBatch, id: string, rows: readonly number[]): Adjustment =>
  new TraceReader(batch, id, false).adjust(rows);

/** The rows of each trace, by its id in full length. */
export function rowsByTrace(batch: SpanBatch): Map<string, number[]> {
  const {traceId} = batch.spans.columns;
  const traces = new Map<string, number[]>();
  for (let row = 0; row < batch.spans.count; row++) {
    const id = toHex(traceId.get(row));
    const rows = traces.get(id);
    if (rows === undefined) traces.set(id, [row]);
    else rows.push(row);
  }
  return traces;
}

/** A trace id as Jaeger prints it: 16 digits where the upper half is zero. */
export const shortTraceId = (id: string): string => (id.startsWith('0'.repeat(16)) ? id.slice(16) : id);

/** As the store calls it, so that the process's name is one that can be searched for. */
const unknownService = 'unknown_service';
/** Jaeger's own attribute for warnings of a span. */
export const warningsKey = '@jaeger@warnings';
/** Attributes by which instrumentation libraries describe themselves: shown with the process, wherever they were sent. */
const libraryKeys = new Set([
  'telemetry.sdk.language',
  'telemetry.sdk.name',
  'telemetry.sdk.version',
  'telemetry.distro.name',
  'telemetry.distro.version',
]);
const refTypeKey = utf8Bytes('opentracing.ref_type');
const eventKey = 'event';

/** `p1`, `p2` … in order of appearance, equal ones shared. */
class Processes {
  private readonly ids = new Map<string, string>();
  private readonly known = new Map<JaegerProcess, string>();

  id(process: JaegerProcess): string {
    let id = this.known.get(process);
    if (id !== undefined) return id;
    const text = `{"serviceName":${JSON.stringify(process.service)},"tags":${tagsJson(process.tags)}}`;
    id = this.ids.get(text);
    if (id === undefined) this.ids.set(text, (id = `p${this.ids.size + 1}`));
    this.known.set(process, id);
    return id;
  }

  get json(): string {
    return [...this.ids].map(([text, id]) => `"${id}":${text}`).join(',');
  }
}

function* json(reader: TraceReader, rows: readonly number[], traceWarnings: readonly string[]): Generator<string> {
  const adjustment = reader.adjust(rows);
  const processes = new Processes();
  yield `{"traceID":"${shortTraceId(reader.traceId)}","spans":[`;
  let separator = '';
  for (const row of adjustment.rows) {
    yield `${separator}${spanJson(reader.span(row, adjustment), processes)}`;
    separator = ',';
  }
  yield `],"processes":{${processes.json}},"warnings":${listOrNull(traceWarnings)}}`;
}

function spanJson(span: JaegerSpan, processes: Processes): string {
  const traceId = shortTraceId(span.traceId);
  const references = span.references.map(
    (to) => `{"refType":"${to.type}","traceID":"${shortTraceId(to.traceId)}","spanID":"${to.spanId}"}`,
  );
  const logs = span.logs.map(({time, fields}) => `{"timestamp":${time / 1000n},"fields":${tagsJson(fields)}}`);
  return (
    `{"traceID":"${traceId}","spanID":"${span.spanId}"` +
    `,"operationName":${JSON.stringify(span.name)},"references":[${references.join(',')}]` +
    `,"startTime":${span.start / 1000n},"duration":${span.duration / 1000n}` +
    `,"tags":${tagsJson(span.tags)},"logs":[${logs.join(',')}]` +
    `,"processID":"${processes.id(span.process)}"` +
    `,"warnings":${listOrNull(span.warnings)}}`
  );
}

class TraceReader {
  /** In full length. */
  readonly traceId: string;
  private readonly batch: SpanBatch;
  private readonly raw: boolean;
  private readonly shown: ShownAttributes;
  private readonly processOfResource = new Map<number, JaegerProcess>();
  private readonly scopeTags = new Map<number, readonly KeyValue[]>();
  /** Library attributes that spans carried, by resource. */
  private readonly moved = new Map<number, Map<string, AnyValue>>();

  constructor(batch: SpanBatch, traceId: string, raw: boolean, shown = new ShownAttributes(batch, raw)) {
    this.batch = batch;
    this.traceId = traceId;
    this.raw = raw;
    this.shown = shown;
  }

  adjust(allRows: readonly number[]): Adjustment {
    if (this.raw) return unadjusted(allRows);
    for (const row of allRows) this.collectLibraryAttributes(row);
    const processes = new Processes();
    return adjust(this.batch, allRows, (row) => this.content(row, processes));
  }

  /** The text that tells a copy from another span: everything that arrived, keys in the order shown, times in full. */
  private content(row: number, processes: Processes): string {
    const {batch} = this;
    const c = batch.spans.columns;
    const l = batch.links.columns;
    const {attributes, droppedAttributes, schemaUrl} = batch.scopes.columns;
    const scope = c.scope.get(row);
    const tags = (from: number, count: number): string => tagsJson(this.shown.list(from, count));
    const links = Array.from({length: c.links.count(row)}, (_, i) => {
      const link = c.links.from(row) + i;
      const state = utf8(batch.heap.bytes, l.traceState.start(link), l.traceState.size(link));
      return [state, l.flags.get(link), tags(l.attributes.from(link), l.attributes.count(link))];
    });
    return JSON.stringify([
      [c.start, c.end].map((time) => time.get(row).toString()),
      [c.flags, c.kind, c.statusCode, c.droppedAttributes, c.droppedEvents, c.droppedLinks].map((of) => of.get(row)),
      spanJson(this.span(row, unadjusted([])), processes),
      tags(attributes.from(scope), attributes.count(scope)),
      [droppedAttributes.get(scope), utf8(batch.heap.bytes, schemaUrl.start(scope), schemaUrl.size(scope))],
      links,
    ]);
  }

  span(row: number, adjustment: Adjustment): JaegerSpan {
    const {batch} = this;
    const c = batch.spans.columns;
    const warnings: string[] = [];
    const start = c.start.get(row);
    const end = c.end.get(row);
    if (end < start) warnings.push(negativeDuration(start, end));
    const tags = this.spanTags(row, warnings);
    warnings.push(...(adjustment.warnings.get(row) ?? []));
    const references = this.references(row, adjustment, warnings);
    return {
      traceId: this.traceId,
      spanId: adjustment.spanId.get(row) ?? toHex(c.spanId.get(row)),
      name: utf8(batch.heap.bytes, c.name.start(row), c.name.size(row)),
      references,
      sampled: (c.flags.get(row) & 1) !== 0,
      start,
      duration: end > start ? end - start : 0n,
      tags,
      logs: this.logs(row),
      process: this.process(c.resource.get(row)),
      warnings,
    };
  }

  private references(row: number, adjustment: Adjustment, warnings: string[]): JaegerReference[] {
    const {batch, traceId} = this;
    const c = batch.spans.columns;
    const l = batch.links.columns;
    const list: JaegerReference[] = [];
    const parent = adjustment.parentSpanId.get(row) ?? toHex(c.parentSpanId.get(row));
    const hasParent = parent !== '0000000000000000';
    if (hasParent) list.push({type: 'CHILD_OF', traceId, spanId: parent});
    const from = c.links.from(row);
    for (let link = from; link < from + c.links.count(row); link++) {
      const id = l.traceId.get(link);
      if (!this.raw && isZero(id, 0, 16)) {
        warnings.push('Invalid span link removed');
        continue;
      }
      const reference = {type: this.linkType(link), traceId: toHex(id), spanId: toHex(l.spanId.get(link))};
      // A link to the parent says what kind of parent it is.
      if (hasParent && reference.traceId === traceId && reference.spanId === parent) list[0] = reference;
      else list.push(reference);
    }
    return list;
  }

  private linkType(link: number): JaegerReference['type'] {
    const row = findAttribute(this.batch, this.batch.links.columns.attributes, link, refTypeKey);
    if (row < 0) return 'FOLLOWS_FROM';
    const {value} = this.batch.attributes.columns;
    const text = utf8(this.batch.heap.bytes, value.words[2 * row] as number, value.words[2 * row + 1] as number);
    return text === 'child_of' ? 'CHILD_OF' : 'FOLLOWS_FROM';
  }

  private spanTags(row: number, warnings: string[]): KeyValue[] {
    const {batch} = this;
    const c = batch.spans.columns;
    const bytes = batch.heap.bytes;
    const tags = [...this.tagsOfScope(c.scope.get(row))];
    for (const tag of this.shown.list(c.attributes.from(row), c.attributes.count(row))) {
      const {key, value} = tag;
      if (key === warningsKey) warnings.push(...carriedWarnings(value));
      else if (this.raw || !libraryKeys.has(key)) tags.push(tag);
      else if (!sameValue(this.moved.get(c.resource.get(row))?.get(key), value)) {
        warnings.push(`conflicting values between Span and Resource for attribute ${key}`);
        tags.push(tag);
      }
    }
    const kind = kindTags[c.kind.get(row)];
    if (kind !== undefined) tags.push(kind);
    const status = c.statusCode.get(row);
    if (status === 1) tags.push(stringTag('otel.status_code', 'OK'));
    if (status === 2) {
      tags.push(stringTag('otel.status_code', 'ERROR'), {key: 'error', value: {type: 'bool', value: true}});
    }
    const message = utf8(bytes, c.statusMessage.start(row), c.statusMessage.size(row));
    if (message !== '') tags.push(stringTag('otel.status_description', message));
    const state = utf8(bytes, c.traceState.start(row), c.traceState.size(row));
    if (state !== '') tags.push(stringTag('w3c.tracestate', state));
    return tags;
  }

  private tagsOfScope(scope: number): readonly KeyValue[] {
    let tags = this.scopeTags.get(scope);
    if (tags === undefined) {
      const {name, version} = this.batch.scopes.columns;
      const bytes = this.batch.heap.bytes;
      tags = (
        [
          ['otel.scope.name', name],
          ['otel.scope.version', version],
        ] as const
      )
        .filter(([, text]) => text.size(scope) > 0)
        .map(([key, text]) => stringTag(key, utf8(bytes, text.start(scope), text.size(scope))));
      this.scopeTags.set(scope, tags);
    }
    return tags;
  }

  private logs(row: number): JaegerLog[] {
    const c = this.batch.spans.columns;
    const e = this.batch.events.columns;
    const logs: JaegerLog[] = [];
    for (let event = c.events.from(row); event < c.events.from(row) + c.events.count(row); event++) {
      const fields = this.shown.list(e.attributes.from(event), e.attributes.count(event));
      if (e.name.size(event) > 0 && !fields.some(({key}) => key === eventKey)) {
        fields.unshift(stringTag(eventKey, utf8(this.batch.heap.bytes, e.name.start(event), e.name.size(event))));
      }
      logs.push({time: e.time.get(event), fields});
    }
    return logs;
  }

  private process(resource: number): JaegerProcess {
    const known = this.processOfResource.get(resource);
    if (known !== undefined) return known;
    const {attributes} = this.batch.resources.columns;
    const list = this.shown.list(attributes.from(resource), attributes.count(resource));
    const moved = this.moved.get(resource);
    if (moved !== undefined) {
      const own = new Set(list.map(({key}) => key));
      for (const [key, value] of moved) if (!own.has(key)) list.push(new Tag(key, value));
      list.sort((a, b) => compareText(a.key, b.key));
    }
    const name = list.find(({key}) => key === 'service.name')?.value;
    const service = (name === undefined ? '' : attributeText(name)) || unknownService;
    const process = {service, tags: list.filter(({key}) => key !== 'service.name')};
    this.processOfResource.set(resource, process);
    return process;
  }

  private collectLibraryAttributes(row: number): void {
    const c = this.batch.spans.columns;
    const resource = c.resource.get(row);
    const {key} = this.batch.attributes.columns;
    const bytes = this.batch.heap.bytes;
    for (let at = c.attributes.from(row); at < c.attributes.from(row) + c.attributes.count(row); at++) {
      // Few spans have any: looked at closer only where the first letter and the length fit.
      if (bytes[key.start(at)] !== 116 || key.size(at) < 18 || key.size(at) > 24) continue;
      const name = utf8(bytes, key.start(at), key.size(at));
      if (!libraryKeys.has(name)) continue;
      let moved = this.moved.get(resource);
      if (moved === undefined) {
        const {attributes} = this.batch.resources.columns;
        const own = readAttributes(this.batch, attributes.from(resource), attributes.count(resource));
        moved = new Map(own.filter((entry) => libraryKeys.has(entry.key)).map((entry) => [entry.key, entry.value]));
        this.moved.set(resource, moved);
      }
      const value = readAttributes(this.batch, at, 1)[0]?.value as AnyValue;
      if (!moved.has(name)) moved.set(name, value);
    }
  }
}

/** Jaeger says so when the span arrives, and shows it as one of no length. */
const negativeDuration = (start: bigint, end: bigint): string =>
  `Negative duration detected, sanitizing end timestamp. Original end timestamp: ${formatGoTime(end)}, ` +
  `adjusted to: ${formatGoTime(start + 1n)}`;

const listOrNull = (list: readonly string[]): string => (list.length === 0 ? 'null' : JSON.stringify(list));

export function carriedWarnings(value: AnyValue): string[] {
  if (value.type === 'array') return value.value.map((one) => (one.type === 'string' ? one.value : ''));
  return value.type === 'string' ? [value.value] : [];
}

const stringTag = (key: string, text: string): Tag => new Tag(key, {type: 'string', value: text});
const kindTags = [
  undefined,
  ...['internal', 'server', 'client', 'producer', 'consumer'].map((kind) => stringTag('span.kind', kind)),
];

const sameValue = (a: AnyValue | undefined, b: AnyValue): boolean =>
  a !== undefined && tagJson('', a) === tagJson('', b);
