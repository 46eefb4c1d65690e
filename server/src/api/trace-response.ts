/** The trace of the page's waterfall as JSON, column by column: 100,000 spans are a few megabytes, written in pieces. */
import type {TraceId} from '../base/index.ts';
import type {TraceOutline} from '../query/index.ts';

/** Entries in one piece of the answer. */
const piece = 10_000;

/** A `TraceResponse` in pieces. */
export function* traceResponse(traceId: TraceId, outline: TraceOutline): Generator<string> {
  const {startUnixNano, endUnixNano, omitted, endsBeforeStart, services, names, hosts} = outline;
  yield `{"traceId":"${traceId}","startUnixNano":"${startUnixNano}","durationNano":"${endUnixNano - startUnixNano}"`;
  if (omitted > 0) yield `,"omitted":${omitted}`;
  if (endsBeforeStart.length > 0) yield `,"endsBeforeStart":${JSON.stringify(endsBeforeStart)}`;
  yield `,"services":${JSON.stringify(services)},"names":${JSON.stringify(names)},"hosts":${JSON.stringify(hosts)},"spans":{`;
  const columns: [name: string, values: readonly (string | number)[]][] = [
    ['spanId', outline.spanId],
    ['parentSpanId', outline.parentSpanId],
    ['service', outline.service],
    ['name', outline.name],
    ['host', outline.host],
    ['kind', outline.kind],
    ['status', outline.status],
    ['start', outline.start],
    ['duration', outline.duration],
    ['events', outline.events],
    ['links', outline.links],
  ];
  for (const [index, [key, values]] of columns.entries()) {
    yield `${index > 0 ? ',' : ''}"${key}":[`;
    for (let from = 0; from < values.length; from += piece) {
      const entries = JSON.stringify(values.slice(from, from + piece));
      yield `${from > 0 ? ',' : ''}${entries.slice(1, -1)}`;
    }
    yield ']';
  }
  yield '}}';
}
