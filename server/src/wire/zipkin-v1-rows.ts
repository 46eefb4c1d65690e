/**
 * Zipkin's v1 spans as rows of a batch: what its JSON and its Thrift have in common. A v1 span says its kind, its times and its
 * service by annotations (`cs`, `cr`, `sr`, `ss`, `ms`, `mr`), all else by binary ones. An old format, and seldom a large one:
 * each span is an object of its own while it is read.
 */
import {utf8Bytes} from '../base/index.ts';
import {type AnyValue, appendAttribute, type SpanBatch} from '../model/index.ts';
import {isHttpFailure, spanKind, statusCode} from './jaeger-tags.ts';
import {checkKept, fault, type Rejections} from './otlp-rejections.ts';
import {addRange, addTo, ItemRows} from './otlp-rows.ts';
import {SpanOrigins} from './span-origins.ts';
import {readTag, type ZipkinOptions} from './zipkin-rows.ts';
import {noStartKey, peerKeys} from './zipkin-tags.ts';

export interface V1Endpoint {
  serviceName: string;
  ipv4: string;
  ipv6: string;
  port: number;
}
export interface V1Annotation {
  /** Microseconds. */
  timestamp: bigint;
  value: string;
  endpoint?: V1Endpoint | undefined;
}
export interface V1BinaryAnnotation {
  key: string;
  value: AnyValue;
  endpoint?: V1Endpoint | undefined;
}
export interface V1Span {
  readonly ids: {readonly trace: Uint8Array; readonly span: Uint8Array; readonly parent: Uint8Array};
  name: string;
  timestamp: bigint;
  duration: bigint;
  annotations: V1Annotation[];
  binaryAnnotations: V1BinaryAnnotation[];
}

export const newV1Span = (): V1Span => ({
  ids: {trace: new Uint8Array(16), span: new Uint8Array(8), parent: new Uint8Array(8)},
  name: '',
  timestamp: 0n,
  duration: 0n,
  annotations: [],
  binaryAnnotations: [],
});

/** Adds to what a span has of `what`. */
export function keep<T>(list: T[], item: T, what: string): void {
  checkKept(list.length, what);
  list.push(item);
}

/** The name of a service that nobody named, as the Collector's translator has it. */
const unknownService = 'unknown-service';
const kinds: Readonly<Record<string, number>> = {
  cs: spanKind.client,
  cr: spanKind.client,
  sr: spanKind.server,
  ss: spanKind.server,
  ms: spanKind.producer,
  mr: spanKind.consumer,
};
/** Binary annotations whose endpoint is the other side's, and the kind of a span that has nothing else to tell it. */
const addresses: Readonly<Record<string, number>> = {
  sa: spanKind.client,
  ca: spanKind.server,
  ma: spanKind.producer,
};

export class ZipkinV1Rows {
  readonly items: ItemRows;
  private readonly batch: SpanBatch;
  private readonly origins: SpanOrigins;
  private readonly resources = new Map<string, number>();
  private readonly options: ZipkinOptions;

  constructor(batch: SpanBatch, rejections: Rejections, options: ZipkinOptions) {
    this.batch = batch;
    this.items = new ItemRows(batch, rejections);
    this.origins = new SpanOrigins(batch);
    this.origins.noScope();
    this.options = options;
  }

