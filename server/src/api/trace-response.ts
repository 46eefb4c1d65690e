/** The trace of the page's waterfall as JSON, column by column: 100,000 spans are a few megabytes, written in pieces. */
import type {TraceId} from '../base/index.ts';
import type {TraceOutline} from './source.ts';

/** Entries in one piece of the answer. */
const piece = 10_000;

/** A `TraceResponse` in pieces. */
export function* traceResponse(traceId: TraceId, outline: TraceOutline): Generator<string> {
  const services = new Dictionary();
  const names = new Dictionary();
  const service = outline.service.map((text) => services.index(text));
  const name = outline.name.map((text) => names.index(text));
  const {startUnixNano, endUnixNano, omitted} = outline;
  yield `{"traceId":"${traceId}","startUnixNano":"${startUnixNano}","durationNano":"${endUnixNano - startUnixNano}"`;
  if (omitted > 0) yield `,"omitted":${omitted}`;
  yield `,"services":${JSON.stringify(services.texts)},"names":${JSON.stringify(names.texts)},"spans":{`;
  const columns: [name: string, values: readonly (string | number)[]][] = [
    ['spanId', outline.spanId],
    ['parentSpanId', outline.parentSpanId],
    ['service', service],
    ['name', name],
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

class Dictionary {
  readonly texts: string[] = [];
  private readonly indexes = new Map<string, number>();

  index(text: string): number {
    let index = this.indexes.get(text);
    if (index === undefined) {
      index = this.texts.push(text) - 1;
      this.indexes.set(text, index);
    }
    return index;
  }
}
