/** Traces as OTLP for Jaeger's `api_v3`: spans as they arrived, but for what its query service adjusts in their ids, and its warnings. */
import {fromHex, utf8Bytes} from '../base/index.ts';
import {
  createSpanBatch,
  findAttribute,
  gatherRows,
  readAttributes,
  type SpanBatch,
  setAttribute,
} from '../model/index.ts';
import {unadjusted} from './jaeger-adjust.ts';
import {adjustTrace, carriedWarnings, rowsByTrace, warningsKey} from './jaeger-trace.ts';

/** The traces of a batch in the order of the ids, each in batches of its own of at most `spans` spans. */
export function* otlpParts(
  batch: SpanBatch,
  ids: Iterable<string>,
  {raw, spans}: {readonly raw: boolean; readonly spans: number},
): Generator<SpanBatch> {
  const traces = rowsByTrace(batch);
  for (const id of ids) {
    const all = traces.get(id);
    if (all === undefined) continue;
    const {rows, spanId, parentSpanId, warnings} = raw ? unadjusted(all) : adjustTrace(batch, id, all);
    for (let at = 0; at < rows.length; at += spans) {
      const shown = rows.slice(at, at + spans);
      const part = createSpanBatch();
      gatherRows(part, batch, shown);
      const c = part.spans.columns;
      for (const [row, from] of shown.entries()) {
        const ownId = spanId.get(from);
        const parentId = parentSpanId.get(from);
        const texts = warnings.get(from);
        if (ownId !== undefined) c.spanId.set(row, fromHex(ownId) as Uint8Array);
        if (parentId !== undefined) c.parentSpanId.set(row, fromHex(parentId) as Uint8Array);
        if (texts !== undefined) addWarnings(part, row, texts);
      }
      yield part;
    }
  }
}

/** After those that the span carried already. */
function addWarnings(batch: SpanBatch, row: number, texts: readonly string[]): void {
  const {attributes} = batch.spans.columns;
  const at = findAttribute(batch, attributes, row, utf8Bytes(warningsKey));
  const [carried] = at < 0 ? [] : readAttributes(batch, at, 1);
  const all = [...(carried === undefined ? [] : carriedWarnings(carried.value)), ...texts];
  const value = all.map((text) => ({type: 'string', value: text}) as const);
  setAttribute(batch, attributes, row, warningsKey, {type: 'array', value});
}

/** The spans of a batch as two. */
export function halves(batch: SpanBatch): readonly SpanBatch[] {
  const {count} = batch.spans;
  const middle = count >> 1;
  const rows = Array.from({length: count}, (_, row) => row);
  return [rows.slice(0, middle), rows.slice(middle)].map((own) => {
    const half = createSpanBatch();
    gatherRows(half, batch, own);
    return half;
  });
}
