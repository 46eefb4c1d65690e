import type {AnyValue} from '@opentelemetry/api';
import {
  asBytes,
  asDouble,
  asFixed64,
  asHex,
  asNumber,
  asSfixed64,
  asText,
  type Field,
  readFields,
} from '../protobuf-read.ts';
import {
  type CapturedAttributes,
  type CapturedExemplar,
  type CapturedLog,
  type CapturedMetric,
  type CapturedSpan,
  spanKinds,
  spanStatuses,
} from './captured.ts';

/** `ExportTraceServiceRequest` → its spans. */
export const readSpans = (request: Uint8Array): CapturedSpan[] => readSignal(request, readSpan);
/** `ExportLogsServiceRequest` → its records. */
export const readLogs = (request: Uint8Array): CapturedLog[] => readSignal(request, readLog);
/** `ExportMetricsServiceRequest` → its points. */
export const readMetrics = (request: Uint8Array): CapturedMetric[] => readSignal(request, readMetric).flat();

type Origin = {readonly resource: CapturedAttributes; readonly scope: string};

/** The three signals nest alike: resources (1) with a resource (1) and scopes (2), those with a scope (1) and items (2). */
function readSignal<T>(request: Uint8Array, readItem: (bytes: Uint8Array, origin: Origin) => T): T[] {
  const items: T[] = [];
  for (const outer of readFields(request)) {
    const parts = [...readFields(asBytes(outer.value))];
    const resource = attributesOf(parts.find(({number}) => number === 1)?.value, 1);
    for (const scoped of parts.filter(({number}) => number === 2)) {
      let scope = '';
      for (const {number, value} of readFields(asBytes(scoped.value))) {
        if (number === 1) scope = textField(value, 1);
        if (number === 2) items.push(readItem(asBytes(value), {resource, scope}));
      }
    }
  }
  return items;
}

function readSpan(bytes: Uint8Array, {resource, scope}: Origin): CapturedSpan {
  const fields = byNumber(bytes);
  const status = byNumber(asBytes(fields(15)[0] ?? nothing));
  return {
    traceId: asHex(fields(1)[0] ?? nothing),
    spanId: asHex(fields(2)[0] ?? nothing),
    parentSpanId: fields(4)[0] === undefined ? undefined : asHex(fields(4)[0]!) || undefined,
    name: asText(fields(5)[0] ?? nothing),
    kind: spanKinds[asNumber(fields(6)[0] ?? 1n) - 1] ?? 'internal',
    start: asFixed64(fields(7)[0]!),
    end: asFixed64(fields(8)[0]!),
    attributes: attributes(fields(9)),
    events: fields(11).map((event) => ({name: textField(event, 2), attributes: attributesOf(event, 3)})),
    links: fields(13).map((link) => ({traceId: hexField(link, 1), spanId: hexField(link, 2)})),
    status: spanStatuses[asNumber(status(3)[0] ?? 0n)] ?? 'unset',
    statusMessage: asText(status(2)[0] ?? nothing),
    traceState: asText(fields(3)[0] ?? nothing),
    scope,
    service: String(resource['service.name'] ?? ''),
    resource,
  };
}

function readLog(bytes: Uint8Array, {resource}: Origin): CapturedLog {
  const fields = byNumber(bytes);
  return {
    body: anyValue(asBytes(fields(5)[0] ?? nothing)),
    severity: asText(fields(3)[0] ?? nothing),
    severityNumber: asNumber(fields(2)[0] ?? 0n),
    traceId: asHex(fields(9)[0] ?? nothing),
    spanId: asHex(fields(10)[0] ?? nothing),
    attributes: attributes(fields(6)),
    service: String(resource['service.name'] ?? ''),
  };
}

const pointAttributes: Readonly<Record<number, number>> = {5: 7, 7: 7, 9: 9, 10: 1};

function readMetric(bytes: Uint8Array, {resource}: Origin): CapturedMetric[] {
  const fields = byNumber(bytes);
  const points: CapturedMetric[] = [];
  for (const kind of [5, 7, 9, 10]) {
    const data = fields(kind)[0];
    if (data === undefined) continue;
    for (const point of byNumber(asBytes(data))(1)) {
      const of = byNumber(asBytes(point));
      const histogram = kind === 9 || kind === 10;
      points.push({
        name: asText(fields(1)[0] ?? nothing),
        unit: asText(fields(3)[0] ?? nothing),
        attributes: attributes(of(pointAttributes[kind]!)),
        value: histogram ? Number.NaN : numberOf(of),
        count: histogram ? Number(asFixed64(of(4)[0]!)) : 0,
        sum: histogram && of(5)[0] !== undefined ? asDouble(of(5)[0]!) : 0,
        buckets: kind === 9 ? packed(of(6)[0]).map((part) => Number(asFixed64(part))) : [],
        bounds: kind === 9 ? packed(of(7)[0]).map(asDouble) : [],
        exemplars: kind === 9 ? of(8).map(exemplar) : [],
        service: String(resource['service.name'] ?? ''),
      });
    }
  }
  return points;
}

type Lookup = (number: number) => readonly Field['value'][];

const numberOf = (of: Lookup): number =>
  of(4)[0] === undefined ? Number(of(6)[0] === undefined ? 0n : asSfixed64(of(6)[0]!)) : asDouble(of(4)[0]!);

const exemplar = (value: Field['value']): CapturedExemplar => {
  const of = byNumber(asBytes(value));
  return {value: asDouble(of(3)[0]!), spanId: asHex(of(4)[0]!), traceId: asHex(of(5)[0]!)};
};

const nothing = new Uint8Array(0);

function byNumber(bytes: Uint8Array): Lookup {
  const fields = [...readFields(bytes)];
  return (number) => fields.filter((field) => field.number === number).map(({value}) => value);
}

const textField = (message: Field['value'], number: number): string =>
  asText(byNumber(asBytes(message))(number)[0] ?? nothing);
const hexField = (message: Field['value'], number: number): string =>
  asHex(byNumber(asBytes(message))(number)[0] ?? nothing);
const attributesOf = (message: Field['value'] | undefined, number: number): CapturedAttributes =>
  message === undefined ? {} : attributes(byNumber(asBytes(message))(number));

function packed(value: Field['value'] | undefined): Uint8Array[] {
  const bytes = value === undefined ? nothing : asBytes(value);
  return Array.from({length: bytes.length / 8}, (_, index) => bytes.subarray(index * 8, index * 8 + 8));
}

const attributes = (pairs: readonly Field['value'][]): CapturedAttributes =>
  Object.fromEntries(
    pairs.map((pair) => {
      const fields = byNumber(asBytes(pair));
      return [asText(fields(1)[0] ?? nothing), anyValue(asBytes(fields(2)[0] ?? nothing))];
    }),
  );

function anyValue(bytes: Uint8Array): AnyValue {
  for (const {number, value} of readFields(bytes)) {
    if (number === 1) return asText(value);
    if (number === 2) return value === 1n;
    if (number === 3) return asNumber(value);
    if (number === 4) return asDouble(value);
    if (number === 5) return byNumber(asBytes(value))(1).map((item) => anyValue(asBytes(item)));
    if (number === 6) return attributes(byNumber(asBytes(value))(1)) as AnyValue;
    if (number === 7) return asBytes(value);
  }
  return undefined;
}
