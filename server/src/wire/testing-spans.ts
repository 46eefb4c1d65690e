/** For tests: spans as plain values to compare, whatever protocol they came by. */
import type {SpanBatch} from '../model/index.ts';
import {otlp} from './index.ts';

export type ReadSpan = Readonly<Record<string, unknown>>;

/** Each span with its resource and scope, as OTLP's JSON has them; attributes in the order of their keys. */
export function readSpans(batch: SpanBatch): readonly ReadSpan[] {
  const request = JSON.parse(Buffer.from(otlp.traces.encodeJson(batch)).toString());
  const spans: {[key: string]: unknown; resource: unknown; scope: unknown; spanId: string}[] = [];
  for (const {resource, scopeSpans} of request.resourceSpans ?? []) {
    for (const {scope, spans: list} of scopeSpans) for (const span of list) spans.push({resource, scope, ...span});
  }
  const order = new Map<string, number>();
  const hex = (row: number): string => Buffer.from(batch.spans.columns.spanId.get(row)).toString('hex');
  for (let row = 0; row < batch.spans.count; row++) order.set(hex(row), row);
  return spans
    .toSorted((a, b) => (order.get(a.spanId) ?? 0) - (order.get(b.spanId) ?? 0))
    .map((span) => sorted(span) as ReadSpan);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => {
      const list = sorted(each);
      if (key !== 'attributes') return [key, list];
      return [key, (list as {key: string}[]).toSorted((a, b) => (a.key < b.key ? -1 : 1))];
    }),
  );
}
