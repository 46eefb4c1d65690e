import type {InstrumentationScope} from '@opentelemetry/core';
import type {Resource} from '@opentelemetry/resources';
import type {ReadableSpan} from '@opentelemetry/sdk-trace';
import {writeAttributes, writeResource, writeScope} from './otlp-common.ts';
import {OtlpWriter} from './otlp-writer.ts';

const writer = new OtlpWriter();

/** `ExportTraceServiceRequest` (opentelemetry/proto/trace/v1/trace.proto), grouped by resource and scope. */
export function encodeSpans(spans: readonly ReadableSpan[]): Uint8Array<ArrayBuffer> {
  for (const [resource, scopes] of group(spans)) {
    const resourceSpans = writer.open(0x0a);
    writeResource(writer, 0x0a, resource);
    for (const [scope, members] of scopes) {
      const scopeSpans = writer.open(0x12);
      writeScope(writer, 0x0a, scope);
      for (const span of members) writeSpan(span);
      if (scope.schemaUrl !== undefined && scope.schemaUrl !== '') writer.string(0x1a, scope.schemaUrl);
      writer.close(scopeSpans);
    }
    writer.close(resourceSpans);
  }
  return writer.take();
}

function group(spans: readonly ReadableSpan[]): Map<Resource, Map<InstrumentationScope, ReadableSpan[]>> {
  const resources = new Map<Resource, Map<InstrumentationScope, ReadableSpan[]>>();
  for (const span of spans) {
    let scopes = resources.get(span.resource);
    if (scopes === undefined) resources.set(span.resource, (scopes = new Map()));
    const members = scopes.get(span.instrumentationScope);
    if (members === undefined) scopes.set(span.instrumentationScope, [span]);
    else members.push(span);
  }
  return resources;
}

/** Span flags: the W3C trace flags, "has is_remote" and "parent is remote". */
const flagsOf = (traceFlags: number, remote: boolean | undefined): number =>
  (traceFlags & 0xff) | 0x100 | (remote === true ? 0x200 : 0);

function writeSpan(span: ReadableSpan): void {
  const own = span.spanContext();
  const start = writer.open(0x12);
  writer.hex(0x0a, own.traceId);
  writer.hex(0x12, own.spanId);
  const state = own.traceState?.serialize();
  if (state !== undefined && state !== '') writer.string(0x1a, state);
  if (span.parentSpanContext !== undefined) writer.hex(0x22, span.parentSpanContext.spanId);
  writer.string(0x2a, span.name);
  writer.varint(0x30, span.kind + 1);
  writer.nanos(0x39, span.startTime);
  writer.nanos(0x41, span.endTime);
  writeAttributes(writer, 0x4a, span.attributes);
  if (span.droppedAttributesCount > 0) writer.varint(0x50, span.droppedAttributesCount);
  for (const event of span.events) {
    const open = writer.open(0x5a);
    writer.nanos(0x09, event.time);
    writer.string(0x12, event.name);
    if (event.attributes !== undefined) writeAttributes(writer, 0x1a, event.attributes);
    if (event.droppedAttributesCount) writer.varint(0x20, event.droppedAttributesCount);
    writer.close(open);
  }
  if (span.droppedEventsCount > 0) writer.varint(0x60, span.droppedEventsCount);
  for (const link of span.links) {
    const open = writer.open(0x6a);
    writer.hex(0x0a, link.context.traceId);
    writer.hex(0x12, link.context.spanId);
    const linkState = link.context.traceState?.serialize();
    if (linkState !== undefined && linkState !== '') writer.string(0x1a, linkState);
    if (link.attributes !== undefined) writeAttributes(writer, 0x22, link.attributes);
    if (link.droppedAttributesCount) writer.varint(0x28, link.droppedAttributesCount);
    writer.fixed32(0x35, flagsOf(link.context.traceFlags, link.context.isRemote));
    writer.close(open);
  }
  if (span.droppedLinksCount > 0) writer.varint(0x70, span.droppedLinksCount);
  if (span.status.code !== 0) {
    const open = writer.open(0x7a);
    if (span.status.message !== undefined && span.status.message !== '') writer.string(0x12, span.status.message);
    writer.varint(0x18, span.status.code);
    writer.close(open);
  }
  writer.fixed32Wide(0x85, 0x01, flagsOf(own.traceFlags, span.parentSpanContext?.isRemote));
  writer.close(start);
}
