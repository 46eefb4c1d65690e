/** Values and traces in the JSON of Tempo: that of its protobuf messages, whose readers fail at a field that they do not know. */
import {bug} from '../base/index.ts';
import type {SpanBatch} from '../model/index.ts';
import {textOf, type Value} from '../traceql/index.ts';
import {otlp} from '../wire/index.ts';

/** `opentelemetry.proto.common.v1.AnyValue`. */
export function anyValue(value: Value): object {
  switch (value.type) {
    case 'int':
      return {intValue: String(value.value)};
    case 'float':
      return {doubleValue: jsonNumber(value.value)};
    case 'boolean':
      return {boolValue: value.value};
    case 'several':
      return value.values[0] === undefined ? {stringValue: 'nil'} : anyValue(value.values[0]);
    case 'int[]':
    case 'float[]':
    case 'string[]':
    case 'boolean[]':
      return {arrayValue: {values: value.elements.map(anyValue)}};
    default:
      return {stringValue: textOf(value)};
  }
}

/** JSON has no NaN and no infinities: protobuf's JSON has texts for them. */
export const jsonNumber = (value: number): number | string =>
  Number.isFinite(value) ? value : Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';

const kinds = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const statuses = ['UNSET', 'OK', 'ERROR'];

interface SpanJson {
  traceId?: string;
  spanId?: string;
  parentSpanId?: string;
  kind?: number | string;
  status?: {code?: number | string};
  links?: {traceId?: string; spanId?: string}[];
}
interface ResourceSpansJson {
  scopeSpans?: {spans?: SpanJson[]}[];
}

/** `ResourceSpans` as Tempo writes them: ids in base64, enumerations by their names. */
export function resourceSpansJson(batch: SpanBatch): ResourceSpansJson[] {
  const {resourceSpans} = JSON.parse(Buffer.from(otlp.traces.encodeJson(batch)).toString()) as {
    resourceSpans?: ResourceSpansJson[];
  };
  if (resourceSpans === undefined) throw bug('a batch has no JSON');
  for (const {scopeSpans = []} of resourceSpans) {
    for (const {spans = []} of scopeSpans) {
      for (const span of spans) {
        toBase64(span);
        for (const link of span.links ?? []) toBase64(link);
        if (typeof span.kind === 'number') span.kind = `SPAN_KIND_${kinds[span.kind] ?? 'UNSPECIFIED'}`;
        const code = span.status?.code;
        if (span.status !== undefined && typeof code === 'number')
          span.status.code = `STATUS_CODE_${statuses[code] ?? 'UNSET'}`;
      }
    }
  }
  return resourceSpans;
}

function toBase64(ids: {traceId?: string; spanId?: string; parentSpanId?: string}): void {
  for (const key of ['traceId', 'spanId', 'parentSpanId'] as const) {
    const id = ids[key];
    if (id !== undefined) ids[key] = Buffer.from(id, 'hex').toString('base64');
  }
}
