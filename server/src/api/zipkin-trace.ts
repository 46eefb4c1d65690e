/** Traces as Zipkin's server answers them: lists of spans in the JSON of its version 2, written piece by piece. */
import {isZero, toHex} from '../base/index.ts';
import type {SpanBatch} from '../model/index.ts';
import {type ZipkinSpan, zipkinJson, zipkinSpans} from '../wire/index.ts';
import {rowsByTrace, shortTraceId} from './jaeger-trace.ts';

/** As the store calls it, so that what is shown can be searched for. */
const unknownService = 'unknown_service';
const [server, client] = [2, 3];

/** The traces of a batch, separated by commas, in the order of `ids`; ids that the batch lacks are left out. */
export function* zipkinTraces(batch: SpanBatch, ids: Iterable<string>): Generator<string> {
  const traces = rowsByTrace(batch);
  let separator = '';
  for (const id of ids) {
    const rows = traces.get(id);
    if (rows === undefined) continue;
    yield separator;
    yield* zipkinTrace(batch, rows);
    separator = ',';
  }
}

/** One trace, the spans in the order of `rows`. */
export function* zipkinTrace(batch: SpanBatch, rows: readonly number[]): Generator<string> {
  const shared = sharedRows(batch, rows);
  let separator = '[';
  let at = 0;
  for (const span of zipkinSpans(batch, unknownService, rows)) {
    const shown = zipkinJson(asKept(span));
    const isShared = shared.has(rows[at++] as number);
    yield separator + JSON.stringify(isShared ? {...shown, shared: true} : shown);
    separator = ',';
  }
  yield ']';
}

/** Names in lower case and trace ids without an empty upper half: as Zipkin reads every span that it is sent. */
const asKept = (span: ZipkinSpan): ZipkinSpan => ({
  ...span,
  traceId: shortTraceId(span.traceId),
  name: span.name.toLowerCase(),
  local: lowered(span.local),
  remote: lowered(span.remote),
  tags: withoutStatus(span.tags),
});

/** Without what the tag `error` says already. */
function withoutStatus(tags: ZipkinSpan['tags']): ZipkinSpan['tags'] {
  const error = tags.get('error');
  if (error === undefined) return tags;
  const kept = new Map(tags);
  kept.delete('otel.status_code');
  if (tags.get('otel.status_description') === error) kept.delete('otel.status_description');
  return kept;
}

const lowered = (endpoint: ZipkinSpan['local']): ZipkinSpan['local'] =>
  endpoint === undefined ? undefined : {...endpoint, serviceName: endpoint.serviceName.toLowerCase()};

/** Servers' spans that have the id of their client's: one span to Zipkin, to which the server adds its part. */
function sharedRows(batch: SpanBatch, rows: readonly number[]): ReadonlySet<number> {
  const {kind, spanId} = batch.spans.columns;
  const isKind = (wanted: number | undefined) => (row: number) =>
    kind.get(row) === wanted && !isZero(spanId.bytes, 8 * row, 8);
  const clients = new Set(rows.filter(isKind(client)).map((row) => toHex(spanId.get(row))));
  if (clients.size === 0) return new Set();
  return new Set(rows.filter(isKind(server)).filter((row) => clients.has(toHex(spanId.get(row)))));
}
