/** Columnar batch → Zipkin v2, as JSON and as protobuf. */
import {utf8Bytes} from '../base/index.ts';
import {type Lent, ProtoWriter, type SpanBatch} from '../model/index.ts';
import {type ZipkinEndpoint, type ZipkinSpan, zipkinSpans} from './zipkin-model.ts';

/** The service of spans whose resource names none, as the Collector's exporter has it. */
export const missingServiceName = '<missing service name>';

/** A JSON list of all spans. */
export function encodeZipkinJson(batch: Lent<SpanBatch>, defaultServiceName = missingServiceName): Uint8Array {
  const spans: string[] = [];
  for (const span of zipkinSpans(batch, defaultServiceName)) spans.push(JSON.stringify(zipkinJson(span)));
  return utf8Bytes(`[${spans.join(',')}]`);
}

/** Microseconds are below 2^53: until the year 2255 they are exact as numbers. */
export const zipkinJson = (span: ZipkinSpan): object => ({
  traceId: span.traceId,
  ...(span.parentId === '' ? {} : {parentId: span.parentId}),
  id: span.id,
  ...(span.kind === '' ? {} : {kind: span.kind}),
  ...(span.name === '' ? {} : {name: span.name}),
  ...(span.timestamp === 0n ? {} : {timestamp: Number(span.timestamp)}),
  ...(span.duration === 0n ? {} : {duration: Number(span.duration)}),
  ...(span.local === undefined ? {} : {localEndpoint: endpointOf(span.local)}),
  ...(span.remote === undefined ? {} : {remoteEndpoint: endpointOf(span.remote)}),
  ...(span.annotations.length === 0
    ? {}
    : {annotations: span.annotations.map(({timestamp, value}) => ({timestamp: Number(timestamp), value}))}),
  ...(span.tags.size === 0 ? {} : {tags: Object.fromEntries(span.tags)}),
});

const endpointOf = ({serviceName, ip, port}: ZipkinEndpoint): object => ({
  ...(serviceName === '' ? {} : {serviceName}),
  ...(ip === '' ? {} : {[isIp6(ip) ? 'ipv6' : 'ipv4']: ip}),
  ...(port === 0 ? {} : {port}),
});

/** Of what is an address. */
const isIp6 = (ip: string): boolean => ip.includes(':');

const protoKinds = ['', 'CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER'] as const;

/** A `ListOfSpans` of all spans. */
export function encodeZipkinProto(batch: Lent<SpanBatch>, defaultServiceName = missingServiceName): Uint8Array {
  const writer = new ProtoWriter(batch.heap.length + 64 * batch.spans.count);
  // The writer writes the last span first.
  for (const span of [...zipkinSpans(batch, defaultServiceName)].reverse()) {
    writer.messageField(1, () => writeSpan(writer, span));
  }
  return writer.finish();
}

function writeSpan(writer: ProtoWriter, span: ZipkinSpan): void {
  for (const [key, value] of [...span.tags].reverse()) {
    writer.messageField(11, () => {
      writer.textField(2, value);
      writer.textField(1, key);
    });
  }
  for (const {timestamp, value} of span.annotations.toReversed()) {
    writer.messageField(10, () => {
      writer.textField(2, value);
      writeFixed(writer, 1, timestamp);
    });
  }
  if (span.remote !== undefined) writeEndpoint(writer, 9, span.remote);
  if (span.local !== undefined) writeEndpoint(writer, 8, span.local);
  if (span.duration !== 0n) writer.numberField(7, Number(span.duration));
  if (span.timestamp !== 0n) writeFixed(writer, 6, span.timestamp);
  writer.textField(5, span.name);
  const kind = protoKinds.indexOf(span.kind);
  if (kind > 0) writer.numberField(4, kind);
  writer.bytesField(3, Buffer.from(span.id, 'hex'));
  if (span.parentId !== '') writer.bytesField(2, Buffer.from(span.parentId, 'hex'));
  writer.bytesField(1, Buffer.from(span.traceId, 'hex'));
}

function writeFixed(writer: ProtoWriter, field: number, value: bigint): void {
  writer.fixed64(Number(value & 0xffff_ffffn), Number(value >> 32n));
  writer.tag(field, 1);
}

function writeEndpoint(writer: ProtoWriter, field: number, {serviceName, ip, port}: ZipkinEndpoint): void {
  writer.messageField(field, () => {
    if (port !== 0) writer.numberField(4, port);
    if (ip !== '') writer.bytesField(isIp6(ip) ? 3 : 2, ipBytes(ip));
    if (serviceName !== '') writer.textField(1, serviceName);
  });
}

/** The bytes of an address, which is one. */
function ipBytes(ip: string): Uint8Array {
  if (!isIp6(ip)) return Uint8Array.from(ip.split('.'), Number);
  // Its shortest form, without an IPv4 address at its end.
  const [head = '', tail] = new URL(`http://[${ip}]/`).hostname.slice(1, -1).split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((each) => Number.parseInt(each, 16));
  const first = groups(head);
  const last = groups(tail ?? '');
  const all = [...first, ...Array.from({length: 8 - first.length - last.length}, () => 0), ...last];
  return Uint8Array.from(all.flatMap((group) => [group >>> 8, group & 255]));
}