  /** Adds the span. A `problem` is why it cannot be taken. */
  add(span: V1Span, problem = ''): void {
    const {heap, spans} = this.batch;
    const {columns} = spans;
    const {kind, endpoint, first, last} = summarise(span.annotations);
    const service = serviceOf(span, endpoint);
    const resource = this.resource({...(endpoint ?? noEndpoint), serviceName: service});
    const row = this.items.begin();
    columns.resource.set(row, resource);
    columns.scope.set(row, this.origins.noScope());
    columns.traceId.set(row, span.ids.trace);
    columns.spanId.set(row, span.ids.span);
    columns.parentSpanId.set(row, span.ids.parent);
    columns.name.setText(row, heap, span.name);
    columns.kind.set(row, kind);
    const isTold = span.timestamp > 0n;
    const start = isTold ? span.timestamp : (first ?? BigInt(Math.floor((this.options.now ?? Date.now)() * 1000)));
    const end = isTold ? start + span.duration : (last ?? start);
    if (inTime(start) && inTime(end)) {
      columns.start.set(row, start * 1000n);
      columns.end.set(row, end * 1000n);
    } else problem ||= fault.timeRange;
    this.attributes(row, span.binaryAnnotations);
    if (!isTold && first === undefined) this.attribute(row, noStartKey, {type: 'bool', value: true});
    for (const annotation of span.annotations) problem ||= this.event(row, annotation);
    if (problem !== '') this.items.fault = problem;
    this.items.end(row);
  }

  private attributes(span: number, annotations: readonly V1BinaryAnnotation[]): void {
    const {kind} = this.batch.spans.columns;
    const status = new V1Status();
    let remote: V1Endpoint | undefined;
    for (const {key, value, endpoint} of annotations) {
      const asKind = Object.hasOwn(addresses, key) && endpoint !== undefined ? addresses[key] : undefined;
      if (asKind !== undefined) {
        remote = endpoint;
        if (kind.get(span) === 0) kind.set(span, asKind);
      } else if (!status.take(key, value)) {
        const row = this.attribute(span, key === 'lc' ? 'component' : key, value);
        if (this.options.parseStringTags && value.type === 'string') {
          readTag(this.batch, row, this.batch.heap.bytes);
        }
      }
    }
    if (remote !== undefined) this.peer(span, remote);
    const {code, message} = status.result(kind.get(span));
    const {columns} = this.batch.spans;
    columns.statusCode.set(span, code);
    const bytes = utf8Bytes(message);
    if (bytes.length > 0) columns.statusMessage.setPair(span, this.batch.heap.append(bytes), bytes.length);
  }

  private peer(span: number, {serviceName, ipv4, ipv6, port}: V1Endpoint): void {
    const address = ipv6 === '' ? ipv4 : ipv6;
    if (serviceName !== '') this.attribute(span, peerKeys.service, {type: 'string', value: serviceName});
    if (address !== '') this.attribute(span, peerKeys.address, {type: 'string', value: address});
    if (port !== 0) this.attribute(span, peerKeys.port, {type: 'int', value: BigInt(port)});
  }

  private attribute(span: number, key: string, value: AnyValue): number {
    const {attributes, heap, spans} = this.batch;
    const row = appendAttribute(attributes, heap, key, value);
    addRange(spans.columns.attributes, span, row, 1);
    return row;
  }

  /** An annotation that is no event of the protocol itself. Returns why it cannot be taken. */
  private event(span: number, {timestamp, value}: V1Annotation): string {
    if (value === '' || Object.hasOwn(kinds, value)) return '';
    if (!inTime(timestamp)) return fault.timeRange;
    const {events, heap, spans} = this.batch;
    const row = addTo(spans.columns.events, span, events);
    events.columns.time.set(row, timestamp * 1000n);
    events.columns.name.setText(row, heap, value);
    return '';
  }

  private resource({serviceName, ipv4, ipv6, port}: V1Endpoint): number {
    const key = `${serviceName}\0${ipv4}\0${ipv6}\0${port}`;
    let resource = this.resources.get(key);
    if (resource !== undefined) return resource;
    const {attributes, heap, resources} = this.batch;
    this.resources.set(key, (resource = resources.add()));
    const texts = {'service.name': serviceName, ipv4, ipv6, port: port === 0 ? '' : String(port)};
    for (const [name, value] of Object.entries(texts)) {
      if (value === '') continue;
      const row = appendAttribute(attributes, heap, name, {type: 'string', value});
      addRange(resources.columns.attributes, resource, row, 1);
    }
    return resource;
  }
}

