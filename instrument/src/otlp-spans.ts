import type {SpanContext} from '@opentelemetry/api';
import type {InstrumentationScope} from '@opentelemetry/core';
import type {Resource} from '@opentelemetry/resources';
import type {ReadableSpan} from '@opentelemetry/sdk-trace';
import type {Encoder} from './delivery.ts';
import {complain, textOf} from './odd-values.ts';
import {writeAttributes, writeResource, writeScope} from './otlp-common.ts';
import {OtlpWriter} from './otlp-writer.ts';

/** The spans of one scope, encoded one behind the other. */
type ScopeSpans = {readonly scope: InstrumentationScope; readonly writer: OtlpWriter};

/**
 * `ExportTraceServiceRequest` (opentelemetry/proto/trace/v1/trace.proto), grouped by resource and scope. A span is encoded
 * as it is added; only what goes around it is written at the end. Hot path: see bench/instrument.ts.
 */
export function createSpanEncoder(): Encoder<ReadableSpan> {
  const groups = new Map<Resource, Map<InstrumentationScope, ScopeSpans>>();
  const request = new OtlpWriter();
  let bytes = 0;
  let latest: ScopeSpans | undefined;
  let latestResource: Resource | undefined;
  let scopeCount = 0;
  /** The length of the latest scope's spans before the last of them. */
  let beforeLast = 0;

  const groupOf = ({resource, instrumentationScope: scope}: ReadableSpan): ScopeSpans => {
    if (latest?.scope === scope && latestResource === resource) return latest;
    let scopes = groups.get(resource);
    if (scopes === undefined) groups.set(resource, (scopes = new Map()));
    let group = scopes.get(scope);
    if (group === undefined) {
      scopes.set(scope, (group = {scope, writer: new OtlpWriter(1_024)}));
      scopeCount++;
    }
    latest = group;
    latestResource = resource;
    return group;
  };

  return {
    add(span) {
      const {writer} = groupOf(span);
      const before = writer.length;
      try {
        writeSpan(writer, span);
      } catch (error) {
        writer.rewind(before);
        throw error;
      }
      bytes += writer.length - before;
      beforeLast = before;
    },
    undo() {
      if (latest === undefined) return;
      bytes -= latest.writer.length - beforeLast;
      latest.writer.rewind(beforeLast);
    },
    get bytes() {
      return bytes;
    },
    take() {
      bytes = 0;
      for (const [resource, scopes] of groups) {
        if (![...scopes.values()].some(({writer}) => writer.length > 0)) continue;
        const resourceSpans = request.open(0x0a);
        writeResource(request, 0x0a, resource);
        for (const {scope, writer} of scopes.values()) {
          if (writer.length > 0) writeScopeSpans(request, scope, writer);
        }
        request.close(resourceSpans);
      }
      if (groups.size > maxGroups || scopeCount > maxScopes) {
        groups.clear(); // A program that makes resources or tracers as it goes must not be remembered for ever.
        scopeCount = 0;
        latest = undefined;
      }
      return request.take();
    },
  };
}

const maxGroups = 8;
const maxScopes = 256;

function writeScopeSpans(request: OtlpWriter, scope: InstrumentationScope, spans: OtlpWriter): void {
  const scopeSpans = request.open(0x12);
  writeScope(request, 0x0a, scope);
  request.append(spans);
  if (scope.schemaUrl !== undefined && scope.schemaUrl !== '') request.string(0x1a, scope.schemaUrl);
  request.close(scopeSpans);
}

/** Span flags: the W3C trace flags, "has is_remote" and "parent is remote". */
const flagsOf = (traceFlags: number, remote: boolean | undefined): number =>
  (traceFlags & 0xff) | 0x100 | (remote === true ? 0x200 : 0);

/** A program's own tracestate may throw, or say something else each time. */
function stateOf({traceState}: SpanContext): string {
  if (traceState === undefined) return '';
  try {
    return textOf(traceState.serialize(), '');
  } catch (error) {
    complain('a tracestate that cannot be read is left out', error);
    return '';
  }
}

function writeSpan(writer: OtlpWriter, span: ReadableSpan): void {
  const own = span.spanContext();
  const start = writer.open(0x12);
  writer.hex(0x0a, own.traceId);
  writer.hex(0x12, own.spanId);
  const state = stateOf(own);
  if (state !== '') writer.string(0x1a, state);
  if (span.parentSpanContext !== undefined) writer.hex(0x22, span.parentSpanContext.spanId);
  writer.string(0x2a, textOf(span.name, 'unnamed'));
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
    const linkState = stateOf(link.context);
    if (linkState !== '') writer.string(0x1a, linkState);
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
