/** Attributes that OpenTelemetry's exporters write as JSON into Zipkin's annotations and tags. */
import {type AnyValue, appendAttribute, type RangeColumn, type SpanBatch} from '../model/index.ts';
import {addRange} from './otlp-rows.ts';

/** Adds them to the owner, which has none. Lists and objects, which the Collector's translator leaves out, are kept. */
export function writeNotedAttributes(
  batch: SpanBatch,
  owner: RangeColumn,
  row: number,
  attributes: Readonly<Record<string, unknown>>,
): void {
  for (const [key, value] of Object.entries(attributes)) {
    const any = toAny(value, 0);
    if (any.type === 'empty') continue;
    addRange(owner, row, appendAttribute(batch.attributes, batch.heap, key, any), 1);
  }
}

/** Deeper values say nothing: what is nested in JSON text is shallow. */
const maxDepth = 16;

function toAny(value: unknown, depth: number): AnyValue {
  if (depth > maxDepth || value === null || value === undefined) return {type: 'empty'};
  switch (typeof value) {
    case 'string':
      return {type: 'string', value};
    case 'boolean':
      return {type: 'bool', value};
    case 'number':
      // JSON does not tell 2 from 2.0.
      return Number.isSafeInteger(value) ? {type: 'int', value: BigInt(value)} : {type: 'double', value};
    default:
      if (Array.isArray(value)) return {type: 'array', value: value.map((each) => toAny(each, depth + 1))};
      return {
        type: 'map',
        value: Object.entries(value as object).map(([key, each]) => ({key, value: toAny(each, depth + 1)})),
      };
  }
}