const noEndpoint: V1Endpoint = {serviceName: '', ipv4: '', ipv6: '', port: 0};
const latest = 2n ** 63n / 1000n;
const inTime = (micros: bigint): boolean => micros >= 0n && micros < latest;

/** What the annotations say together: the first kind, the endpoint that it was seen at, the first and the last time. */
function summarise(annotations: readonly V1Annotation[]) {
  let kind = 0;
  let endpoint: V1Endpoint | undefined;
  let first: bigint | undefined;
  let last: bigint | undefined;
  for (const each of annotations) {
    if (each.value === '') continue;
    if (Object.hasOwn(kinds, each.value)) {
      if (kind === 0) kind = kinds[each.value] as number;
      if (endpoint === undefined && each.endpoint !== undefined && each.endpoint.serviceName !== '')
        endpoint = each.endpoint;
    }
    if (first === undefined || each.timestamp < first) first = each.timestamp;
    if (last === undefined || each.timestamp > last) last = each.timestamp;
  }
  return {kind, endpoint, first, last};
}

/** The service's name: of the core annotations, else of a binary one, else the local component's. */
function serviceOf(span: V1Span, endpoint: V1Endpoint | undefined): string {
  if (endpoint !== undefined) return endpoint.serviceName;
  let component = '';
  let named = '';
  for (const {key, value, endpoint: host} of span.binaryAnnotations) {
    if (key === 'lc' && value.type === 'string') component = value.value;
    if (host !== undefined && host.serviceName !== '' && !Object.hasOwn(addresses, key)) named = host.serviceName;
  }
  return named || component || unknownService;
}

/** The status that a v1 span's binary annotations say, the strongest first: OpenCensus, OpenTelemetry, `error`, HTTP. */
class V1Status {
  private census: number | undefined;
  private censusText = '';
  private told: number | undefined;
  private toldText = '';
  private failed = false;
  private failedText = '';
  private http: number | undefined;
  private httpText = '';

  /** Whether the annotation is of the status and of nothing else. */
  take(key: string, value: AnyValue): boolean {
    switch (key) {
      case 'census.status_code': {
        const code = codeOf(value);
        if (!Number.isNaN(code)) this.census = code === 0 ? statusCode.ok : statusCode.error;
        return true;
      }
      case 'census.status_description':
      case 'opencensus.status_description':
        this.censusText = textOf(value);
        return true;
      case 'otel.status_code': {
        const name = textOf(value).toUpperCase();
        const code = name === 'OK' ? statusCode.ok : name === 'ERROR' ? statusCode.error : codeOf(value);
        if (!Number.isNaN(code)) this.told = code;
        return true;
      }
      case 'otel.status_description':
        this.toldText = textOf(value);
        return true;
      case 'error':
        this.failed = true;
        this.failedText = textOf(value) === 'true' ? '' : textOf(value);
        // A text is worth keeping as it is, too.
        return this.failedText === '';
      case 'http.status_code':
      case 'http.response.status_code':
        this.http = codeOf(value);
        return false;
      case 'http.status_message':
        this.httpText = textOf(value);
        return false;
      default:
        return false;
    }
  }

  result(kind: number): {readonly code: number; readonly message: string} {
    if (this.census !== undefined) return {code: this.census, message: this.censusText};
    if (this.told !== undefined) return {code: this.told, message: this.toldText};
    if (this.failed) return {code: statusCode.error, message: this.censusText || this.toldText || this.failedText};
    if (this.http !== undefined && isHttpFailure(this.http, kind))
      return {code: statusCode.error, message: this.httpText};
    return {code: 0, message: ''};
  }
}

const textOf = (value: AnyValue): string => (value.type === 'string' ? value.value : '');
function codeOf(value: AnyValue): number {
  if (value.type === 'int') return Number(value.value);
  return value.type === 'string' && /^[+-]?\d{1,10}$/.test(value.value) ? Number(value.value) : Number.NaN;
}
